import type { Environment } from '@marcbachmann/cel-js';
import { type Cidr, cidrContains, formatIP, type IPBytes, parseCIDR, parseIP } from '../../api/ip.ts';
import { parseQuantity, Quantity } from '../../api/quantity.ts';

/** An address as an expression holds it. */
class Address {
  readonly bytes: IPBytes;
  constructor(bytes: IPBytes) {
    this.bytes = bytes;
  }
}

/** A block of addresses as an expression holds it. */
class Block {
  readonly cidr: Cidr;
  constructor(cidr: Cidr) {
    this.cidr = cidr;
  }
}

/** A URL as an expression holds it, in its parts. */
class Link {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  constructor([, scheme = '', host = '', path = '', query = '']: readonly string[]) {
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }
}

const URL_FORM = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/([^/?#\s]*))?([^?#\s]*)(?:\?([^#\s]*))?$/;

/**
 * The types that Kubernetes adds to CEL (k8s.io/apiserver/pkg/cel/library): quantities, IP addresses, CIDRs and URLs. What no value can be
 * made of is an error where it is asked for.
 */
export function addTypes(environment: Environment): void {
  addQuantities(environment);
  addAddresses(environment);
  addLinks(environment);
}

function read<T>(value: T | undefined, why: string): T {
  if (value === undefined) throw new Error(why);
  return value;
}

function quantityOf(text: string): Quantity | undefined {
  const parsed = parseQuantity(text);
  return parsed instanceof Quantity ? parsed : undefined;
}

function addQuantities(environment: Environment): void {
  environment.registerType('kubernetes.Quantity', Quantity);
  const make = (text: string) =>
    read(
      quantityOf(text),
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  const own = 'kubernetes.Quantity';
  const whole = (one: Quantity) => one.nanos % 1_000_000_000n === 0n;
  const ofInteger = (value: bigint) => new Quantity(value * 1_000_000_000n);
  environment.registerFunction('isQuantity(string): bool', (text: string) => quantityOf(text) !== undefined);
  environment.registerFunction(`quantity(string): ${own}`, make);
  environment.registerFunction(`${own}.sign(): int`, (one: Quantity) => BigInt(one.sign()));
  environment.registerFunction(`${own}.isInteger(): bool`, whole);
  environment.registerFunction(`${own}.asInteger(): int`, (one: Quantity) => {
    if (!whole(one)) throw new Error('cannot convert value to integer');
    return one.nanos / 1_000_000_000n;
  });
  environment.registerFunction(`${own}.asApproximateFloat(): double`, (one: Quantity) => one.toNumber());
  environment.registerFunction(`${own}.isLessThan(${own}): bool`, (a: Quantity, b: Quantity) => a.compare(b) < 0);
  environment.registerFunction(`${own}.isGreaterThan(${own}): bool`, (a: Quantity, b: Quantity) => a.compare(b) > 0);
  environment.registerFunction(`${own}.compareTo(${own}): int`, (a: Quantity, b: Quantity) => BigInt(a.compare(b)));
  environment.registerFunction(`${own}.add(${own}): ${own}`, (a: Quantity, b: Quantity) => a.add(b));
  environment.registerFunction(`${own}.add(int): ${own}`, (a: Quantity, b: bigint) => a.add(ofInteger(b)));
  environment.registerFunction(`${own}.sub(${own}): ${own}`, (a: Quantity, b: Quantity) => a.sub(b));
  environment.registerFunction(`${own}.sub(int): ${own}`, (a: Quantity, b: bigint) => a.sub(ofInteger(b)));
}

function addAddresses(environment: Environment): void {
  environment.registerType('net.IP', Address);
  environment.registerType('net.CIDR', Block);
  const address = (text: string) =>
    new Address(read(parseIP(text), `IP Address "${text}" parse error: ParseAddr("${text}"): unable to parse IP`));
  const block = (text: string) =>
    new Block(
      read(parseCIDR(text), `network address parse error during conversion from string: netip.ParsePrefix("${text}")`),
    );
  const isV4 = ({ bytes }: Address) => bytes.length === 4;
  const within = ({ cidr }: Block, { bytes }: Address) => cidrContains(cidr, bytes);
  const covers = (outer: Block, inner: Block) =>
    outer.cidr.prefix <= inner.cidr.prefix && cidrContains(outer.cidr, inner.cidr.address);
  environment.registerFunction('isIP(string): bool', (text: string) => parseIP(text) !== undefined);
  environment.registerFunction('ip(string): net.IP', address);
  environment.registerFunction('net.IP.family(): int', (one: Address) => (isV4(one) ? 4n : 6n));
  environment.registerFunction('net.IP.isUnspecified(): bool', ({ bytes }: Address) =>
    bytes.every((byte) => byte === 0),
  );
  environment.registerFunction('net.IP.isLoopback(): bool', (one: Address) =>
    isV4(one) ? one.bytes[0] === 127 : one.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0)),
  );
  environment.registerFunction('string(net.IP): string', ({ bytes }: Address) => formatIP(bytes));
  environment.registerFunction('isCIDR(string): bool', (text: string) => parseCIDR(text) !== undefined);
  environment.registerFunction('cidr(string): net.CIDR', block);
  environment.registerFunction('net.CIDR.containsIP(net.IP): bool', within);
  environment.registerFunction('net.CIDR.containsIP(string): bool', (one: Block, text: string) =>
    within(one, address(text)),
  );
  environment.registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', covers);
  environment.registerFunction('net.CIDR.containsCIDR(string): bool', (one: Block, text: string) =>
    covers(one, block(text)),
  );
  environment.registerFunction('net.CIDR.ip(): net.IP', ({ cidr }: Block) => new Address(cidr.address));
  environment.registerFunction('net.CIDR.prefixLength(): int', ({ cidr }: Block) => BigInt(cidr.prefix));
}

function addLinks(environment: Environment): void {
  environment.registerType('kubernetes.URL', Link);
  const own = 'kubernetes.URL';
  // What has a scheme, or is an absolute path (url.ParseRequestURI).
  const parse = (text: string) => {
    const parts = URL_FORM.exec(text);
    return parts === null || (parts[1] === undefined && !text.startsWith('/')) ? undefined : new Link(parts);
  };
  const host = (one: Link) => /^(.*?)(?::(\d*))?$/.exec(one.host.replace(/^[^@]*@/, '')) ?? [];
  environment.registerFunction('isURL(string): bool', (text: string) => parse(text) !== undefined);
  environment.registerFunction(`url(string): ${own}`, (text: string) =>
    read(parse(text), `URL parse error during conversion from string: parse "${text}": invalid URI for request`),
  );
  environment.registerFunction(`${own}.getScheme(): string`, (one: Link) => one.scheme);
  environment.registerFunction(`${own}.getHost(): string`, (one: Link) => one.host);
  environment.registerFunction(`${own}.getHostname(): string`, (one: Link) =>
    (host(one)[1] ?? '').replace(/^\[|\]$/g, ''),
  );
  environment.registerFunction(`${own}.getPort(): string`, (one: Link) => host(one)[2] ?? '');
  environment.registerFunction(`${own}.getEscapedPath(): string`, (one: Link) => one.path);
}
