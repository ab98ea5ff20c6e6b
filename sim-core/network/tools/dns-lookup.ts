import type { Coroutine } from '../../engine/index.ts';
import { NetworkError, type Process } from '../../images/process.ts';
import type { DnsResponse, RecordType } from '../dns/message.ts';
import { parseIPv4 } from '../ipv4.ts';
import { candidates } from '../resolver.ts';
import { type ProcessStack, stackOf } from '../stack.ts';

export const RECORD_TYPES: ReadonlySet<string> = new Set<RecordType>([
  'A',
  'AAAA',
  'SRV',
  'PTR',
  'CNAME',
  'TXT',
  'NS',
  'SOA',
]);

export function isRecordType(text: string): text is RecordType {
  return RECORD_TYPES.has(text);
}

/** The name under which an address is looked up backwards. */
export function reverseName(address: string): string {
  return `${address.split('.').toReversed().join('.')}.in-addr.arpa.`;
}

/** What came of looking a name up: the name that was found, or the last one tried. */
export interface Found {
  readonly name: string;
  readonly response: DnsResponse;
}

/** Looks a name up as resolv.conf says, through the search list, until one of its names is there. Throws NetworkError when nobody answers. */
export function* lookUp(
  stack: ProcessStack,
  name: string,
  type: RecordType,
  server: string | undefined,
): Coroutine<Found> {
  let last: Found | undefined;
  for (const candidate of candidates(name, stack.resolver)) {
    const response = yield* stack.query(candidate, type, server);
    const found = { name: candidate, response };
    if (response.answers.length > 0) return found;
    // A name that is there without such a record is better than none.
    if (last?.response.code !== 'NOERROR') last = found;
  }
  return last!;
}

/** How the two nslookups write the port of the server. */
export type Flavour = 'bind' | 'busybox';

/** nslookup, of bind (`Address: 10.96.0.10#53`) or of busybox (`10.96.0.10:53`). */
export function nslookup(flavour: Flavour) {
  return function* run(process: Process): Coroutine<number> {
    const write = (text: string) => process.stdout.write(text);
    const args = process.argv.slice(1);
    const options = args.filter((arg) => arg.startsWith('-'));
    const [name, server] = args.filter((arg) => !arg.startsWith('-'));
    if (name === undefined) {
      process.stderr.write('usage: nslookup [-type=TYPE] HOST [DNS_SERVER]\n');
      return 1;
    }
    const asked = options.map((option) => /^-(?:query|querytype|q|type|t)=(\w+)$/.exec(option)?.[1]).find(Boolean);
    const reverse = parseIPv4(name) !== undefined;
    const wanted = (asked ?? (reverse ? 'PTR' : 'A')).toUpperCase();
    if (!isRecordType(wanted)) {
      process.stderr.write(`unknown query type: ${asked}\n`);
      return 1;
    }
    const stack = stackOf(process.network);
    let at = server ?? stack.resolver.servers[0] ?? '127.0.0.1';
    try {
      if (server !== undefined && parseIPv4(server) === undefined) [at = ''] = yield* stack.resolve(server);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      process.stderr.write(`nslookup: couldn't get address for '${server}': not found\n`);
      return 1;
    }
    let found: Found;
    try {
      found = yield* lookUp(stack, reverse ? reverseName(name) : name, wanted, server === undefined ? undefined : at);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      write(';; connection timed out; no servers could be reached\n\n');
      return 1;
    }
    const { code, answers, authoritative } = found.response;
    if (!(reverse && flavour === 'bind' && answers.length > 0))
      write(`Server:\t\t${at}\nAddress:\t${at}${flavour === 'bind' ? '#' : ':'}53\n\n`);
    if (code !== 'NOERROR') {
      write(`** server can't find ${reverse ? found.name.replace(/\.$/, '') : name}: ${code}\n\n`);
      return 1;
    }
    if (answers.length === 0) {
      write(`*** Can't find ${name}: No answer\n\n`);
      return 0;
    }
    if (!authoritative && !reverse) write('Non-authoritative answer:\n');
    for (const { name: owner, type, data } of answers) {
      const plain = owner.replace(/\.$/, '');
      if (type === 'A' || type === 'AAAA') write(`Name:\t${plain}\nAddress: ${data}\n`);
      else if (type === 'SRV') write(`${plain}\tservice = ${data}\n`);
      else if (type === 'PTR') write(`${plain}\tname = ${data}\n`);
      else if (type === 'CNAME') write(`${plain}\tcanonical name = ${data}\n`);
      else if (type === 'TXT') write(`${plain}\ttext = ${data}\n`);
      else write(`${plain}\t${type} ${data}\n`);
    }
    write('\n');
    return 0;
  };
}

/** host: `web.default.svc.cluster.local has address 10.96.84.162`. */
export function* host(process: Process): Coroutine<number> {
  const args = process.argv.slice(1);
  const at = args.indexOf('-t');
  const wanted = (at < 0 ? undefined : args[at + 1]?.toUpperCase()) ?? '';
  const [name, server] = args.filter((arg, index) => !arg.startsWith('-') && (at < 0 || index !== at + 1));
  if (name === undefined) {
    process.stderr.write('Usage: host [-t TYPE] HOST [SERVER]\n');
    return 1;
  }
  const stack = stackOf(process.network);
  const reverse = parseIPv4(name) !== undefined;
  const type = isRecordType(wanted) ? wanted : reverse ? 'PTR' : 'A';
  let found: Found;
  try {
    found = yield* lookUp(stack, reverse ? reverseName(name) : name, type, server);
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    process.stdout.write(';; connection timed out; no servers could be reached\n');
    return 1;
  }
  const { code, answers } = found.response;
  if (code !== 'NOERROR') {
    process.stdout.write(`Host ${name} not found: 3(${code})\n`);
    return 1;
  }
  const words = { A: 'has address', PTR: 'domain name pointer', CNAME: 'is an alias for', SRV: 'has SRV record' };
  if (answers.length === 0) process.stdout.write(`${name} has no ${type} record\n`);
  for (const { name: owner, type: kind, data } of answers)
    process.stdout.write(`${owner.replace(/\.$/, '')} ${words[kind as keyof typeof words] ?? kind} ${data}\n`);
  return 0;
}
