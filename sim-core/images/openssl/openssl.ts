import { ToolError } from '../shell/applets/tool.ts';
import { bitsWanted, dgst, ecparam, genpkey, genrsa, rand, showKey } from './key-commands.ts';
import { type Options, type OptionTable, readOptions, table } from './options.ts';
import { req } from './req.ts';
import type { Surroundings } from './surroundings.ts';
import { verify } from './verify.ts';
import { x509 } from './x509.ts';

interface Command extends OptionTable {
  /** Answers a number where its exit code may be other than 0. */
  run(options: Options, around: Surroundings): unknown;
}

const KEYS = table('pubin pubout noout check modulus traditional', 'in out inform outform');

/** What this openssl knows; every option in a table has its effect, and others are refused. */
const COMMANDS: Readonly<Record<string, Command>> = {
  genrsa: { ...table('traditional', 'out'), run: genrsa },
  genpkey: { ...table('', 'algorithm pkeyopt out'), run: genpkey },
  ecparam: { ...table('genkey noout', 'name out'), run: ecparam },
  rsa: { ...KEYS, run: showKey('rsa') },
  ec: { ...KEYS, flags: KEYS.flags.filter((flag) => flag !== 'modulus' && flag !== 'traditional'), run: showKey('ec') },
  pkey: { ...KEYS, flags: KEYS.flags.filter((flag) => flag !== 'modulus'), run: showKey('pkey') },
  req: {
    ...table(
      'new nodes noenc x509 noout text subject pubkey modulus verify sha256',
      'in out key keyout subj days newkey pkeyopt addext config extensions reqexts inform outform nameopt set_serial',
    ),
    run: req,
  },
  x509: {
    ...table(
      'noout text subject issuer dates startdate enddate serial pubkey modulus fingerprint req CAcreateserial sha256',
      'in out inform outform nameopt ext checkend checkhost checkip days CA CAkey CAserial extfile extensions signkey key set_serial',
    ),
    run: x509,
  },
  verify: { ...table('', 'CAfile untrusted'), run: verify },
  dgst: { ...table('sha256 hex r', ''), run: dgst },
  rand: { ...table('hex base64', 'out'), run: rand },
  version: {
    ...table('', ''),
    run: (_options, around) => around.out('OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)\n'),
  },
};

function commandOf(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}

/** How many bits the new RSA key has that a command line wants; undefined where it wants none, or makes no sense. */
export function keyWanted([name = '', ...args]: readonly string[]): number | undefined {
  const command = commandOf(name);
  try {
    return command === undefined ? undefined : bitsWanted(name, readOptions(args, command));
  } catch (error) {
    // The command itself will say what is wrong.
    if (error instanceof ToolError) return undefined;
    throw error;
  }
}

/** Whether a command line reads standard input. */
export function readsInput([name = '', ...args]: readonly string[]): boolean {
  if (args.includes('-in') || /^(genrsa|genpkey|ecparam|rand|version|)$/.test(name)) return false;
  if (name === 'req') return !args.some((word) => /^--?(new|newkey|x509)$/.test(word));
  if (name !== 'verify' && name !== 'dgst') return commandOf(name) !== undefined;
  try {
    const { operands } = readOptions(args, commandOf(name)!);
    return operands.length === 0;
  } catch (error) {
    if (error instanceof ToolError) return false;
    throw error;
  }
}

/** `openssl`: what keys and certificates of users and servers are made with, and looked at. Answers an exit code. */
export function openssl(args: readonly string[], around: Surroundings): number {
  const [name = '', ...rest] = args;
  const command = commandOf(name);
  if (command === undefined) {
    around.complain(name === '' ? 'openssl: no command\n' : `openssl: ${name} is not supported by this openssl\n`);
    around.complain(`Here there are: ${Object.keys(COMMANDS).join(', ')}.\n`);
    return 1;
  }
  try {
    const code = command.run(readOptions(rest, command), around);
    return typeof code === 'number' ? code : 0;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    around.complain(`${name}: ${error.message}\n`);
    return 1;
  }
}
