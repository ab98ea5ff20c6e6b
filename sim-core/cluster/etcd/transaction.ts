import { CommandError } from './command.ts';
import type { EtcdDatabase, KeyValue } from './database.ts';

const COMPARE =
  /^(mod|create|version|c|ver|m|val|value|lease)\s*\(\s*"((?:[^"\\]|\\.)*)"\s*\)\s*(=|!=|<|>)\s*"((?:[^"\\]|\\.)*)"$/;

/** Does a transaction whose lines are etcdctl's: `value("key") = "text"`, then `put key value`. Answers what etcdctl prints. */
export function transaction(
  database: EtcdDatabase,
  compares: readonly string[],
  success: readonly string[],
  failure: readonly string[],
): string {
  const holds = compares.map((line) => compared(database, line)).every((outcome) => outcome);
  const requests = (holds ? success : failure).map(parseRequest);
  return `${holds ? 'SUCCESS' : 'FAILURE'}\n${requests.map((request) => `\n${request(database)}`).join('')}`;
}

function compared(database: EtcdDatabase, line: string): boolean {
  const [, what = '', key = '', operator = '', wanted = ''] = COMPARE.exec(line) ?? [];
  if (operator === '') throw new CommandError(`malformed comparison: ${line}; got , expected mod("key") = "value"`);
  const found = database.range({ start: unquoted(key) })[0];
  const textual = what.startsWith('val');
  const actual = textual ? (found?.value ?? '') : numberOf(database, what, found);
  const expected = textual ? unquoted(wanted) : Number(wanted);
  if (textual && found === undefined) return false;
  if (operator === '=') return actual === expected;
  if (operator === '!=') return actual !== expected;
  return operator === '<' ? actual < expected : actual > expected;
}

function numberOf(database: EtcdDatabase, what: string, found: KeyValue | undefined): number {
  if (found === undefined) return 0;
  if (what.startsWith('m')) return found.modRevision;
  if (what === 'lease') return found.lease;
  return database.life(found)[what.startsWith('c') ? 'createRevision' : 'version'];
}

function parseRequest(line: string): (database: EtcdDatabase) => string {
  const [command, key, value] = (line.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? []).map(unquoted);
  if (key === undefined || (command === 'put' && value === undefined) || !/^(get|put|del)$/.test(command ?? ''))
    throw new CommandError(`invalid txn request: ${line}`);
  return (database) => {
    if (command === 'put') {
      database.put(key, value!);
      return 'OK\n';
    }
    const range = value === undefined ? { start: key } : { start: key, end: value };
    if (command === 'del') return `${database.delete(range).length}\n`;
    return database
      .range(range)
      .map((one) => `${one.key}\n${one.value}\n`)
      .join('');
  };
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/gs, '$1');
}
