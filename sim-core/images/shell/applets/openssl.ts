import type { Coroutine } from '../../../engine/index.ts';
import { openssl as answer, readsInput } from '../../openssl/openssl.ts';
import { generateRsaKey } from '../../openssl/primes.ts';
import { machineOf } from '../../openssl/surroundings.ts';
import { applet, ToolError } from './tool.ts';

/** Longer keys would take too long to find. */
const MOST_BITS = 4096;

/** `openssl` on the cluster's machines, whose chance is the simulation's. */
export const openssl = applet(function* (tool): Coroutine<number> {
  const input = readsInput(tool.args) ? yield* tool.input() : '';
  const digits = (count: number) => tool.process.random.hex(count);
  return answer(tool.args, {
    ...machineOf(tool, input),
    now: () => tool.process.now(),
    digits,
    newKey(bits) {
      if (bits > MOST_BITS)
        throw new ToolError(`keys of more than ${MOST_BITS} bits are not supported by this openssl`);
      return generateRsaKey(bits, digits);
    },
  });
});
