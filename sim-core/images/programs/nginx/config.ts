/** Minimal nginx configuration: the directives that lessons use, parsed and checked as nginx does. */

/** A mistake in a configuration, worded as nginx words it after `[emerg] `. */
export class NginxConfigError extends Error {
  override readonly name = 'NginxConfigError';
}

export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Directive[] | undefined;
  /** `/etc/nginx/conf.d/default.conf:3` */
  readonly where: string;
}

export interface Location {
  readonly match: 'exact' | 'prefix' | 'first' | 'regex';
  readonly path: string;
  readonly pattern: RegExp | undefined;
  readonly root: string | undefined;
  readonly alias: string | undefined;
  readonly index: readonly string[] | undefined;
  readonly tryFiles: readonly string[] | undefined;
  readonly answer: { readonly status: number; readonly text: string } | undefined;
  readonly proxy: { readonly host: string; readonly port: number; readonly path: string } | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly type: string | undefined;
  readonly stub: boolean;
}

export interface Server {
  readonly ports: readonly number[];
  readonly names: readonly string[];
  readonly root: string;
  readonly index: readonly string[];
  readonly locations: readonly Location[];
  readonly answer: Location['answer'];
  readonly headers: readonly (readonly [string, string])[];
  readonly accessLog: boolean;
}

export interface NginxConfig {
  /** Whether it goes to the background, as it does unless it is told not to. */
  readonly daemon: boolean;
  readonly servers: readonly Server[];
  /** Servers of each upstream, tried in turn. */
  readonly upstreams: ReadonlyMap<string, readonly { readonly host: string; readonly port: number }[]>;
}

const CONTEXTS = new Set([
  'http',
  'events',
  'server',
  'location',
  'upstream',
  'if',
  'map',
  'types',
  'stream',
  'limit_except',
]);
/** Directives that are accepted and change nothing here: logs, tuning, headers towards upstreams. */
const HARMLESS = new Set(
  `user worker_processes worker_connections error_log pid include default_type sendfile tcp_nopush tcp_nodelay keepalive_timeout
  keepalive gzip gzip_types gzip_min_length log_format types_hash_max_size server_tokens client_max_body_size proxy_set_header
  proxy_http_version proxy_buffering proxy_read_timeout proxy_connect_timeout proxy_send_timeout proxy_redirect
  multi_accept use error_page charset autoindex expires resolver worker_rlimit_nofile daemon master_process allow deny
  client_body_temp_path proxy_temp_path fastcgi_temp_path uwsgi_temp_path scgi_temp_path env ip_hash least_conn absolute_redirect
  port_in_redirect server_names_hash_bucket_size`
    .split(/\s+/)
    .filter((name) => name !== ''),
);
const KNOWN = new Set([
  ...'listen server_name root index alias return proxy_pass try_files add_header access_log stub_status'.split(' '),
  ...HARMLESS,
]);
/** Real directives that this server does not carry out: it refuses them rather than pretend. */
const UNSUPPORTED = new Set(
  'rewrite set if map auth_basic auth_basic_user_file limit_req limit_req_zone fastcgi_pass uwsgi_pass grpc_pass ssl_certificate ssl_certificate_key sub_filter mirror split_clients geo limit_except stream'.split(
    ' ',
  ),
);
const MAX_DEPTH = 16;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  let line = 1;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '\n') line++;
    if (character <= ' ') continue;
    if (character === '#') {
      const end = text.indexOf('\n', index);
      index = (end < 0 ? text.length : end) - 1;
    } else if (character === '{' || character === '}' || character === ';') {
      found.push({ text: character, quoted: false, line });
    } else if (character === '"' || character === "'") {
      let word = '';
      const start = line;
      for (index++; index < text.length && text[index] !== character; index++) {
        if (text[index] === '\n') line++;
        if (text[index] === '\\' && index + 1 < text.length) {
          index++;
          word += text[index] === 'n' ? '\n' : text[index] === 't' ? '\t' : text[index]!;
        } else word += text[index];
      }
      found.push({ text: word, quoted: true, line: start });
    } else {
      let word = '';
      for (; index < text.length; index++) {
        const next = text[index]!;
        if (next <= ' ' || next === ';' || next === '{' || next === '}') {
          // `${name}` is part of the word.
          if (next === '{' && word.endsWith('$')) {
            const end = text.indexOf('}', index);
            if (end > 0) {
              word += text.slice(index, end + 1);
              index = end;
              continue;
            }
          }
          break;
        }
        word += next;
      }
      index--;
      found.push({ text: word, quoted: false, line });
    }
  }
  return found;
}

/** Parses one file; `include` gives the files that a pattern names. Throws `NginxConfigError`. */
export function parseDirectives(
  file: string,
  text: string,
  include: (pattern: string) => readonly { readonly file: string; readonly text: string }[],
  depth = 0,
): Directive[] {
  const list = tokens(text);
  let at = 0;
  const block = (level: number): Directive[] => {
    const directives: Directive[] = [];
    if (level + depth > MAX_DEPTH) throw new NginxConfigError(`too many nested blocks in ${file}`);
    for (;;) {
      const first = list[at++];
      if (first === undefined) {
        if (level > 0) {
          const line = text.split('\n').length;
          throw new NginxConfigError(`unexpected end of file, expecting "}" in ${file}:${line}`);
        }
        return directives;
      }
      const where = `${file}:${first.line}`;
      if (!first.quoted && first.text === '}') {
        if (level === 0) throw new NginxConfigError(`unexpected "}" in ${where}`);
        return directives;
      }
      if (!first.quoted && (first.text === '{' || first.text === ';')) {
        throw new NginxConfigError(`unexpected "${first.text}" in ${where}`);
      }
      const args: string[] = [];
      for (;;) {
        const token = list[at++];
        if (token === undefined) {
          const line = text.split('\n').length;
          throw new NginxConfigError(`unexpected end of file, expecting ";" or "}" in ${file}:${line}`);
        }
        if (!token.quoted && token.text === ';') {
          if (first.text === 'include') {
            for (const other of include(args[0] ?? '')) {
              directives.push(...parseDirectives(other.file, other.text, include, depth + level + 1));
            }
          } else {
            if (CONTEXTS.has(first.text) && first.text !== 'server') {
              throw new NginxConfigError(`directive "${first.text}" has no opening "{" in ${where}`);
            }
            directives.push({ name: first.text, args, block: undefined, where });
          }
          break;
        }
        if (!token.quoted && token.text === '{') {
          directives.push({ name: first.text, args, block: block(level + 1), where });
          break;
        }
        if (!token.quoted && token.text === '}') {
          throw new NginxConfigError(`directive "${first.text}" is not terminated by ";" in ${file}:${token.line}`);
        }
        args.push(token.text);
      }
    }
  };
  return block(0);
}

/** Reads the directives of the command line (-g). Throws `NginxConfigError`. */
export function parseCommandLine(text: string): Directive[] {
  const place = 'command line';
  const written = text.trimEnd();
  if (written !== '' && !/[;}]$/.test(written))
    throw new NginxConfigError(`unexpected end of parameter, expecting ";" in ${place}`);
  return parseDirectives(place, text, () => []).map((directive) => ({ ...directive, where: place }));
}

/** Reads the whole configuration from its directives. Throws `NginxConfigError`. */
export function readConfig(directives: readonly Directive[]): NginxConfig {
  const servers: Server[] = [];
  const upstreams = new Map<string, { host: string; port: number }[]>();
  const http = directives.filter((directive) => directive.name === 'http');
  let daemon: boolean | undefined;
  for (const directive of directives) {
    if (directive.block === undefined) check(directive);
    if (directive.name === 'daemon') {
      if (daemon !== undefined) throw new NginxConfigError(`"daemon" directive is duplicate in ${directive.where}`);
      daemon = readFlag(directive);
    }
  }
  for (const { block = [] } of http) {
    let root = '/etc/nginx/html';
    for (const directive of block) {
      if (directive.name === 'root') root = directive.args[0] ?? root;
      else if (directive.name === 'upstream') {
        const members = (directive.block ?? []).filter((member) => member.name === 'server');
        upstreams.set(
          directive.args[0] ?? '',
          members.map((member) => hostPort(member.args[0] ?? '')),
        );
      } else if (directive.name === 'types') continue;
      else if (directive.name === 'server') servers.push(readServer(directive, root));
      else check(directive);
    }
  }
  return { daemon: daemon ?? true, servers, upstreams };
}

function readFlag({ name, args, where }: Directive): boolean {
  const value = (args[0] ?? '').toLowerCase();
  if (args.length !== 1) throw new NginxConfigError(`invalid number of arguments in "${name}" directive in ${where}`);
  if (value !== 'on' && value !== 'off')
    throw new NginxConfigError(
      `invalid value "${args[0]}" in "${name}" directive, it must be "on" or "off" in ${where}`,
    );
  return value === 'on';
}

function check(directive: Directive): void {
  if (UNSUPPORTED.has(directive.name)) {
    throw new NginxConfigError(
      `directive "${directive.name}" is not simulated by sim-core's nginx in ${directive.where}`,
    );
  }
  if (!KNOWN.has(directive.name) && !CONTEXTS.has(directive.name)) {
    throw new NginxConfigError(`unknown directive "${directive.name}" in ${directive.where}`);
  }
}

function readServer(server: Directive, root: string): Server {
  const ports: number[] = [];
  let names: string[] = [''];
  let ownRoot = root;
  let index = ['index.html'];
  let answer: Location['answer'];
  let accessLog = true;
  const locations: Location[] = [];
  const headers: [string, string][] = [];
  for (const directive of server.block ?? []) {
    const { name, args, where } = directive;
    if (name === 'listen') {
      const port = Number(/(?:^|:)(\d+)$/.exec(args[0] ?? '')?.[1] ?? (args[0]?.includes(':') ? 80 : Number.NaN));
      if (!(port > 0 && port < 65_536))
        throw new NginxConfigError(`invalid port in "${args[0]}" of the "listen" directive in ${where}`);
      if (args.includes('ssl'))
        throw new NginxConfigError(`"listen … ssl" is not simulated by sim-core's nginx in ${where}`);
      if (!ports.includes(port)) ports.push(port);
    } else if (name === 'server_name') names = [...args];
    else if (name === 'root') ownRoot = args[0] ?? root;
    else if (name === 'index') index = [...args];
    else if (name === 'return') answer = readReturn(directive);
    else if (name === 'add_header') headers.push([args[0] ?? '', args[1] ?? '']);
    else if (name === 'access_log') accessLog = args[0] !== 'off';
    else if (name === 'location') locations.push(readLocation(directive));
    else check(directive);
  }
  if (ports.length === 0) ports.push(80);
  return { ports, names, root: ownRoot, index, locations, answer, headers, accessLog };
}

function readLocation(location: Directive): Location {
  const [first = '', second] = location.args;
  let match: Location['match'] = 'prefix';
  let pattern: RegExp | undefined;
  if (second !== undefined) {
    if (first === '=') match = 'exact';
    else if (first === '^~') match = 'first';
    else if (first === '~' || first === '~*') {
      match = 'regex';
      try {
        pattern = new RegExp(second, first === '~*' ? 'i' : '');
      } catch {
        throw new NginxConfigError(`pcre2_compile() failed in "${second}" in ${location.where}`);
      }
    } else throw new NginxConfigError(`invalid location modifier "${first}" in ${location.where}`);
  }
  let root: string | undefined;
  let alias: string | undefined;
  let index: string[] | undefined;
  let tryFiles: string[] | undefined;
  let answer: Location['answer'];
  let proxy: Location['proxy'];
  let type: string | undefined;
  let stub = false;
  const headers: [string, string][] = [];
  for (const directive of location.block ?? []) {
    const { name, args } = directive;
    if (name === 'root') root = args[0];
    else if (name === 'alias') alias = args[0];
    else if (name === 'index') index = [...args];
    else if (name === 'try_files') tryFiles = [...args];
    else if (name === 'return') answer = readReturn(directive);
    else if (name === 'add_header') headers.push([args[0] ?? '', args[1] ?? '']);
    else if (name === 'default_type') type = args[0];
    else if (name === 'proxy_pass') proxy = readProxy(directive);
    else if (name === 'stub_status') stub = true;
    else if (name === 'access_log') continue;
    else check(directive);
  }
  return { match, path: second ?? first, pattern, root, alias, index, tryFiles, answer, proxy, headers, type, stub };
}

function readReturn({ args, where }: Directive): Location['answer'] {
  const status = Number(args[0]);
  if (Number.isInteger(status)) {
    if (status < 0 || status > 999) throw new NginxConfigError(`invalid return code "${args[0]}" in ${where}`);
    return { status, text: args[1] ?? '' };
  }
  if (/^https?:/.test(args[0] ?? '')) return { status: 302, text: args[0]! };
  throw new NginxConfigError(`invalid return code "${args[0] ?? ''}" in ${where}`);
}

function readProxy({ args, where }: Directive): Location['proxy'] {
  const match = /^(https?):\/\/([^/]+)(\/.*)?$/.exec(args[0] ?? '');
  if (match === null) throw new NginxConfigError(`invalid URL prefix in ${where}`);
  if (match[1] === 'https')
    throw new NginxConfigError(`"proxy_pass https://…" is not simulated by sim-core's nginx in ${where}`);
  return { ...hostPort(match[2]!), path: match[3] ?? '' };
}

function hostPort(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  const port = colon < 0 ? Number.NaN : Number(text.slice(colon + 1));
  return Number.isInteger(port) ? { host: text.slice(0, colon), port } : { host: text, port: 80 };
}

/** The location that a path falls into, by nginx's rules; `undefined` when none does. */
export function findLocation(locations: readonly Location[], path: string): Location | undefined {
  let best: Location | undefined;
  for (const location of locations) {
    if (location.match === 'exact' && location.path === path) return location;
    if ((location.match === 'prefix' || location.match === 'first') && path.startsWith(location.path)) {
      if (best === undefined || location.path.length > best.path.length) best = location;
    }
  }
  if (best?.match === 'first') return best;
  return locations.find((location) => location.pattern?.test(path)) ?? best;
}
