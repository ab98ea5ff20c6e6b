import { type Coroutine, MILLISECOND, sleep } from '../../engine/index.ts';
import { readLine } from '../../images/pipe.ts';
import { type Command, CommandError, type Invocation, mustAnswer } from './command.ts';
import { EtcdError, type EtcdEvent, type KeyValue } from './database.ts';
import { header, rangeFields, rangeJson } from './print.ts';
import { transaction } from './transaction.ts';

/** How soon a watch hears of a change. */
const WATCH_PERIOD = 20 * MILLISECOND;

const ORDERS: Readonly<Record<string, (one: KeyValue) => string | number>> = {
  key: ({ key }) => key,
  value: ({ value }) => value,
  modify: ({ modRevision }) => modRevision,
};

/** `get`: keys and values. */
export function get(call: Invocation): void {
  const { tool, database, words, format } = call;
  if (words.length === 0 && !call.has('prefix') && !call.has('from-key'))
    throw new CommandError('get command needs one argument as key and an optional argument as range_end');
  mustAnswer(call);
  const range = words.length === 0 ? { start: '', end: '\uffff' } : call.range();
  const all = database.range(range, call.number('rev'));
  const by = call.flag('sort-by', 'key').toLowerCase();
  const order = call.flag('order', '').toLowerCase();
  if (order !== '' || by !== 'key') {
    const read =
      by === 'create' || by === 'version'
        ? (one: KeyValue) => database.life(one)[by === 'create' ? 'createRevision' : 'version']
        : ORDERS[by];
    if (read === undefined || !/^(|ascend|descend)$/.test(order)) throw new CommandError(`bad sort ${by} ${order}`);
    const sign = order === 'descend' ? -1 : 1;
    all.sort((a, b) => (read(a) < read(b) ? -sign : read(a) > read(b) ? sign : 0));
  }
  const limit = call.number('limit');
  const found = call.has('count-only') ? [] : limit > 0 ? all.slice(0, limit) : all;
  const shown = call.has('keys-only') ? found.map((one) => ({ ...one, value: '' })) : found;
  if (format === 'json') tool.out(rangeJson(database, shown, all.length));
  else if (format === 'fields') tool.out(rangeFields(database, shown, all.length));
  else if (call.has('count-only')) tool.out(`${all.length}\n`);
  else {
    for (const { key, value } of shown) tool.out(call.has('print-value-only') ? `${value}\n` : `${key}\n${value}\n`);
  }
}

/** `put KEY VALUE`, or with the value from stdin. */
export function* put(call: Invocation): Coroutine<void> {
  const { tool, database, words, format } = call;
  const [key, given] = words;
  if (key === undefined || words.length > 2)
    throw new CommandError('put command needs 1 argument and input from stdin or 2 arguments');
  const value = given ?? (yield* tool.input());
  mustAnswer(call);
  const lease = call.flag('lease', '0');
  const previous = database.put(key, value, Number.parseInt(lease, 16));
  if (format === 'json') tool.out(`{"header":${header(database)}}\n`);
  else tool.out(`OK\n${call.has('prev-kv') && previous !== undefined ? `${key}\n${previous}\n` : ''}`);
}

export function del(call: Invocation): void {
  const { tool, database, words, format } = call;
  if (words.length === 0 && !call.has('prefix'))
    throw new CommandError('del command needs one argument as key and an optional argument as range_end');
  mustAnswer(call);
  const gone = database.delete(call.range());
  if (format === 'json') tool.out(`{"header":${header(database)},"deleted":${gone.length}}\n`);
  else tool.out(`${gone.length}\n`);
  if (call.has('prev-kv')) for (const { key, value } of gone) tool.out(`${key}\n${value}\n`);
}

/** `watch`: what happens to keys, from now on or from a revision, until it is interrupted. */
export function* watch(call: Invocation): Coroutine<void> {
  const { tool, database, words } = call;
  if (words.length === 0 && !call.has('prefix')) throw new CommandError('watch needs a key');
  mustAnswer(call);
  const range = call.range();
  const from = call.number('rev');
  for (let told = from > 0 ? from - 1 : database.revision; ; yield* sleep(WATCH_PERIOD)) {
    if (!database.etcd.running || database.revision === told) continue;
    let events: EtcdEvent[];
    try {
      events = database.events(range, told);
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      throw new CommandError(`watch was canceled (etcdserver: ${error.message})`, 1);
    }
    told = database.revision;
    for (const { type, key, value, previous } of events) {
      const before = call.has('prev-kv') && previous !== undefined ? `${key}\n${previous}\n` : '';
      yield* tool.send(`${type}\n${before}${key}\n${value}\n`);
    }
  }
}

/** `txn`: if all comparisons hold, the one list of requests, else the other; read from stdin. */
export function* txn(call: Invocation): Coroutine<void> {
  const { tool, database } = call;
  mustAnswer(call);
  const asks = call.has('interactive');
  const lines = function* (question: string): Coroutine<string[]> {
    if (asks) tool.out(`${question}:\n`);
    const read: string[] = [];
    for (;;) {
      const line = (yield* readLine(tool.process.stdin))?.trim();
      if (line === undefined || line === '') return read;
      read.push(line);
    }
  };
  const compares = yield* lines('compares');
  const success = yield* lines('success requests (get, put, del)');
  const failure = yield* lines('failure requests (get, put, del)');
  tool.out(transaction(database, compares, success, failure));
}

export function compaction(call: Invocation): void {
  const [text, ...more] = call.words;
  if (text === undefined || more.length > 0) throw new CommandError('compaction command needs 1 argument');
  mustAnswer(call);
  const revision = Number(text);
  if (!Number.isInteger(revision))
    throw new CommandError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`, 1);
  call.database.compact(revision);
  call.tool.out(`compacted revision ${revision}\n`);
}

export const KV_COMMANDS: Readonly<Record<string, Command>> = { get, put, del, watch, txn, compaction };
