import { type Coroutine, MILLISECOND, SECOND } from '../../../engine/index.ts';
import { nslookup } from '../../../network/tools/dns-lookup.ts';
import { NETWORK_TOOLS } from '../../../network/tools/programs.ts';
import { utf8Length } from '../../file-node.ts';
import { TextOutput } from '../../pipe.ts';
import { FileError, type HttpResponse, NetworkError, type Process, type Program, type Trust } from '../../process.ts';
import { statusText } from '../../programs/http.ts';
import { handshakeNotes, tlsClient } from './tls.ts';
import { applet, type Tool, ToolError } from './tool.ts';

/** A URL taken apart; `undefined` when it is none. */
export interface Address {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly user: string | undefined;
}

export function parseUrl(text: string): Address | undefined {
  const match =
    /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/)?(?:([^/@?#]*)@)?(\[[0-9a-fA-F:]+\]|[^/:?#]*)(?::(\d*))?([/?][^#]*)?(?:#.*)?$/.exec(
      text,
    );
  if (match === null || match[3] === '') return undefined;
  const scheme = (match[1] ?? 'http').toLowerCase();
  const port = match[4] === undefined || match[4] === '' ? (scheme === 'https' ? 443 : 80) : Number(match[4]);
  if (port < 1 || port > 65_535) return undefined;
  const path = match[5] ?? '/';
  return {
    scheme,
    host: match[3]!.replace(/[[\]]/g, ''),
    port,
    path: path.startsWith('/') ? path : `/${path}`,
    user: match[2],
  };
}

function hostHeader({ host, port, scheme }: Address): string {
  return port === (scheme === 'https' ? 443 : 80) ? host : `${host}:${port}`;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes of a text in UTF-8. */
export function utf8Bytes(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}

export function base64(bytes: readonly number[]): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const word = (bytes[index]! << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    text += BASE64[word >> 18]! + BASE64[(word >> 12) & 63]!;
    text += index + 1 < bytes.length ? BASE64[(word >> 6) & 63]! : '=';
    text += index + 2 < bytes.length ? BASE64[word & 63]! : '=';
  }
  return text;
}

function responseHead(response: HttpResponse): string {
  let text = `HTTP/1.1 ${response.status} ${statusText(response.status)}\r\n`;
  for (const [name, value] of Object.entries(response.headers))
    text += `${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${value}\r\n`;
  return `${text}\r\n`;
}

interface CurlOptions {
  method: string | undefined;
  headers: Record<string, string>;
  data: string | undefined;
  output: string | undefined;
  remoteName: boolean;
  silent: boolean;
  showError: boolean;
  include: boolean;
  head: boolean;
  verbose: boolean;
  fail: boolean;
  follow: boolean;
  format: string | undefined;
  timeout: number | undefined;
  connectTimeout: number | undefined;
  retries: number;
  insecure: boolean;
  /** File with the certificates of the authorities to trust. */
  authorities: string | undefined;
  /** Addresses by `host:port` (`--resolve`). */
  resolve: Map<string, string>;
}

/** curl: fails with its own numbers and words. */
const CURL_VERSION = '8.12.1';
const MAX_REDIRECTS = 50;

function* curl(tool: Tool): Coroutine<number> {
  const options: CurlOptions = {
    method: undefined,
    headers: Object.create(null),
    data: undefined,
    output: undefined,
    remoteName: false,
    silent: false,
    showError: false,
    include: false,
    head: false,
    verbose: false,
    fail: false,
    follow: false,
    format: undefined,
    timeout: undefined,
    connectTimeout: undefined,
    retries: 0,
    insecure: false,
    authorities: undefined,
    resolve: new Map(),
  };
  const urls: string[] = [];
  const longs: Record<string, string> = {
    silent: 's',
    'show-error': 'S',
    output: 'o',
    head: 'I',
    include: 'i',
    verbose: 'v',
    request: 'X',
    header: 'H',
    data: 'd',
    'data-raw': 'd',
    'data-binary': 'd',
    'write-out': 'w',
    'max-time': 'm',
    'connect-timeout': 'C',
    insecure: 'k',
    location: 'L',
    fail: 'f',
    user: 'u',
    'user-agent': 'A',
    'remote-name': 'O',
    retry: 'R',
    version: 'V',
    'http1.1': 'g',
    cacert: 'E',
    resolve: 'Z',
    ipv4: '4',
    get: 'G',
    'retry-delay': 'D',
    'retry-connrefused': 'g',
    'no-progress-meter': 'n',
  };
  const args = [...tool.args];
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    let letters = '';
    if (arg.startsWith('--')) {
      if (!Object.hasOwn(longs, arg.slice(2)))
        throw new ToolError(`option ${arg}: is unknown\ncurl: try 'curl --help' for more information`, 2);
      letters = longs[arg.slice(2)]!;
    } else if (arg.startsWith('-') && arg.length > 1) letters = arg.slice(1);
    else {
      urls.push(arg);
      continue;
    }
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at]!;
      const value = () => {
        const attached = arg!.startsWith('--') ? '' : letters.slice(at + 1);
        at = letters.length;
        const text = attached === '' ? args.shift() : attached;
        if (text === undefined) throw new ToolError(`option -${letter}: requires parameter`, 2);
        return text;
      };
      if (letter === 's') options.silent = true;
      else if (letter === 'S') options.showError = true;
      else if (letter === 'I') options.head = true;
      else if (letter === 'i') options.include = true;
      else if (letter === 'v') options.verbose = true;
      else if (letter === 'f') options.fail = true;
      else if (letter === 'L') options.follow = true;
      else if (letter === 'O') options.remoteName = true;
      else if (letter === 'n') options.silent = true;
      else if (letter === 'o') options.output = value();
      else if (letter === 'X') options.method = value();
      else if (letter === 'w') options.format = value();
      else if (letter === 'm') options.timeout = Number(value()) * SECOND;
      else if (letter === 'C') options.connectTimeout = Number(value()) * SECOND;
      else if (letter === 'R') options.retries = Math.min(10, Number(value()));
      else if (letter === 'D') value();
      else if (letter === 'k') options.insecure = true;
      else if (letter === 'E') options.authorities = value();
      else if (letter === 'Z') {
        const [host = '', port = '', address = ''] = value().split(':');
        options.resolve.set(`${host}:${port}`, address);
      } else if (letter === 'A') options.headers['user-agent'] = value();
      else if (letter === 'u') options.headers.authorization = `Basic ${base64(utf8Bytes(value()))}`;
      else if (letter === 'd') {
        const text = value();
        const data =
          text === '@-' ? yield* tool.content('-') : text.startsWith('@') ? yield* tool.content(text.slice(1)) : text;
        options.data = options.data === undefined ? data : `${options.data}&${data}`;
      } else if (letter === 'H') {
        const [name = '', ...rest] = value().split(':');
        options.headers[name.trim().toLowerCase()] = rest.join(':').trim();
      } else if (letter === 'V') {
        tool.out(`curl ${CURL_VERSION} (sim-core)\nProtocols: http https\n`);
        return 0;
      } else if (letter !== '4' && letter !== 'G' && letter !== 'g' && letter !== 'N') {
        throw new ToolError(`option -${letter}: is unknown\ncurl: try 'curl --help' for more information`, 2);
      }
    }
  }
  if (urls.length === 0) throw new ToolError("(2) no URL specified\ncurl: try 'curl --help' for more information", 2);
  let code = 0;
  for (const url of urls) code = yield* transfer(tool, url, options);
  return code;
}

function* transfer(tool: Tool, url: string, options: CurlOptions): Coroutine<number> {
  let text = url;
  let method = options.method ?? (options.head ? 'HEAD' : options.data === undefined ? 'GET' : 'POST');
  const started = tool.process.now();
  const quiet = options.silent && !options.showError;
  const fail = (code: number, message: string) => {
    if (!quiet) tool.process.stderr.write(`curl: (${code}) ${message}\n`);
    if (options.format !== undefined) tool.out(writeOut(options.format, undefined, tool.process.now() - started));
    return code;
  };
  const note = (line: string) => {
    if (options.verbose) tool.process.stderr.write(`${line}\n`);
  };
  let response: HttpResponse | undefined;
  let trust: Trust = { insecure: options.insecure, authorities: '' };
  if (options.authorities !== undefined) {
    try {
      trust = { ...trust, authorities: tool.process.files.read(tool.path(options.authorities)) };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return fail(77, `error adding trust anchors from file: ${options.authorities}`);
    }
  }
  for (let hop = 0; ; hop++) {
    const address = parseUrl(text);
    if (address === undefined) return fail(3, 'URL rejected: Malformed input to a URL function');
    const { scheme, host, port, path } = address;
    const secure = scheme === 'https';
    if (!secure && scheme !== 'http') return fail(1, `Protocol "${scheme}" not supported`);
    const headers: Record<string, string> = {
      host: hostHeader(address),
      'user-agent': `curl/${CURL_VERSION}`,
      accept: '*/*',
    };
    if (address.user !== undefined) headers.authorization = `Basic ${base64(utf8Bytes(address.user))}`;
    if (options.data !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      headers['content-length'] = String(utf8Length(options.data));
    }
    Object.assign(headers, options.headers);
    const limit = Math.min(
      options.timeout ?? Number.POSITIVE_INFINITY,
      options.connectTimeout ?? Number.POSITIVE_INFINITY,
    );
    try {
      response = yield* tool.process.network.http(
        options.resolve.get(`${host}:${port}`) ?? host,
        port,
        {
          method,
          path,
          headers,
          ...(options.data === undefined ? {} : { body: options.data }),
          ...(secure ? { tls: tlsClient(host, tool.process.now(), trust) } : {}),
        },
        Number.isFinite(limit) ? limit : undefined,
      );
      note(`* Connected to ${host} port ${port}`);
      if (response.certificate !== undefined)
        for (const line of handshakeNotes(response.certificate, host, tool.process.now(), trust)) note(line);
      note(`> ${method} ${path} HTTP/1.1`);
      for (const [name, value] of Object.entries(headers))
        note(`> ${name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())}: ${value}`);
      note('>');
      for (const line of responseHead(response).split('\r\n').slice(0, -1)) note(`< ${line}`);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const spent = Math.floor((tool.process.now() - started) / MILLISECOND);
      const code = error.code;
      if (hop < options.retries && (code === 'ETIMEDOUT' || code === 'ECONNREFUSED')) {
        yield* tool.process.compute(SECOND);
        continue;
      }
      if (code === 'ENOTFOUND') return fail(6, `Could not resolve host: ${host}`);
      if (code === 'ETIMEDOUT') {
        if (options.timeout !== undefined || options.connectTimeout !== undefined)
          return fail(28, `Connection timed out after ${spent} milliseconds`);
        return fail(28, `Failed to connect to ${host} port ${port} after ${spent} ms: Could not connect to server`);
      }
      if (code === 'EPROTO') {
        const untrusted = error.message.startsWith('SSL');
        return untrusted
          ? fail(60, `${error.message}\nMore details here: https://curl.se/docs/sslcerts.html`)
          : fail(35, `TLS connect error: error:0A00010B:SSL routines::${error.message}`);
      }
      if (code === 'ECONNRESET') return fail(56, 'Recv failure: Connection reset by peer');
      return fail(7, `Failed to connect to ${host} port ${port} after ${spent} ms: Could not connect to server`);
    }
    const location = response.headers.location;
    if (!options.follow || response.status < 300 || response.status > 399 || location === undefined) break;
    if (hop >= MAX_REDIRECTS) return fail(47, `Maximum (${MAX_REDIRECTS}) redirects followed`);
    text = location.startsWith('/') ? `${scheme}://${hostHeader(address)}${location}` : location;
    if (response.status < 307 && method !== 'HEAD') method = 'GET';
  }
  if (options.fail && response.status >= 400) return fail(22, `The requested URL returned error: ${response.status}`);
  const body = options.head || method === 'HEAD' ? '' : response.body;
  const shown = (options.include || options.head ? responseHead(response) : '') + body;
  const name = options.remoteName ? (/([^/?]+)(?:\?.*)?$/.exec(text)?.[1] ?? 'index.html') : options.output;
  if (name !== undefined && name !== '-') {
    if (!options.silent) progress(tool.process, body);
    try {
      tool.process.files.write(tool.path(name), shown);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return fail(23, `Failure writing output to destination, passed ${utf8Length(shown)} returned 0`);
    }
  } else {
    if (!options.silent && !tool.process.terminal) progress(tool.process, body);
    yield* tool.send(shown);
  }
  if (options.format !== undefined) tool.out(writeOut(options.format, response, tool.process.now() - started));
  return 0;
}

function progress(process: Process, body: string): void {
  const size = String(utf8Length(body)).padStart(5);
  process.stderr.write(
    `  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n                                 Dload  Upload   Total   Spent    Left  Speed\n\r100 ${size}  100 ${size}    0     0      0      0 --:--:-- --:--:-- --:--:--     0\n`,
  );
}

function writeOut(format: string, response: HttpResponse | undefined, spent: number): string {
  return format
    .replace(/%\{(\w+)\}/g, (whole, name: string) => {
      if (name === 'http_code' || name === 'response_code') return String(response?.status ?? 0).padStart(3, '0');
      if (name === 'time_total') return (spent / SECOND).toFixed(6);
      if (name === 'size_download') return String(utf8Length(response?.body ?? ''));
      if (name === 'content_type') return response?.headers['content-type'] ?? '';
      return whole;
    })
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t')
    .replace(/\\r/g, '\r');
}

function* wget(tool: Tool): Coroutine<number> {
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

function errnoText(error: NetworkError): string {
  const texts: Partial<Record<NetworkError['code'], string>> = {
    ECONNREFUSED: 'Connection refused',
    ETIMEDOUT: 'Operation timed out',
    EHOSTUNREACH: 'Host is unreachable',
    ENETUNREACH: 'Network is unreachable',
    ECONNRESET: 'Connection reset by peer',
  };
  return texts[error.code] ?? error.message;
}

function* nc(tool: Tool): Coroutine<number> {
  const { options, operands } = tool.parse('zvw:lp:nkeu');
  if (options.has('u')) throw new ToolError("UDP is not supported by sim-core's nc");
  if (options.has('l')) return yield* listen(tool, Number(options.get('p') ?? operands.at(-1)), options.has('k'));
  const [host, port] = operands;
  if (host === undefined || port === undefined)
    throw new ToolError('usage: nc [-zv] [-w SECONDS] HOST PORT, or nc -l -p PORT');
  const wait = options.get('w');
  try {
    const connection = yield* tool.process.network.connect(
      host,
      Number(port),
      wait === undefined ? undefined : Number(wait) * SECOND,
    );
    if (options.has('v')) tool.process.stderr.write(`${host} (${connection.remoteAddress}:${port}) open\n`);
    if (options.has('z')) {
      connection.close();
      return 0;
    }
    const input = tool.process.stdin;
    tool.process.spawn({
      argv: tool.process.argv,
      program: function* sender() {
        for (let text = yield* input.read(); text !== undefined; text = yield* input.read()) connection.write(text);
        return 0;
      },
    });
    for (let text = yield* connection.read(); text !== undefined; text = yield* connection.read())
      yield* tool.send(text);
    connection.close();
    return 0;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (error.code === 'ENOTFOUND') throw new ToolError(`bad address '${host}'`);
    if (options.has('z') && !options.has('v')) return 1;
    throw new ToolError(`${host} (${host}:${port}): ${errnoText(error)}`);
  }
}

function* listen(tool: Tool, port: number, again: boolean): Coroutine<number> {
  const { process } = tool;
  let busy = 0;
  let served = 0;
  const output = new TextOutput();
  const listener = process.network.listen(port, function* serve(connection) {
    busy++;
    served++;
    try {
      for (let text = yield* connection.read(); text !== undefined; text = yield* connection.read())
        process.stdout.write(text);
    } finally {
      busy--;
      connection.close();
    }
  });
  try {
    while (again || served === 0 || busy > 0) yield* process.compute(0.1 * SECOND);
  } finally {
    listener.close();
  }
  tool.out(output.text);
  return 0;
}

export const NETWORK_APPLETS: Readonly<Record<string, Program>> = {
  ip: NETWORK_TOOLS.ip!,
  nc: applet(nc),
  nslookup: nslookup('busybox'),
  ping: NETWORK_TOOLS.ping!,
  traceroute: NETWORK_TOOLS.traceroute!,
  wget: applet(wget),
};

export const CURL: Program = applet(curl);
