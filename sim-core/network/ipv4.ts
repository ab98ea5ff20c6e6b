/** An IPv4 address as an unsigned 32-bit number. Text is read and written only at the edges: packets compare numbers. */
export type IPv4 = number;

/** A network: `10.244.1.0/24`. */
export interface Prefix {
  readonly network: IPv4;
  /** Length, 0 to 32. */
  readonly bits: number;
}

/** Reads `10.0.0.1`; `undefined` when it is no IPv4 address. Leading zeros are refused, as by Go's net.ParseIP. */
export function parseIPv4(text: string): IPv4 | undefined {
  let address = 0;
  let part = -1;
  let parts = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46) {
      if (part < 0 || ++parts > 3) return undefined;
      address = address * 256 + part;
      part = -1;
    } else if (code >= 48 && code <= 57) {
      if (part === 0) return undefined;
      part = part < 0 ? code - 48 : part * 10 + code - 48;
      if (part > 255) return undefined;
    } else return undefined;
  }
  return parts === 3 && part >= 0 ? address * 256 + part : undefined;
}

/** As `parseIPv4`, for addresses that the code itself writes. Throws a TypeError. */
export function ipv4(text: string): IPv4 {
  const address = parseIPv4(text);
  if (address === undefined) throw new TypeError(`not an IPv4 address: ${text}`);
  return address;
}

export function formatIPv4(address: IPv4): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/** Netmask of a prefix length. */
export function maskOf(bits: number): number {
  return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
}

/** Reads `10.244.0.0/16`, host bits cleared; `undefined` when it is no IPv4 prefix. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIPv4(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (address === undefined || !/^\d{1,2}$/.test(length) || Number(length) > 32) return undefined;
  const bits = Number(length);
  return { network: (address & maskOf(bits)) >>> 0, bits };
}

/** As `parsePrefix`, for prefixes that the code itself writes. Throws a TypeError. */
export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new TypeError(`not an IPv4 prefix: ${text}`);
  return parsed;
}

export function formatPrefix({ network, bits }: Prefix): string {
  return `${formatIPv4(network)}/${bits}`;
}

export function contains({ network, bits }: Prefix, address: IPv4): boolean {
  return (address & maskOf(bits)) >>> 0 === network;
}

/** Whether an address is in 127.0.0.0/8. */
export function isLoopback(address: IPv4): boolean {
  return address >>> 24 === 127;
}

/** MAC address that goes with an IPv4 address on a virtual interface: locally administered, as Docker and Flannel form it. */
export function macOf(address: IPv4, first = 0x0a, second = 0x58): string {
  const bytes = [first, second, address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
