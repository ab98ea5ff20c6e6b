import { goQuote } from '../../api/go-format.ts';
import { parseQuantity, Quantity, quantity } from '../../api/quantity.ts';
import type { Machine } from '../../images/process.ts';
import type { KubeletConfiguration } from './configuration.ts';
import { hardThreshold } from './node-resources.ts';

const RESERVABLE = new Set(['cpu', 'memory', 'ephemeral-storage', 'pid']);

/** What is kept from pods (parseResourceList). Throws with upstream's words. */
export function reservedResources(
  flag: string,
  list: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const fail = (why: string) => new Error(`${flag} value failed to parse: ${why}`);
  for (const [name, text] of Object.entries(list)) {
    if (!RESERVABLE.has(name)) throw fail(`cannot reserve ${goQuote(name)} resource`);
    const quantity = parseQuantity(text);
    if (typeof quantity === 'string')
      throw fail(`failed to parse quantity ${goQuote(text)} for ${goQuote(name)} resource: ${quantity}`);
    if (quantity.sign() < 0) throw fail(`resource quantity for ${goQuote(name)} cannot be negative: ${text}`);
  }
  return list;
}

/** What is kept from pods is more than there is: cm.validateNodeAllocatable's words for that. */
export function missingResources(
  configuration: KubeletConfiguration,
  machine: Machine,
  diskBytes: number,
): string | undefined {
  const { kubeReserved, systemReserved, evictionThresholds } = configuration;
  const problems: string[] = [];
  const check = (name: string, all: number, evictedAt: number) => {
    const amounts = [kubeReserved, systemReserved].map(({ [name]: text }) => quantity(text ?? '0'));
    const reserved = amounts.reduce((sum, one) => sum.add(one), Quantity.of(evictedAt, 'BinarySI'));
    const capacity = Quantity.of(all, name === 'cpu' ? 'DecimalSI' : 'BinarySI');
    if (capacity.compare(reserved) < 0)
      problems.push(
        `Resource ${goQuote(name)} has a reservation of ${goStruct(reserved)} but capacity of ${goStruct(capacity)}. Expected capacity >= reservation.`,
      );
  };
  const hard = (signal: string, all: number) => hardThreshold(evictionThresholds, signal, all);
  check('cpu', machine.cpus, 0);
  check('memory', machine.memory, hard('memory.available', machine.memory));
  check('ephemeral-storage', diskBytes, hard('nodefs.available', diskBytes));
  return problems.length === 0 ? undefined : `invalid Node Allocatable configuration. ${problems.join(' ')}`;
}

/** A quantity as Go prints the struct: value and scale, no decimal, no cached text, format. */
function goStruct(amount: Quantity): string {
  const milli = amount.milliValue();
  const number = milli % 1000 === 0 ? `${milli / 1000} 0` : `${milli} -3`;
  return `{{${number}} {<nil>}  ${amount.format}}`;
}
