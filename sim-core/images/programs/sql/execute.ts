import { FileError } from '../../process.ts';
import { insert, remove, update } from './change-rows.ts';
import { create, drop } from './define.ts';
import { SqlError, tokens } from './lexer.ts';
import { Reader } from './parser.ts';
import { select } from './select.ts';
import { type Result, type Session, tableOf, unsupported } from './session.ts';
import { describe, show } from './show.ts';

/** Carries out one statement of the small SQL that simulated servers understand. Throws `SqlError`. */
export function execute(session: Session, sql: string): Result {
  const reader = new Reader(tokens(sql, session.dialect === 'postgres'));
  try {
    const result = run(session, reader);
    if (!reader.done && !reader.accept(';')) throw reader.mistake();
    return result;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const full = error.code === 'ENOSPC';
    throw new SqlError(
      full ? 1021 : 1030,
      full ? '53100' : '58030',
      full ? 'Disk full: No space left on device' : `Got error from storage engine: ${error.message}`,
    );
  }
}

function run(session: Session, reader: Reader): Result {
  if (reader.accept('SELECT')) return select(session, reader);
  if (reader.accept('INSERT', 'INTO')) return insert(session, reader);
  if (reader.accept('UPDATE')) return update(session, reader);
  if (reader.accept('DELETE', 'FROM')) return remove(session, reader);
  if (reader.accept('CREATE')) return create(session, reader);
  if (reader.accept('DROP')) return drop(session, reader);
  if (reader.accept('USE')) return use(session, reader.name());
  if (reader.accept('SHOW')) return show(session, reader);
  if (reader.accept('DESCRIBE') || reader.accept('DESC')) return describe(session, reader.name());
  if (reader.accept('TRUNCATE')) {
    reader.accept('TABLE');
    const table = tableOf(session, reader.name());
    session.data.save(session.database, { ...table, rows: [], next: 1 });
    return { changed: 0, tag: 'TRUNCATE TABLE' };
  }
  for (const word of ['BEGIN', 'COMMIT', 'SET', 'GRANT', 'FLUSH', 'ALTER']) {
    if (!reader.accept(word)) continue;
    if (word === 'ALTER') throw unsupported('ALTER');
    while (!reader.done) reader.next();
    return { changed: 0, tag: word };
  }
  throw reader.mistake();
}

function use(session: Session, name: string): Result {
  if (!session.data.hasDatabase(name)) throw new SqlError(1049, '3D000', `Unknown database '${name}'`);
  session.database = name;
  return { tag: 'USE', changed: 0, database: name };
}
