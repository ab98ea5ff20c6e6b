import { civilTime } from '../../../engine/index.ts';
import { FileError } from '../../process.ts';
import type { Column, DataDirectory, Table } from './database.ts';
import { SqlError, tokens } from './lexer.ts';
import { type Expression, Reader, type Value } from './parser.ts';

/** What a statement gives: rows, or how many it changed. `tag` is how Postgres says that it is done. */
export interface Result {
  readonly columns?: readonly string[];
  readonly rows?: readonly (readonly Value[])[];
  readonly changed?: number;
  readonly tag: string;
  /** The database in use after it. */
  readonly database?: string;
}

/** Who asks, and where. */
export interface Session {
  readonly data: DataDirectory;
  readonly dialect: 'mysql' | 'postgres';
  readonly version: string;
  readonly user: string;
  database: string;
  now(): number;
}

const AGGREGATES = new Set(['COUNT', 'SUM', 'MIN', 'MAX', 'AVG']);

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

function unsupported(what: string): SqlError {
  return new SqlError(1235, '0A000', `sim-core's small SQL does not support ${what}`);
}

function use(session: Session, name: string): Result {
  if (!session.data.hasDatabase(name)) throw new SqlError(1049, '3D000', `Unknown database '${name}'`);
  session.database = name;
  return { tag: 'USE', changed: 0, database: name };
}

function tableOf(session: Session, name: string): Table {
  if (session.database === '') throw new SqlError(1046, '3D000', 'No database selected');
  const table = session.data.table(session.database, name);
  if (table !== undefined) return table;
  throw session.dialect === 'mysql'
    ? new SqlError(1146, '42S02', `Table '${session.database}.${name}' doesn't exist`)
    : new SqlError(0, '42P01', `relation "${name}" does not exist`);
}

function create(session: Session, reader: Reader): Result {
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

function drop(session: Session, reader: Reader): Result {
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

function insert(session: Session, reader: Reader): Result {
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

function placeOf({ columns, name: table }: Table, name: string): number {
  const place = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
  if (place < 0)
    throw new SqlError(1054, '42703', `Unknown column '${name}' in '${table === '' ? 'field list' : table}'`);
  return place;
}

function update(session: Session, reader: Reader): Result {
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

function remove(session: Session, reader: Reader): Result {
  const table = tableOf(session, reader.name());
  const where = reader.accept('WHERE') ? reader.expression() : undefined;
  const rows = where === undefined ? [] : table.rows.filter((row) => !truth(evaluate(where, session, table, row)));
  session.data.save(session.database, { ...table, rows });
  const changed = table.rows.length - rows.length;
  return { changed, tag: `DELETE ${changed}` };
}

const NOWHERE: Table = { name: '', columns: [], rows: [[]], next: 1 };

function select(session: Session, reader: Reader): Result {
  const wanted: { expression: Expression | undefined; label: string }[] = [];
  do {
    if (reader.accept('*')) {
      wanted.push({ expression: undefined, label: '*' });
      continue;
    }
    const expression = reader.expression();
    const label = reader.accept('AS') ? labelAfter(reader) : labelOf(expression);
    wanted.push({ expression, label });
  } while (reader.accept(','));
  const table = reader.accept('FROM') ? tableOf(session, reader.name()) : NOWHERE;
  if (reader.accept('JOIN') || reader.accept('INNER') || reader.accept('LEFT')) throw unsupported('JOIN');
  const where = reader.accept('WHERE') ? reader.expression() : undefined;
  if (reader.accept('GROUP')) throw unsupported('GROUP BY');
  let rows =
    where === undefined ? [...table.rows] : table.rows.filter((row) => truth(evaluate(where, session, table, row)));
  if (reader.accept('ORDER', 'BY')) {
    const by = reader.expression();
    const down = reader.accept('DESC') || (reader.accept('ASC') && false);
    const keyed = rows.map((row, index) => ({ row, index, key: evaluate(by, session, table, row) }));
    keyed.sort((a, b) => (down ? -1 : 1) * compare(a.key, b.key) || a.index - b.index);
    rows = keyed.map(({ row }) => row);
  }
  if (reader.accept('LIMIT')) rows = rows.slice(0, Number(reader.next().text));
  const output = wanted.flatMap(({ expression, label }) =>
    expression === undefined
      ? table.columns.map(({ name }): { expression: Expression; label: string } => ({
          expression: { kind: 'column', name },
          label: name,
        }))
      : [{ expression, label }],
  );
  const grouped = output.some(({ expression }) => aggregates(expression));
  const result = grouped
    ? [output.map(({ expression }) => aggregate(expression, session, table, rows))]
    : rows.map((row) => output.map(({ expression }) => evaluate(expression, session, table, row)));
  return { columns: output.map(({ label }) => label), rows: result, tag: `SELECT ${result.length}` };
}

function labelAfter(reader: Reader): string {
  return reader.next().text;
}

function labelOf(expression: Expression): string {
  if (expression.kind === 'column') return expression.name;
  if (expression.kind === 'value') return String(expression.value);
  if (expression.kind === 'call') {
    return `${expression.name.toLowerCase()}(${expression.star ? '*' : expression.args.map(labelOf).join(', ')})`;
  }
  return '?column?';
}

/** Whether an expression is about all rows together. */
function aggregates(expression: Expression): boolean {
  if (expression.kind === 'call') return AGGREGATES.has(expression.name);
  return expression.kind === 'binary' && (aggregates(expression.left) || aggregates(expression.right));
}

function aggregate(expression: Expression, session: Session, table: Table, rows: readonly Value[][]): Value {
  if (expression.kind === 'binary' && aggregates(expression)) {
    const { operator, left, right } = expression;
    return binary(operator, aggregate(left, session, table, rows), () => aggregate(right, session, table, rows));
  }
  if (expression.kind !== 'call' || !AGGREGATES.has(expression.name)) {
    return rows[0] === undefined ? null : evaluate(expression, session, table, rows[0]);
  }
  if (expression.star) return rows.length;
  const values = rows
    .map((row) => evaluate(expression.args[0]!, session, table, row))
    .filter((value) => value !== null);
  if (expression.name === 'COUNT') return values.length;
  if (values.length === 0) return null;
  const sum = () => values.reduce<number>((total, value) => total + Number(value), 0);
  if (expression.name === 'SUM') return sum();
  if (expression.name === 'AVG') return sum() / values.length;
  const sorted = [...values].sort(compare);
  return (expression.name === 'MIN' ? sorted[0] : sorted.at(-1)) ?? null;
}

function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return String(a) < String(b) ? -1 : 1;
}

function truth(value: Value): boolean {
  return value !== null && Number(value) !== 0 && !Number.isNaN(Number(value));
}

function evaluate(expression: Expression, session: Session, table: Table, row: readonly Value[]): Value {
  const of = (inner: Expression) => evaluate(inner, session, table, row);
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'column':
      return row[placeOf(table, expression.name)] ?? null;
    case 'not':
      return truth(of(expression.of)) ? 0 : 1;
    case 'null':
      return (of(expression.of) === null) === expression.negated ? 0 : 1;
    case 'in': {
      const value = of(expression.of);
      return expression.list.some((one) => compare(of(one), value) === 0) === expression.negated ? 0 : 1;
    }
    case 'call':
      return call(expression.name, expression.args.map(of), session);
    case 'binary':
      return binary(expression.operator, of(expression.left), () => of(expression.right));
  }
}

function call(name: string, args: readonly Value[], session: Session): Value {
  switch (name) {
    case 'NOW':
    case 'CURRENT_TIMESTAMP': {
      const t = civilTime(session.now());
      const two = (value: number) => String(value).padStart(2, '0');
      return `${t.year}-${two(t.month)}-${two(t.day)} ${two(t.hour)}:${two(t.minute)}:${two(t.second)}`;
    }
    case 'VERSION':
      return session.version;
    case 'DATABASE':
    case 'CURRENT_DATABASE':
      return session.database === '' ? null : session.database;
    case 'USER':
    case 'CURRENT_USER':
      return session.dialect === 'mysql' ? `${session.user}@%` : session.user;
    case 'CONCAT':
      return args.includes(null) ? null : args.join('');
    case 'UPPER':
      return args[0] === null ? null : String(args[0]).toUpperCase();
    case 'LOWER':
      return args[0] === null ? null : String(args[0]).toLowerCase();
    case 'LENGTH':
      return args[0] === null ? null : String(args[0]).length;
    case 'COALESCE':
    case 'IFNULL':
      return args.find((value) => value !== null) ?? null;
    default:
      throw unsupported(`the function ${name.toLowerCase()}`);
  }
}

function binary(operator: string, left: Value, rightOf: () => Value): Value {
  if (operator === 'AND') return truth(left) && truth(rightOf()) ? 1 : 0;
  if (operator === 'OR') return truth(left) || truth(rightOf()) ? 1 : 0;
  const right = rightOf();
  if (left === null || right === null) return null;
  const yes = (is: boolean) => (is ? 1 : 0);
  switch (operator) {
    case '=':
      return yes(compare(left, right) === 0);
    case '<>':
    case '!=':
      return yes(compare(left, right) !== 0);
    case '<':
      return yes(compare(left, right) < 0);
    case '>':
      return yes(compare(left, right) > 0);
    case '<=':
      return yes(compare(left, right) <= 0);
    case '>=':
      return yes(compare(left, right) >= 0);
    case 'LIKE':
    case 'ILIKE':
      return yes(like(String(left).toLowerCase(), String(right).toLowerCase()));
    case '||':
      return `${left}${right}`;
    case '+':
      return Number(left) + Number(right);
    case '-':
      return Number(left) - Number(right);
    case '*':
      return Number(left) * Number(right);
    case '/':
      return Number(right) === 0 ? null : Number(left) / Number(right);
    default:
      return Number(right) === 0 ? null : Number(left) % Number(right);
  }
}

/** `%` is any text, `_` any character; without backtracking that could explode. */
function like(text: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let mark = 0;
  while (at < text.length) {
    if (pattern[place] === '%') {
      star = place++;
      mark = at;
    } else if (pattern[place] === '_' || pattern[place] === text[at]) {
      at++;
      place++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[place] === '%') place++;
  return place === pattern.length;
}

function show(session: Session, reader: Reader): Result {
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

function describe(session: Session, name: string): Result {
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
