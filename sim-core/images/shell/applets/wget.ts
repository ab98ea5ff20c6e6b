import { utf8Length } from '../../../api/utf8.ts';
import { type Coroutine, SECOND } from '../../../engine/index.ts';
import { type HttpResponse, NetworkError } from '../../process.ts';
import { statusText } from '../../programs/http.ts';
import { errnoText } from './nc.ts';
import { tlsClient } from './tls.ts';
import { type Tool, ToolError } from './tool.ts';
import { hostHeader, parseUrl, responseHead } from './url.ts';

const MAX_REDIRECTS = 50;

export function* wget(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('qO:T:ScP:U:Ht:s', {
    quiet: 'q',
    timeout: 'T',
    spider: 's',
    header: 'H',
    'output-document': 'O',
    'post-data': 'P',
    'no-check-certificate': 'c',
    tries: 't',
    'user-agent': 'U',
    'server-response': 'S',
  });
  const url = operands[0];
  if (url === undefined) throw new ToolError('missing URL');
  const quiet = options.has('q');
  const log = (text: string) => {
    if (!quiet) tool.process.stderr.write(text);
  };
  let text = url;
  for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
    const address = parseUrl(text);
    if (address === undefined) throw new ToolError(`bad address '${url}'`);
    const secure = address.scheme === 'https';
    if (!secure && address.scheme !== 'http') throw new ToolError(`not an http or ftp url: ${url}`);
    const { host, port, path } = address;
    const body = options.get('P');
    const headers: Record<string, string> = {
      host: hostHeader(address),
      'user-agent': options.get('U') ?? 'Wget',
      connection: 'close',
    };
    let ip = host;
    let response: HttpResponse;
    try {
      ip = (yield* tool.process.network.resolve(host))[0] ?? host;
      log(`Connecting to ${hostHeader(address)} (${ip}:${port})\n`);
      if (secure && !options.has('c')) log('wget: note: TLS certificate validation not implemented\n');
      const timeout = options.get('T');
      response = yield* tool.process.network.http(
        host,
        port,
        {
          method: body === undefined ? 'GET' : 'POST',
          path,
          headers,
          ...(body === undefined ? {} : { body }),
          // busybox wget says itself that it does not look at certificates.
          ...(secure ? { tls: tlsClient(host, 0, { insecure: true, authorities: '' }) } : {}),
        },
        timeout === undefined ? undefined : Number(timeout) * SECOND,
      );
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (error.code === 'ENOTFOUND') throw new ToolError(`bad address '${hostHeader(address)}'`);
      if (error.code === 'ETIMEDOUT' && options.has('T')) throw new ToolError('download timed out');
      if (error.code === 'EPROTO') throw new ToolError('TLS error from peer (alert code 70): protocol version');
      throw new ToolError(`can't connect to remote host (${ip}): ${errnoText(error)}`);
    }
    if (options.has('S')) tool.process.stderr.write(responseHead(response).replace(/\r\n/g, '\n').replace(/^/gm, '  '));
    if (response.status >= 300 && response.status < 400 && response.headers.location !== undefined) {
      text = response.headers.location.startsWith('/')
        ? `${address.scheme}://${hostHeader(address)}${response.headers.location}`
        : response.headers.location;
      continue;
    }
    if (response.status >= 400)
      throw new ToolError(`server returned error: HTTP/1.1 ${response.status} ${statusText(response.status)}`);
    if (options.has('s')) {
      log('remote file exists\n');
      return 0;
    }
    const name = options.get('O') ?? /([^/?]+)(?:\?.*)?$/.exec(path)?.[1] ?? 'index.html';
    const size = utf8Length(response.body);
    const bar = `${'-'.padEnd(20)} 100% |********************************| ${String(size).padStart(5)}  0:00:00 ETA\n`;
    if (name === '-') {
      if (!quiet) log(`writing to stdout\n`);
      yield* tool.send(response.body);
      log(bar);
      if (!quiet) log('written to stdout\n');
    } else {
      if (options.get('O') === undefined && tool.process.files.stat(tool.path(name)) !== undefined)
        throw new ToolError(`can't open '${name}': File exists`);
      log(`saving to '${name}'\n`);
      tool.process.files.write(tool.path(name), response.body);
      log(`${name.padEnd(20)}${bar.slice(20)}`);
      log(`'${name}' saved\n`);
    }
    return 0;
  }
  throw new ToolError('too many redirections');
}
