import { byteString } from '../../api/byte-string.ts';
import type { Coroutine } from '../../engine/index.ts';
import type { Program } from '../../images/process.ts';
import { Tool } from '../../images/shell/applets/tool.ts';
import type { LearnerComputer } from '../computer.ts';
import type { WebCrypto } from '../shell-host.ts';

async function newRsaKey({ subtle }: WebCrypto, bits: number): Promise<string> {
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: bits,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const { privateKey } = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  return byteString(new Uint8Array(await subtle.exportKey('pkcs8', privateKey)));
}

/** `openssl` on the learner's computer, with keys and chance from its host: its code is loaded with its first use. */
export function opensslProgram(computer: LearnerComputer): Program {
  return function* run(process): Coroutine<number> {
    const tool = new Tool(process);
    const { crypto } = computer.host;
    const loaded = yield* computer.pump.wait(() => import('../../images/openssl/learner.ts'));
    const { keyWanted, machineOf, openssl, privateKeyOf, readsInput } = loaded;
    const bits = keyWanted(tool.args);
    const key = bits === undefined ? undefined : yield* computer.pump.wait(() => newRsaKey(crypto, bits));
    const input = readsInput(tool.args) && !computer.isTerminal(process.stdin) ? yield* tool.input() : '';
    return openssl(tool.args, {
      ...machineOf(tool, input),
      now: () => computer.host.now() * 1000,
      digits: (count) =>
        [...crypto.getRandomValues(new Uint8Array(count / 2))]
          .map((byte) => byte.toString(16).padStart(2, '0'))
          .join(''),
      newKey: () => privateKeyOf(key!)!,
    });
  };
}
