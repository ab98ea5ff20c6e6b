import type { NetworkNamespace } from './namespace.ts';

/** Settings that packets and sockets here go by, each with what setting it does. Answers false for a value that makes no sense. */
const OBEYED: Readonly<Record<string, (namespace: NetworkNamespace, words: readonly string[]) => boolean>> = {
  'net.ipv4.ip_local_port_range'(namespace, words) {
    const [first = 0, last = 0] = words.map(Number);
    if (words.length !== 2 || !isPort(first) || !isPort(last) || first < 1 || first > last) return false;
    namespace.localPorts = [first, last];
    return true;
  },
  'net.ipv4.ip_unprivileged_port_start'(namespace, words) {
    const first = Number(words[0]);
    if (words.length !== 1 || !isPort(first)) return false;
    namespace.unprivilegedPorts = first;
    return true;
  },
  'net.ipv4.ip_local_reserved_ports'(namespace, words) {
    const reserved = new Set<number>();
    for (const range of words.join(' ').split(',')) {
      const [from = '', to = from] = range.split('-');
      if (from === '') continue;
      if (!isPort(Number(from)) || !isPort(Number(to))) return false;
      for (let port = Number(from); port <= Number(to); port++) reserved.add(port);
    }
    namespace.reservedPorts = reserved;
    return true;
  },
};

const isPort = (port: number) => Number.isInteger(port) && port >= 0 && port <= 65_535;

/** Settings that hold words instead of numbers. */
const WORDS: ReadonlySet<string> = new Set(['net.ipv4.ip_local_reserved_ports']);

/**
 * Sets a kernel setting of a network namespace, `net.…` by name: what a write below /proc/sys does, and the runtime for
 * a pod's `securityContext.sysctls`. Answers false when the kernel would say EINVAL.
 */
export function setKernelSetting(namespace: NetworkNamespace, name: string, value: string): boolean {
  const words = value.trim().split(/\s+/);
  if (!WORDS.has(name) && !words.every((word) => /^-?\d+$/.test(word))) return false;
  if (OBEYED[name]?.(namespace, words) === false) return false;
  namespace.settings ??= new Map();
  namespace.settings.set(name, words.join('\t'));
  return true;
}

/** What a reboot leaves of all that somebody has set on a machine: what kernels begin with, and files of /etc/sysctl.d. */
export function resetKernelSettings(namespace: NetworkNamespace): void {
  namespace.forwarding = true;
  for (const [name, value] of Object.entries(FIRST)) OBEYED[name]!(namespace, value.split(' '));
  namespace.settings = undefined;
}

const FIRST: Readonly<Record<string, string>> = {
  'net.ipv4.ip_local_port_range': '32768 60999',
  'net.ipv4.ip_unprivileged_port_start': '1024',
  'net.ipv4.ip_local_reserved_ports': '',
};
