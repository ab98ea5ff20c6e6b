/** The addresses that Services may have: an IPv4 CIDR without its first and last address. */
export class ServiceRange {
  readonly cidr: string;
  private readonly base: number;
  private readonly size: number;

  constructor(cidr: string) {
    const [address = '', bits = '0'] = cidr.split('/');
    this.cidr = cidr;
    this.base = toNumber(address);
    this.size = 2 ** (32 - Number(bits));
  }

  /** The range's n-th address; the first is the API server's own. */
  address(index: number): string {
    return toText(this.base + index);
  }

  /** Whether an address is one that Services may have. */
  contains(address: string): boolean {
    const offset = this.offset(address);
    return offset > 0 && offset < this.size - 1;
  }

  /** Whether an address is of the network, be it its first or last. */
  spans(address: string): boolean {
    const offset = this.offset(address);
    return offset >= 0 && offset < this.size;
  }

  private offset(address: string): number {
    return /^\d{1,3}(\.\d{1,3}){3}$/.test(address) ? toNumber(address) - this.base : Number.NaN;
  }

  /**
   * An address that is not taken. The lower part of the range (16 to 256 addresses) is left for those who ask for one by name,
   * as ipallocator does, until the rest is full.
   */
  free(taken: (address: string) => boolean, random: (limit: number) => number): string | undefined {
    const reserved = Math.min(Math.max(16, Math.floor(this.size / 16)), 256);
    return this.freeFrom(reserved, this.size - 1, taken, random) ?? this.freeFrom(1, reserved, taken, random);
  }

  private freeFrom(
    first: number,
    end: number,
    taken: (address: string) => boolean,
    random: (limit: number) => number,
  ): string | undefined {
    const count = end - first;
    if (count <= 0) return undefined;
    const start = random(count);
    for (let step = 0; step < count; step++) {
      const address = this.address(first + ((start + step) % count));
      if (!taken(address)) return address;
    }
    return undefined;
  }
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
