import { type Coroutine, SECOND, sleep } from '../../engine/index.ts';
import { type Command, CommandError, type Invocation, mustAnswer } from './command.ts';
import type { Lease } from './database.ts';

function leaseOf(call: Invocation): number {
  const [text, ...more] = call.words;
  if (text === undefined || more.length > 0) throw new CommandError('lease command needs lease ID as argument');
  if (!/^[0-9a-f]+$/i.test(text))
    throw new CommandError(
      `bad lease ID (strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax), expecting ID in Hex`,
    );
  return Number.parseInt(text, 16);
}

const hex = (id: number) => id.toString(16).padStart(16, '0');

function grant(call: Invocation): void {
  const ttl = Number(call.words[0]);
  if (call.words.length !== 1) throw new CommandError('lease grant command needs TTL argument');
  if (!Number.isInteger(ttl) || ttl < 1)
    throw new CommandError(`bad TTL (strconv.ParseInt: parsing ${JSON.stringify(call.words[0])}: invalid syntax)`);
  mustAnswer(call);
  call.tool.out(`lease ${hex(call.database.grant(ttl).id)} granted with TTL(${ttl}s)\n`);
}

function revoke(call: Invocation): void {
  const id = leaseOf(call);
  mustAnswer(call);
  call.database.revoke(id);
  call.tool.out(`lease ${hex(id)} revoked\n`);
}

function list(call: Invocation): void {
  mustAnswer(call);
  const ids = call.database.leaseIds();
  call.tool.out(`found ${ids.length} leases\n${ids.map((id) => `${hex(id)}\n`).join('')}`);
}

function timeToLive(call: Invocation): void {
  const id = leaseOf(call);
  mustAnswer(call);
  if (!call.database.leaseIds().includes(id)) {
    call.tool.out(`lease ${hex(id)} already expired\n`);
    return;
  }
  const { ttl, expires } = call.database.lease(id);
  const remaining = Math.floor((expires - call.tool.process.now()) / SECOND);
  const keys = call.has('keys') ? `, attached keys([${call.database.leasedKeys(id).join(' ')}])` : '';
  call.tool.out(`lease ${hex(id)} granted with TTL(${ttl}s), remaining(${remaining}s)${keys}\n`);
}

function* keepAlive(call: Invocation): Coroutine<void> {
  const id = leaseOf(call);
  for (;;) {
    mustAnswer(call);
    if (!call.database.leaseIds().includes(id)) {
      call.tool.out(`lease ${hex(id)} expired or revoked.\n`);
      return;
    }
    const lease: Lease = call.database.keepAlive(id);
    yield* call.tool.send(`lease ${hex(id)} keepalived with TTL(${lease.ttl})\n`);
    if (call.has('once')) return;
    yield* sleep(Math.floor((lease.ttl * SECOND) / 3));
  }
}

export const LEASE_COMMANDS: Readonly<Record<string, Command>> = {
  'lease grant': grant,
  'lease revoke': revoke,
  'lease list': list,
  'lease timetolive': timeToLive,
  'lease keep-alive': keepAlive,
};
