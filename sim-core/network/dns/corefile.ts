/** A mistake in a Corefile; `message` is what CoreDNS prints before it ends. */
export class CorefileError extends Error {
  override readonly name = 'CorefileError';
}

export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  /** Properties in braces. */
  readonly block: readonly { readonly name: string; readonly args: readonly string[] }[];
  readonly line: number;
}

/** A server block: the zones it answers for, and its plugins. */
export interface ServerBlock {
  /** Lower case, with their final dot. */
  readonly zones: readonly string[];
  readonly port: number;
  readonly directives: readonly Directive[];
}

/** Plugins that are simulated. CoreDNS has more; a Corefile that names one of those is refused with a message that says so. */
const SUPPORTED = new Set([
  'bind',
  'cache',
  'debug',
  'errors',
  'forward',
  'health',
  'hosts',
  'kubernetes',
  'lameduck',
  'log',
  'loadbalance',
  'loop',
  'prometheus',
  'ready',
  'reload',
  'rewrite',
]);
const KNOWN = new Set([
  'acl',
  'any',
  'auto',
  'autopath',
  'azure',
  'bufsize',
  'cancel',
  'chaos',
  'clouddns',
  'dns64',
  'dnssec',
  'dnstap',
  'erratic',
  'etcd',
  'file',
  'grpc',
  'header',
  'import',
  'k8s_external',
  'local',
  'metadata',
  'minimal',
  'multisocket',
  'nsid',
  'pprof',
  'quic',
  'root',
  'route53',
  'secondary',
  'sign',
  'template',
  'timeouts',
  'tls',
  'trace',
  'transfer',
  'tsig',
  'view',
  'whoami',
]);

/** Ways of `rewrite name` that are simulated; without one of them it is exact. */
export const REWRITES: ReadonlySet<string> = new Set(['exact', 'prefix', 'suffix', 'substring']);

interface Token {
  readonly text: string;
  readonly line: number;
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    for (const match of line.matchAll(/#.*|"((?:[^"\\]|\\.)*)"|\S+/g)) {
      if (match[0].startsWith('#')) break;
      found.push({ text: match[1] ?? match[0], line: index + 1 });
    }
  }
  return found;
}

/** Reads a Corefile. `file` is its name in messages. Throws `CorefileError`. */
export function parseCorefile(text: string, file = '/etc/coredns/Corefile'): ServerBlock[] {
  const list = tokens(text);
  const fail = (line: number, what: string): never => {
    throw new CorefileError(`${file}:${line} - Error during parsing: ${what}`);
  };
  const blocks: ServerBlock[] = [];
  let at = 0;
  while (at < list.length) {
    const keys: string[] = [];
    while (at < list.length && list[at]!.text !== '{') keys.push(list[at++]!.text.replace(/,$/, ''));
    const open = list[at++];
    if (open === undefined) return fail(list.at(-1)!.line, 'Unexpected EOF');
    const directives: Directive[] = [];
    for (;;) {
      const first = list[at++];
      if (first === undefined) return fail(list.at(-1)!.line, 'Unexpected EOF');
      if (first.text === '}') break;
      const name = first.text;
      if (!SUPPORTED.has(name)) {
        if (KNOWN.has(name)) fail(first.line, `plugin '${name}' is not simulated by sim-core`);
        fail(first.line, `Unknown directive '${name}'`);
      }
      const args: string[] = [];
      while (at < list.length && list[at]!.line === first.line && !'{}'.includes(list[at]!.text))
        args.push(list[at++]!.text);
      const block: { name: string; args: string[] }[] = [];
      if (list[at]?.text === '{' && list[at]!.line === first.line) {
        at++;
        for (;;) {
          const inner = list[at++];
          if (inner === undefined) return fail(list.at(-1)!.line, 'Unexpected EOF');
          if (inner.text === '}') break;
          const own: string[] = [];
          while (at < list.length && list[at]!.line === inner.line && list[at]!.text !== '}')
            own.push(list[at++]!.text);
          block.push({ name: inner.text, args: own });
        }
      }
      if (name === 'rewrite') checkRewrite(args, (what) => fail(first.line, what));
      directives.push({ name, args, block, line: first.line });
    }
    let port = 53;
    const zones = keys.map((key) => {
      const match = /^(?:dns:\/\/)?([^:]*?)(?::(\d+))?$/.exec(key);
      if (match === null) return fail(open.line, `not a valid zone '${key}'`);
      if (match[2] !== undefined) port = Number(match[2]);
      return fqdn(match[1]!);
    });
    if (zones.length === 0) fail(open.line, 'expected a zone before {');
    blocks.push({ zones, port, directives });
  }
  return blocks;
}

/** `rewrite [stop|continue] name [exact|prefix|suffix|substring] FROM TO [answer auto]`; anything else is named. */
function checkRewrite(args: readonly string[], fail: (what: string) => never): void {
  const words = args.filter((arg) => arg !== 'stop' && arg !== 'continue');
  if (words[0] !== 'name') fail(`rewrite ${words[0] ?? ''}: sim-core rewrites names only`);
  if (words[1] === 'regex')
    fail('rewrite name regex is not simulated by sim-core: use exact, prefix, suffix or substring');
  if (words.length < (REWRITES.has(words[1] ?? '') && words.length > 3 ? 4 : 3))
    fail('wrong argument count: rewrite name needs a name to look for and one to put in its place');
}

/** A name in lower case with its final dot; the empty name is the root. */
export function fqdn(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith('.') ? lower : `${lower}.`;
}

/** Whether a name lies in a zone. */
export function inZone(name: string, zone: string): boolean {
  return zone === '.' || name === zone || name.endsWith(`.${zone}`);
}

/** The Corefile that kubeadm installs. */
export const DEFAULT_COREFILE = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`;
