import { goQuote } from './go-format.ts';
import type { Messages } from './names.ts';

/** An address as its bytes, 4 or 16 of them; an IPv4-mapped IPv6 address counts as IPv4, as in Go's net.IP. */
export type IPBytes = readonly number[];

const ZERO = 48;

function parseIPv4(text: string): number[] | undefined {
  const bytes: number[] = [];
  // Read digit by digit: in a large cluster hundreds of thousands of addresses are.
  let value = -1;
  for (let at = 0; at <= text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = Math.max(0, value) * 10 + digit;
      if (value > 255) return undefined;
    } else {
      if (value < 0 || (at < text.length && text[at] !== '.')) return undefined;
      bytes.push(value);
      value = -1;
    }
  }
  return bytes.length === 4 ? bytes : undefined;
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (index === groups.length - 1 && group.includes('.')) {
      const tail = parseIPv4(group);
      if (tail === undefined) return undefined;
      bytes.push(...tail);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}

function parseIPv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!);
  const tail = halves.length === 2 ? parseGroups(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  const bytes = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : bytes;
}

/** Parses an address, leading zeros allowed (netutils.ParseIPSloppy); undefined when it is none. */
export function parseIP(text: string): IPBytes | undefined {
  if (text.length > 64) return undefined;
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/** The canonical text of an address (net.IP.String; RFC 5952 for IPv6). */
export function formatIP(bytes: IPBytes): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push((bytes[index]! << 8) | bytes[index + 1]!);
  let start = -1;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (end < 8 && groups[end] === 0) end++;
    if (end - index > length) [start, length] = [index, end - index];
  }
  const text = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** A CIDR: the address as written, the network it is in, and the length of the prefix in bits. */
export interface Cidr {
  readonly address: IPBytes;
  readonly network: IPBytes;
  readonly prefix: number;
}

/** Parses `10.0.0.0/8` (netutils.ParseCIDRSloppy); undefined when it is none. */
export function parseCIDR(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash < 0) return undefined;
  const address = parseIP(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  if (address === undefined || !/^[0-9]{1,3}$/.test(bits)) return undefined;
  // A mapped address is written with an IPv6 prefix: ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const prefix = Number(bits) - (address.length === 4 && text.includes(':') ? 96 : 0);
  if (prefix < 0 || prefix > address.length * 8) return undefined;
  const network = address.map(
    (byte, index) => byte & (0xff << Math.max(0, Math.min(8, (index + 1) * 8 - prefix))) & 0xff,
  );
  return { address, network, prefix };
}

/** Whether the network holds the address (net.IPNet.Contains). */
export function cidrContains(cidr: Cidr, address: IPBytes): boolean {
  if (cidr.network.length !== address.length) return false;
  return cidr.network.every((byte, index) => {
    const mask = (0xff << Math.max(0, Math.min(8, (index + 1) * 8 - cidr.prefix))) & 0xff;
    return byte === (address[index]! & mask);
  });
}

/** validation.IsValidIP */
export function isValidIP(value: string): Messages {
  return parseIP(value) === undefined ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] : [];
}

/** validation.IsValidIPv4Address */
export function isValidIPv4Address(value: string): Messages {
  return parseIP(value)?.length === 4 ? [] : ['must be a valid IPv4 address'];
}

/** validation.IsValidIPv6Address */
export function isValidIPv6Address(value: string): Messages {
  return parseIP(value)?.length === 16 ? [] : ['must be a valid IPv6 address'];
}

/** validation.IsValidCIDR */
export function isValidCIDR(value: string): Messages {
  return parseCIDR(value) === undefined ? ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'] : [];
}

/** What a client is warned of when an address is valid but oddly written (validation.GetWarningsForIP). */
export function ipWarnings(field: string, value: string): Messages {
  const bytes = parseIP(value);
  if (bytes === undefined) return [];
  const canonical = formatIP(bytes);
  if (canonical === value) return [];
  if (bytes.length === 4) {
    const advice = `will be considered invalid in a future Kubernetes release: use ${goQuote(canonical)}`;
    return [`${field}: non-standard IP address ${goQuote(value)} ${advice}`];
  }
  return [`${field}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(canonical)})`];
}

/** The same for a CIDR (validation.GetWarningsForCIDR). */
export function cidrWarnings(field: string, value: string): Messages {
  const cidr = parseCIDR(value);
  if (cidr === undefined) return [];
  const network = `${formatIP(cidr.network)}/${cidr.prefix}`;
  const address = formatIP(cidr.address);
  const warnings: Messages = [];
  if (address !== formatIP(cidr.network)) {
    const one = `${address}/${cidr.address.length * 8}`;
    warnings.push(
      `${field}: CIDR value ${goQuote(value)} is ambiguous in this context (should be ${goQuote(network)} or ${goQuote(one)}?)`,
    );
  }
  const plain = `${address}/${cidr.prefix}`;
  if (cidr.address.length === 4 && plain !== value) {
    const advice = `will be considered invalid in a future Kubernetes release: use ${goQuote(network)}`;
    warnings.push(`${field}: non-standard CIDR value ${goQuote(value)} ${advice}`);
  }
  if (warnings.length === 0 && plain !== value) {
    warnings.push(
      `${field}: IPv6 CIDR value ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(plain)})`,
    );
  }
  return warnings;
}
