import { SqlError } from './lexer.ts';
import type { Reader } from './parser.ts';
import { type Result, type Session, tableOf } from './session.ts';

/** `SHOW …`. */
export function show(session: Session, reader: Reader): Result {
  if (reader.accept('DATABASES') || reader.accept('SCHEMAS')) {
    const rows = ['information_schema', 'mysql', 'performance_schema', 'sys', ...session.data.databases()].sort();
    return { columns: ['Database'], rows: [...new Set(rows)].map((name) => [name]), tag: 'SHOW' };
  }
  if (reader.accept('TABLES')) {
    if (session.database === '') throw new SqlError(1046, '3D000', 'No database selected');
    const rows = session.data.tables(session.database).map((name) => [name]);
    return { columns: [`Tables_in_${session.database}`], rows, tag: 'SHOW' };
  }
  while (!reader.done) reader.next();
  return { columns: ['Variable_name', 'Value'], rows: [], tag: 'SHOW' };
}

/** `DESCRIBE table`. */
export function describe(session: Session, name: string): Result {
  const { columns } = tableOf(session, name);
  return {
    columns: ['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'],
    rows: columns.map(({ name: field, type, notNull, key, automatic, otherwise = null }) => [
      field,
      type,
      notNull ? 'NO' : 'YES',
      key ? 'PRI' : '',
      otherwise,
      automatic ? 'auto_increment' : '',
    ]),
    tag: 'DESCRIBE',
  };
}
