import type { IPv4, Prefix } from '../ipv4.ts';

/** Public addresses that a cloud has to give, lowest free one first. */
export class AddressPool {
  private readonly prefix: Prefix;
  private readonly skip: number;
  private readonly taken = new Set<IPv4>();

  /** `skip` addresses at the start are not given. */
  constructor(prefix: Prefix, skip: number) {
    this.prefix = prefix;
    this.skip = skip;
  }

  /** Takes an address: `wanted`, if it is of the pool and free. `undefined` when there is none left, or not that one. */
  take(wanted?: IPv4): IPv4 | undefined {
    const { network, bits } = this.prefix;
    const end = network + 2 ** (32 - bits) - 1;
    if (wanted !== undefined) {
      if (wanted < network + this.skip || wanted >= end || this.taken.has(wanted)) return undefined;
      this.taken.add(wanted);
      return wanted;
    }
    for (let address = network + this.skip; address < end; address++) {
      if (this.taken.has(address)) continue;
      this.taken.add(address);
      return address;
    }
    return undefined;
  }

  free(address: IPv4): void {
    this.taken.delete(address);
  }
}
