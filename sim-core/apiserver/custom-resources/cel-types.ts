import type { Environment } from '@marcbachmann/cel-js';
import { deepEqual } from '../../api/equality.ts';
import { type Cidr, cidrContains, formatIP, type IPBytes, parseCIDR, parseIP } from '../../api/ip.ts';
import { parseQuantity, Quantity } from '../../api/quantity.ts';

/** An address as an expression holds it. */
class Address {
  readonly bytes: IPBytes;
  constructor(bytes: IPBytes) {
    this.bytes = bytes;
  }
}

/** What functions on addresses are called by: `ip` in `ip.isCanonical(…)`. */
class Addresses {}

/** A block of addresses as an expression holds it. */
class Block {
  readonly cidr: Cidr;
  constructor(cidr: Cidr) {
    this.cidr = cidr;
  }
}

/**
 * The types that Kubernetes adds to CEL (k8s.io/apiserver/pkg/cel/library): quantities, IP addresses and CIDRs. What no value can be
 * made of is an error where it is asked for.
 */
export function addTypes(environment: Environment): void {
  addQuantities(environment);
  addAddresses(environment);
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
  environment.registerOperator(`${own} == ${own}`, (a: Quantity, b: Quantity) => a.compare(b) === 0);
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
  environment.registerFunction('net.IP.isLoopback(): bool', isLoopback);
  environment.registerFunction('net.IP.isLinkLocalMulticast(): bool', isLinkLocalMulticast);
  environment.registerFunction('net.IP.isLinkLocalUnicast(): bool', isLinkLocalUnicast);
  environment.registerFunction('net.IP.isGlobalUnicast(): bool', isGlobalUnicast);
  environment.registerOperator('net.IP == net.IP', (a: Address, b: Address) => deepEqual(a.bytes, b.bytes));
  environment.registerType('kubernetes.IPs', Addresses);
  environment.registerConstant('ip', 'kubernetes.IPs', new Addresses());
  environment.registerFunction(
    'kubernetes.IPs.isCanonical(string): bool',
    (_: Addresses, text: string) => formatIP(address(text).bytes) === text,
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
  environment.registerFunction(
    'net.CIDR.masked(): net.CIDR',
    ({ cidr }: Block) => new Block({ ...cidr, address: cidr.network }),
  );
  environment.registerFunction(
    'string(net.CIDR): string',
    ({ cidr }: Block) => `${formatIP(cidr.address)}/${cidr.prefix}`,
  );
  environment.registerOperator('net.CIDR == net.CIDR', (a: Block, b: Block) => deepEqual(a.cidr, b.cidr));
  environment.registerFunction('net.CIDR.prefixLength(): int', ({ cidr }: Block) => BigInt(cidr.prefix));
}

const isLoopback = ({ bytes }: Address) =>
  bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
const isLinkLocalMulticast = ({ bytes: [a = 0, b = 0, c = 0, ...rest] }: Address) =>
  rest.length === 1 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2;
const isLinkLocalUnicast = ({ bytes: [a = 0, b = 0, ...rest] }: Address) =>
  rest.length === 2 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;

/** Neither of the machine itself, nor of the link, nor of many (net.IP.IsGlobalUnicast). */
function isGlobalUnicast(address: Address): boolean {
  const { bytes } = address;
  const same = (value: number) => bytes.every((byte) => byte === value);
  const isMulticast = bytes.length === 4 ? (bytes[0]! & 0xf0) === 0xe0 : bytes[0] === 0xff;
  const isBroadcast = bytes.length === 4 && same(255);
  return !same(0) && !isBroadcast && !isLoopback(address) && !isMulticast && !isLinkLocalUnicast(address);
}
