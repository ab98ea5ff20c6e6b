import type { Column } from './database.ts';
import { SqlError } from './lexer.ts';
import type { Reader, Value } from './parser.ts';
import { type Result, type Session, tableOf } from './session.ts';

/** `CREATE DATABASE`, `CREATE TABLE`; users, roles and indexes are read over. */
export function create(session: Session, reader: Reader): Result {
  if (reader.accept('DATABASE') || reader.accept('SCHEMA')) {
    const quiet = reader.accept('IF', 'NOT', 'EXISTS');
    const name = reader.name();
    while (!reader.done) reader.next();
    if (!session.data.hasDatabase(name)) session.data.createDatabase(name);
    else if (!quiet) {
      throw session.dialect === 'mysql'
        ? new SqlError(1007, 'HY000', `Can't create database '${name}'; database exists`)
        : new SqlError(0, '42P04', `database "${name}" already exists`);
    }
    return { changed: 1, tag: 'CREATE DATABASE' };
  }
  if (reader.accept('USER') || reader.accept('INDEX') || reader.accept('UNIQUE', 'INDEX') || reader.accept('ROLE')) {
    while (!reader.done) reader.next();
    return { changed: 0, tag: 'CREATE' };
  }
  reader.expect('TABLE');
  const quiet = reader.accept('IF', 'NOT', 'EXISTS');
  const name = reader.name();
  if (session.database === '') throw new SqlError(1046, '3D000', 'No database selected');
  const columns: Column[] = [];
  reader.list_(() => {
    const column = columnOf(reader);
    if (column !== undefined) columns.push(column);
  });
  while (!reader.done) reader.next();
  if (session.data.table(session.database, name) !== undefined) {
    if (quiet) return { changed: 0, tag: 'CREATE TABLE' };
    throw session.dialect === 'mysql'
      ? new SqlError(1050, '42S01', `Table '${name}' already exists`)
      : new SqlError(0, '42P07', `relation "${name}" already exists`);
  }
  session.data.save(session.database, { name, columns, rows: [], next: 1 });
  return { changed: 0, tag: 'CREATE TABLE' };
}

/** One part of a table's definition; a constraint of the whole table is read over. */
function columnOf(reader: Reader): Column | undefined {
  if (
    reader.accept('PRIMARY', 'KEY') ||
    reader.accept('KEY') ||
    reader.accept('UNIQUE') ||
    reader.accept('CONSTRAINT')
  ) {
    let open = 0;
    for (let token = reader.peek(); token !== undefined; token = reader.peek()) {
      if (open === 0 && token.kind === 'symbol' && (token.text === ',' || token.text === ')')) break;
      reader.next();
      if (token.kind === 'symbol') open += token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
    }
    return undefined;
  }
  const name = reader.name();
  const type = reader.name().toLowerCase();
  let size = '';
  if (reader.accept('(')) {
    while (!reader.accept(')')) size += reader.next().text;
  }
  let notNull = false;
  let key = false;
  let automatic = /^(?:small|big)?serial$/.test(type);
  let otherwise: Value | undefined;
  for (;;) {
    if (reader.accept('NOT', 'NULL')) notNull = true;
    else if (reader.accept('PRIMARY', 'KEY')) key = true;
    else if (reader.accept('AUTO_INCREMENT')) automatic = true;
    else if (reader.accept('DEFAULT')) {
      const value = reader.expression();
      if (value.kind === 'value') otherwise = value.value;
    } else if (!reader.accept('NULL') && !reader.accept('UNIQUE') && !reader.accept('UNSIGNED')) break;
  }
  const full = size === '' ? type : `${type}(${size})`;
  return {
    name,
    type: full,
    notNull: notNull || key,
    key,
    automatic,
    ...(otherwise === undefined ? {} : { otherwise }),
  };
}

/** `DROP DATABASE`, `DROP TABLE`. */
export function drop(session: Session, reader: Reader): Result {
  const database = reader.accept('DATABASE');
  if (!database) reader.expect('TABLE');
  const quiet = reader.accept('IF', 'EXISTS');
  const name = reader.name();
  if (database) {
    if (session.data.hasDatabase(name)) session.data.dropDatabase(name);
    else if (!quiet) throw new SqlError(1008, 'HY000', `Can't drop database '${name}'; database doesn't exist`);
    return { changed: 0, tag: 'DROP DATABASE' };
  }
  if (!quiet) tableOf(session, name);
  if (session.data.table(session.database, name) !== undefined) session.data.drop(session.database, name);
  return { changed: 0, tag: 'DROP TABLE' };
}
