import { NetworkError } from '../../sim-core/images/process.ts';
import type { DnsTest } from '../format/tests.ts';
import { failed, type Outcome, PASSED, type TestContext } from './context.ts';
import { compare } from './match.ts';
import { placeName, runToEnd, standAt } from './place.ts';

/** A name is looked up from a place, with the resolver that is there. */
export function testDns({ name, from, addresses }: DnsTest, context: TestContext): Outcome {
  const place = standAt(from, context);
  if ('status' in place) return place;
  const found = runToEnd(place.copy, place.stack.resolve(name));
  const where = { name, from: placeName(from) };
  const known = found instanceof NetworkError ? undefined : found;
  if (addresses === undefined) {
    return known === undefined ? failed('dns-unknown', { ...where, found: (found as NetworkError).message }) : PASSED;
  }
  const difference = compare(known, addresses);
  if (difference === undefined) return PASSED;
  if (known === undefined) return failed('dns-unknown', { ...where, found: (found as NetworkError).message });
  return failed('dns-different', { ...where, found: known.join(', '), expected: difference.expected });
}
