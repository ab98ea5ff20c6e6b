import type { Column, Table } from './database.ts';
import { evaluate } from './evaluate.ts';
import { SqlError } from './lexer.ts';
import type { Expression, Reader, Value } from './parser.ts';
import { placeOf, type Result, type Session, tableOf } from './session.ts';
import { truth } from './values.ts';

/** `INSERT INTO …`. Throws `SqlError` at a NULL or a duplicate that the table forbids. */
export function insert(session: Session, reader: Reader): Result {
  const table = tableOf(session, reader.name());
  const next = reader.peek();
  const names = next?.kind === 'symbol' ? reader.list_(() => reader.name()) : table.columns.map(({ name }) => name);
  const places = names.map((name) => placeOf(table, name));
  if (!reader.accept('VALUES')) reader.expect('VALUE');
  const rows: Value[][] = [];
  let number = table.next;
  do {
    const values = reader.list_(() => reader.expression());
    if (values.length !== places.length) {
      throw new SqlError(1136, '21S01', `Column count doesn't match value count at row ${rows.length + 1}`);
    }
    const row: Value[] = table.columns.map(({ otherwise = null }) => otherwise);
    for (const [index, value] of values.entries()) row[places[index]!] = evaluate(value, session, table, row);
    for (const [index, column] of table.columns.entries()) {
      const given = places.includes(index) ? row[index] : undefined;
      if (column.automatic && (given === undefined || given === null)) row[index] = number++;
      else if (column.automatic && typeof given === 'number') number = Math.max(number, given + 1);
      if (column.notNull && row[index] === null) throw nullError(session, column, table);
      if (column.key && [...table.rows, ...rows].some((other) => other[index] === row[index])) {
        throw session.dialect === 'mysql'
          ? new SqlError(1062, '23000', `Duplicate entry '${row[index]}' for key '${table.name}.PRIMARY'`)
          : new SqlError(0, '23505', `duplicate key value violates unique constraint "${table.name}_pkey"`);
      }
    }
    rows.push(row);
  } while (reader.accept(','));
  session.data.save(session.database, { ...table, rows: [...table.rows, ...rows], next: number });
  return { changed: rows.length, tag: `INSERT 0 ${rows.length}` };
}

function nullError(session: Session, { name }: Column, table: Table): SqlError {
  return session.dialect === 'mysql'
    ? new SqlError(1048, '23000', `Column '${name}' cannot be null`)
    : new SqlError(
        0,
        '23502',
        `null value in column "${name}" of relation "${table.name}" violates not-null constraint`,
      );
}

/** `UPDATE …`. */
export function update(session: Session, reader: Reader): Result {
  const table = tableOf(session, reader.name());
  reader.expect('SET');
  const changes: [number, Expression][] = [];
  do {
    const place = placeOf(table, reader.name());
    reader.expect('=');
    changes.push([place, reader.expression()]);
  } while (reader.accept(','));
  const where = reader.accept('WHERE') ? reader.expression() : undefined;
  let changed = 0;
  const rows = table.rows.map((row) => {
    if (where !== undefined && !truth(evaluate(where, session, table, row))) return row;
    changed++;
    const next = [...row];
    for (const [place, value] of changes) next[place] = evaluate(value, session, table, row);
    return next;
  });
  session.data.save(session.database, { ...table, rows });
  return { changed, tag: `UPDATE ${changed}` };
}

/** `DELETE FROM …`. */
export function remove(session: Session, reader: Reader): Result {
  const table = tableOf(session, reader.name());
  const where = reader.accept('WHERE') ? reader.expression() : undefined;
  const rows = where === undefined ? [] : table.rows.filter((row) => !truth(evaluate(where, session, table, row)));
  session.data.save(session.database, { ...table, rows });
  const changed = table.rows.length - rows.length;
  return { changed, tag: `DELETE ${changed}` };
}
