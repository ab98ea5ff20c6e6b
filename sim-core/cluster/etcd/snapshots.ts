import { isObject } from '../../api/equality.ts';
import type { AnyObject } from '../../api/objects.ts';
import { sha256Hex } from '../../api/sha256.ts';
import { encodeUtf8 } from '../../api/utf8.ts';
import { FileError } from '../../images/process.ts';
import { type Command, CommandError, type Invocation, mustAnswer } from './command.ts';
import { snapshotOf } from './data-directory.ts';
import { OWN_KEYS } from './database.ts';
import { DATABASE_FILE, type Snapshot } from './etcd.ts';
import { objectOfValue } from './object-value.ts';
import { table } from './print.ts';

/** What a file that `snapshot save` wrote holds. Throws for any other. */
export function parseSnapshot(text: string): Snapshot {
  let kept: Partial<Snapshot> | null = null;
  try {
    kept = JSON.parse(text) as Partial<Snapshot> | null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const entries: Snapshot['entries'][number][] = [];
  for (const entry of Array.isArray(kept?.entries) ? (kept.entries as unknown[]) : [undefined]) {
    const { table: name, key, object } = isObject(entry) ? entry : {};
    const own = name === OWN_KEYS;
    const read =
      typeof key !== 'string' || !isObject(object)
        ? undefined
        : own
          ? (object as AnyObject)
          : objectOfValue(object as AnyObject, key);
    if (typeof name !== 'string' || read === undefined)
      throw new CommandError('snapshot file integrity check failed. What it holds is no snapshot', 1);
    entries.push({ table: name, key: key as string, object: read });
  }
  return { revision: Number(kept?.revision), entries };
}

function read({ tool, words }: Invocation, command: string): { text: string; kept: Snapshot } {
  const [file, ...more] = words;
  if (file === undefined || more.length > 0)
    throw new CommandError(`snapshot ${command} requires exactly one argument`);
  let text: string;
  try {
    text = tool.process.files.read(tool.path(file));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new CommandError(
      command === 'status'
        ? `stat ${file}: ${error.message.toLowerCase()}`
        : `open ${file}: ${error.message.toLowerCase()}`,
      1,
    );
  }
  return { text, kept: parseSnapshot(text) };
}

/** `snapshot save FILE` writes everything that is kept, as JSON. */
function save(call: Invocation): void {
  const { tool, database, words } = call;
  const [file, ...more] = words;
  if (file === undefined || more.length > 0) throw new CommandError('snapshot save expects one argument');
  mustAnswer(call);
  tool.process.files.write(tool.path(file), `${JSON.stringify(snapshotOf(database.store))}\n`, { mode: 0o600 });
  tool.out(`Snapshot saved at ${file}\n`);
}

function status(call: Invocation): void {
  const { text, kept } = read(call, 'status');
  const cells = [
    sha256Hex(encodeUtf8(text)).slice(0, 8),
    String(kept.revision),
    String(kept.entries.length),
    size(text.length),
  ];
  if (call.format === 'table') call.tool.out(table(['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE'], [cells]));
  else if (call.format === 'json')
    call.tool.out(
      `{"hash":${Number.parseInt(cells[0]!, 16)},"revision":${kept.revision},"totalKey":${kept.entries.length},"totalSize":${text.length}}\n`,
    );
  else call.tool.out(`${cells.join(', ')}\n`);
}

/** `snapshot restore FILE --data-dir=DIR` makes a data directory of a snapshot; an etcd that is started on it begins there. */
function restore(call: Invocation): void {
  const { tool } = call;
  const { text } = read(call, 'restore');
  const given = call.flag('data-dir', `${call.flag('name', 'default')}.etcd`);
  const directory = tool.path(given);
  const { files } = tool.process;
  const there = files.stat(directory);
  if (there !== undefined && (there.kind !== 'directory' || files.list(directory).length > 0))
    throw new CommandError(`data-dir ${JSON.stringify(given)} not empty or could not be read`, 1);
  files.makeDirectory(`${directory}/member/snap`, { parents: true, mode: 0o700 });
  files.makeDirectory(`${directory}/member/wal`, { parents: true, mode: 0o700 });
  files.write(`${directory}/${DATABASE_FILE}`, text, { mode: 0o600 });
  for (const what of ['restoring', 'restored'])
    tool.process.stderr.write(
      `info\tsnapshot/v3_snapshot.go\t${what} snapshot\t{"path": ${JSON.stringify(call.words[0])}, "wal-dir": "${given}/member/wal", "data-dir": "${given}", "snap-dir": "${given}/member/snap"}\n`,
    );
}

/** Bytes as etcd tells them: powers of ten. */
export function size(bytes: number): string {
  return bytes < 1_000_000
    ? `${bytes < 10_000 ? (bytes / 1000).toFixed(1) : Math.round(bytes / 1000)} kB`
    : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const deprecated =
  (command: string, run: (call: Invocation) => void): Command =>
  (call) => {
    call.tool.process.stderr.write(`Deprecated: Use \`etcdutl snapshot ${command}\` instead.\n\n`);
    run(call);
  };

/** As etcdctl 3.5 has them; of a file, they are etcdutl's by now. */
export const SNAPSHOT_COMMANDS: Readonly<Record<string, Command>> = {
  'snapshot save': save,
  'snapshot status': deprecated('status', status),
  'snapshot restore': deprecated('restore', restore),
};

export const UTILITY_COMMANDS: Readonly<Record<string, Command>> = {
  'snapshot status': status,
  'snapshot restore': restore,
};
