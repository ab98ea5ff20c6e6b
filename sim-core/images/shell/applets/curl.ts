import { base64OfText } from '../../../api/base64.ts';
import { utf8Length } from '../../../api/utf8.ts';
import { type Coroutine, MILLISECOND, SECOND } from '../../../engine/index.ts';
import { FileError, type HttpResponse, NetworkError, type Process, type Program, type Trust } from '../../process.ts';
import { handshakeNotes, tlsClient } from './tls.ts';
import { applet, type Tool, ToolError } from './tool.ts';
import { hostHeader, parseUrl, responseHead } from './url.ts';

/** `curl --version`: what libcurl was built with, as far as it is simulated. */
function versionText(tool: Tool): string {
  const machine = tool.process.machine.architecture === 'amd64' ? 'x86_64' : 'aarch64';
  const system = tool.gnu ? 'pc-linux-gnu' : 'alpine-linux-musl';
  return `curl ${CURL_VERSION} (${machine}-${system}) libcurl/${CURL_VERSION} OpenSSL/3.3.3 zlib/1.3.1 nghttp2/1.64.0
Release-Date: 2025-02-13
Protocols: http https
Features: alt-svc AsynchDNS HSTS HTTP2 HTTPS-proxy IPv6 Largefile libz SSL threadsafe TLS-SRP UnixSockets
`;
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
      else if (letter === 'u') options.headers.authorization = `Basic ${base64OfText(value())}`;
      else if (letter === 'd') {
        const text = value();
        const data =
          text === '@-' ? yield* tool.content('-') : text.startsWith('@') ? yield* tool.content(text.slice(1)) : text;
        options.data = options.data === undefined ? data : `${options.data}&${data}`;
      } else if (letter === 'H') {
        const [name = '', ...rest] = value().split(':');
        options.headers[name.trim().toLowerCase()] = rest.join(':').trim();
      } else if (letter === 'V') {
        tool.out(versionText(tool));
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
  let tried = '';
  const fail = (code: number, message: string) => {
    if (tried !== '') note(`* ${message}\n* closing connection #0`);
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
    if (address.user !== undefined) headers.authorization = `Basic ${base64OfText(address.user)}`;
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
      const server = options.resolve.get(`${host}:${port}`) ?? host;
      const to = options.verbose ? (yield* tool.process.network.resolve(server))[0]! : server;
      if (options.verbose) {
        if (to !== server) note(`* Host ${host}:${port} was resolved.\n* IPv6: (none)\n* IPv4: ${to}`);
        note(`*   Trying ${to}:${port}...`);
        tried = to;
      }
      response = yield* tool.process.network.http(
        to,
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
      note(`* Connected to ${host}${tried === '' ? '' : ` (${tried})`} port ${port}`);
      tried = '';
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
      // No name server answers (EAI_AGAIN): curl's own patience may end before the resolver's.
      const unresolved = error.message.endsWith('Temporary failure in name resolution');
      if (unresolved && spent * MILLISECOND >= limit)
        return fail(28, `Resolving timed out after ${Math.floor(limit / MILLISECOND)} milliseconds`);
      if (unresolved || code === 'ENOTFOUND') return fail(6, `Could not resolve host: ${host}`);
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
      if (tried !== '')
        note(
          `* connect to ${tried} port ${port} failed: ${code === 'ECONNREFUSED' ? 'Connection refused' : error.message}`,
        );
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

export const CURL: Program = applet(curl);
