/** What kernels begin with that kubeadm, the kubelet and kube-proxy have been at: the settings of a network, `net.…` by name. */
const FIRST: ReadonlyMap<string, string> = new Map([
  ['net.bridge.bridge-nf-call-ip6tables', '1'],
  ['net.bridge.bridge-nf-call-iptables', '1'],
  ['net.core.somaxconn', '4096'],
  ['net.ipv4.conf.all.forwarding', '0'],
  ['net.ipv4.conf.all.rp_filter', '0'],
  ['net.ipv4.conf.all.route_localnet', '0'],
  ['net.ipv4.ip_forward', '0'],
  ['net.ipv4.ip_local_port_range', '32768\t60999'],
  ['net.ipv4.ip_local_reserved_ports', ''],
  ['net.ipv4.ip_unprivileged_port_start', '1024'],
  ['net.ipv4.ping_group_range', '0\t2147483647'],
  ['net.ipv4.tcp_fin_timeout', '60'],
  ['net.ipv4.tcp_keepalive_intvl', '75'],
  ['net.ipv4.tcp_keepalive_probes', '9'],
  ['net.ipv4.tcp_keepalive_time', '7200'],
  ['net.ipv4.tcp_rmem', '4096\t131072\t6291456'],
  ['net.ipv4.tcp_syn_retries', '6'],
  ['net.ipv4.tcp_syncookies', '1'],
  ['net.ipv4.tcp_wmem', '4096\t16384\t4194304'],
  ['net.netfilter.nf_conntrack_tcp_timeout_close_wait', '3600'],
  ['net.netfilter.nf_conntrack_tcp_timeout_established', '86400'],
]);

/** One setting by its two names: whether packets are passed on that are for somebody else. */
const FORWARDING = ['net.ipv4.ip_forward', 'net.ipv4.conf.all.forwarding'];

/** Settings that packets and sockets here go by, each with what reads its words. Answers undefined for words that make no sense. */
const OBEYED = {
  'net.ipv4.ip_forward': readSwitch,
  'net.ipv4.conf.all.forwarding': readSwitch,
  'net.ipv4.ip_local_port_range': readRange,
  'net.ipv4.ip_unprivileged_port_start': readPort,
  'net.ipv4.ip_local_reserved_ports': readPorts,
} as const;

/** Settings that hold words instead of numbers. */
const WORDS: ReadonlySet<string> = new Set(['net.ipv4.ip_local_reserved_ports']);

/**
 * The kernel settings of a network namespace, as /proc/sys/net has them. They are never changed but replaced: thousands of
 * pods share theirs.
 */
export class KernelSettings {
  /** Those of a network namespace that has just been made. */
  static readonly FIRST = new KernelSettings(FIRST);
  /** Those of a machine that has just booted: kubeadm takes none that does not forward. */
  static readonly OF_MACHINES = KernelSettings.FIRST.with('net.ipv4.ip_forward', '1')!;

  /** Whether packets are passed on that are for somebody else. */
  readonly forwarding: boolean;
  /** First and last port of near ends of connections. */
  readonly localPorts: readonly [first: number, last: number];
  /** From here on anybody may listen, below it root only. */
  readonly unprivilegedPorts: number;
  /** Ports that near ends leave alone. */
  readonly reservedPorts: ReadonlySet<number>;
  private readonly values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.values = values;
    const words = (name: string) => wordsOf(values.get(name)!);
    this.forwarding = readSwitch(words('net.ipv4.ip_forward'))!;
    this.localPorts = readRange(words('net.ipv4.ip_local_port_range'))!;
    this.unprivilegedPorts = readPort(words('net.ipv4.ip_unprivileged_port_start'))!;
    this.reservedPorts = readPorts(words('net.ipv4.ip_local_reserved_ports'))!;
  }

  get names(): Iterable<string> {
    return this.values.keys();
  }

  /** A setting's text, its words parted by tabs; undefined when the kernel has no such setting. */
  get(name: string): string | undefined {
    return this.values.get(name);
  }

  /**
   * With one setting changed: what a write below /proc/sys does, and the runtime for a pod's `securityContext.sysctls`.
   * Answers undefined when the kernel would say EINVAL.
   */
  with(name: string, value: string): KernelSettings | undefined {
    const words = wordsOf(value);
    if (!WORDS.has(name) && !words.every((word) => /^-?\d+$/.test(word))) return undefined;
    if (Object.hasOwn(OBEYED, name) && OBEYED[name as keyof typeof OBEYED](words) === undefined) return undefined;
    const changed = new Map(this.values);
    for (const each of FORWARDING.includes(name) ? FORWARDING : [name]) changed.set(each, words.join('\t'));
    return new KernelSettings(changed);
  }
}

function wordsOf(value: string): readonly string[] {
  return value.trim().split(/\s+/);
}

function readSwitch(words: readonly string[]): boolean | undefined {
  return words.length === 1 ? Number(words[0]) !== 0 : undefined;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535;
}

function readRange(words: readonly string[]): readonly [first: number, last: number] | undefined {
  const [first = 0, last = 0] = words.map(Number);
  return words.length === 2 && isPort(first) && isPort(last) && first >= 1 && first <= last ? [first, last] : undefined;
}

function readPort(words: readonly string[]): number | undefined {
  const port = Number(words[0]);
  return words.length === 1 && isPort(port) ? port : undefined;
}

/** `8080,9148-9150` */
function readPorts(words: readonly string[]): ReadonlySet<number> | undefined {
  const ports = new Set<number>();
  for (const range of words.join(' ').split(',')) {
    const [from = '', to = from] = range.split('-');
    if (from === '') continue;
    if (!isPort(Number(from)) || !isPort(Number(to))) return undefined;
    for (let port = Number(from); port <= Number(to); port++) ports.add(port);
  }
  return ports;
}
