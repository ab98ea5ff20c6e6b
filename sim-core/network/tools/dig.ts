import { formatDate } from '../../engine/format-date.ts';
import { type Coroutine, MILLISECOND } from '../../engine/index.ts';
import { NetworkError, type Process } from '../../images/process.ts';
import { datagram } from '../capture.ts';
import type { DnsRecord, RecordType } from '../dns/message.ts';
import { parseIPv4 } from '../ipv4.ts';
import { stackOf } from '../stack.ts';
import { type Found, isRecordType, lookUp, reverseName } from './dns-lookup.ts';

/** Parts of the output, as `+comments`, `+noall` … switch them. */
type Part = 'cmd' | 'comments' | 'question' | 'answer' | 'authority' | 'additional' | 'stats';
const PARTS: readonly Part[] = ['cmd', 'comments', 'question', 'answer', 'authority', 'additional', 'stats'];

interface Question {
  readonly name: string;
  readonly type: RecordType;
}

interface Options {
  readonly questions: readonly Question[];
  readonly server: string | undefined;
  readonly search: boolean;
  readonly short: boolean;
  readonly parts: ReadonlySet<Part>;
}

function optionsOf(args: readonly string[]): Options | string {
  let server: string | undefined;
  let [search, short] = [false, false];
  const parts = new Set(PARTS);
  const questions: { name: string; type: RecordType }[] = [];
  let type: RecordType | undefined;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index]!;
    if (arg.startsWith('@')) server = arg.slice(1);
    else if (arg.startsWith('+')) {
      const off = arg.startsWith('+no');
      const word = arg.slice(off ? 3 : 1).replace(/=.*$/, '');
      if (word === 'search') search = !off;
      else if (word === 'short') short = !off;
      else if (word === 'all') for (const part of PARTS) off ? parts.delete(part) : parts.add(part);
      else if ((PARTS as readonly string[]).includes(word)) off ? parts.delete(word as Part) : parts.add(word as Part);
      else if (!/^(tcp|time|tries|retry|timeout|edns|recurse|rec|ndots|cookie|stat|ignore|multiline|ttlid)$/.test(word))
        return `Invalid option: ${arg}`;
    } else if (arg === '-x') {
      const address = args[++index] ?? '';
      if (parseIPv4(address) === undefined) return `Invalid IP address ${address}`;
      questions.push({ name: reverseName(address), type: 'PTR' });
    } else if (arg === '-t' || arg === '-q') {
      const value = args[++index] ?? '';
      if (arg === '-q') questions.push({ name: value, type: type ?? 'A' });
      else if (isRecordType(value.toUpperCase())) type = value.toUpperCase() as RecordType;
      else return `;; Warning, ignoring invalid type ${value}`;
    } else if (arg.startsWith('-')) {
      if (arg === '-p') index++;
    } else if (isRecordType(arg.toUpperCase())) {
      type = arg.toUpperCase() as RecordType;
      const last = questions.at(-1);
      if (last !== undefined) last.type = type;
    } else if (arg.toUpperCase() !== 'IN') questions.push({ name: arg, type: type ?? 'A' });
  }
  if (type !== undefined && questions.length === 1 && questions[0]!.type === 'A') questions[0]!.type = type;
  if (questions.length === 0) questions.push({ name: '.', type: 'NS' });
  return { questions, server, search, short, parts };
}

/** Cells at columns 0, 24, 32, 40 and 48, with tabs between; where one is too long for its column, a space. */
function columns(cells: readonly (readonly [number, string])[]): string {
  let text = '';
  let at = 0;
  for (const [column, cell] of cells) {
    if (text !== '') {
      const tabs = Math.ceil((column - at) / 8);
      text += tabs > 0 ? '\t'.repeat(tabs) : ' ';
      at = tabs > 0 ? column : at + 1;
    }
    text += cell;
    at += cell.length;
  }
  return `${text}\n`;
}

const recordLine = ({ name, ttl, type, data }: DnsRecord) =>
  columns([
    [0, name],
    [24, String(ttl)],
    [32, 'IN'],
    [40, type],
    [48, data],
  ]);

/** dig: the question, the answer and who answered. It uses the search list only with `+search`. */
export function* dig(process: Process): Coroutine<number> {
  const write = (text: string) => process.stdout.write(text);
  const stack = stackOf(process.network);
  const options = optionsOf(process.argv.slice(1));
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n`);
    return 1;
  }
  const { parts, short } = options;
  let server = options.server ?? stack.resolver.servers[0] ?? '127.0.0.1';
  if (parseIPv4(server) === undefined) {
    try {
      server = (yield* stack.resolve(server))[0] ?? server;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      process.stderr.write(`dig: couldn't get address for '${server}': not found\n`);
      return 10;
    }
  }
  if (!short && parts.has('cmd'))
    write(`\n; <<>> DiG 9.18.33 <<>> ${process.argv.slice(1).join(' ')}\n;; global options: +cmd\n`);
  for (const question of options.questions) {
    const started = process.now();
    let found: Found;
    try {
      if (options.search) found = yield* lookUp(stack, question.name, question.type, server);
      else {
        const name = question.name.endsWith('.') ? question.name : `${question.name}.`;
        found = { name, response: yield* stack.query(name, question.type, server) };
      }
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const why = error.code === 'ECONNREFUSED' ? 'connection refused' : 'timed out';
      write(`;; communications error to ${server}#53: ${why}\n;; no servers could be reached\n`);
      return 9;
    }
    if (short) for (const { data } of found.response.answers) write(`${data}\n`);
    else write(answerText(found, question.type, server, parts, started, process.now()));
  }
  return 0;
}

function answerText(
  { name, response }: Found,
  type: RecordType,
  server: string,
  parts: ReadonlySet<Part>,
  started: number,
  now: number,
): string {
  const { code, answers, authoritative, authority = [], additional = [] } = response;
  let text = '';
  if (parts.has('comments')) {
    const counts = `QUERY: 1, ANSWER: ${answers.length}, AUTHORITY: ${authority.length}, ADDITIONAL: ${additional.length}`;
    const id = (started >>> 5) & 0xffff;
    text += `;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: ${code}, id: ${id}\n;; flags: qr${authoritative ? ' aa rd' : ' rd ra'}; ${counts}\n`;
    if (authoritative) text += ';; WARNING: recursion requested but not available\n';
    text += '\n';
  }
  const headed = (title: string, lines: string) => (parts.has('comments') ? `;; ${title} SECTION:\n${lines}\n` : lines);
  if (parts.has('question'))
    text += headed(
      'QUESTION',
      columns([
        [0, `;${name}`],
        [32, 'IN'],
        [40, type],
      ]),
    );
  if (parts.has('answer') && answers.length > 0) text += headed('ANSWER', answers.map(recordLine).join(''));
  if (parts.has('authority') && authority.length > 0) text += headed('AUTHORITY', authority.map(recordLine).join(''));
  if (parts.has('additional') && additional.length > 0)
    text += headed('ADDITIONAL', additional.map(recordLine).join(''));
  if (!parts.has('stats')) return text;
  const size = datagram(response, 0);
  const length = 'length' in size ? size.length + name.length : 0;
  return `${text};; Query time: ${Math.round((now - started) / MILLISECOND)} msec\n;; SERVER: ${server}#53(${server}) (UDP)\n;; WHEN: ${formatDate('%a %b %d %T UTC %Y', now)}\n;; MSG SIZE  rcvd: ${length}\n\n`;
}
