import type { DataDirectory, Table } from './database.ts';
import { SqlError } from './lexer.ts';
import type { Value } from './parser.ts';

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

/** The table of that name in the database in use. Throws `SqlError`. */
export function tableOf(session: Session, name: string): Table {
  if (session.database === '') throw new SqlError(1046, '3D000', 'No database selected');
  const table = session.data.table(session.database, name);
  if (table !== undefined) return table;
  throw session.dialect === 'mysql'
    ? new SqlError(1146, '42S02', `Table '${session.database}.${name}' doesn't exist`)
    : new SqlError(0, '42P01', `relation "${name}" does not exist`);
}

/** Which column has that name. Throws `SqlError`. */
export function placeOf({ columns, name: table }: Table, name: string): number {
  const place = columns.findIndex((column) => column.name.toLowerCase() === name.toLowerCase());
  if (place < 0)
    throw new SqlError(1054, '42703', `Unknown column '${name}' in '${table === '' ? 'field list' : table}'`);
  return place;
}

/** The refusal of what this SQL lacks. */
export function unsupported(what: string): SqlError {
  return new SqlError(1235, '0A000', `sim-core's small SQL does not support ${what}`);
}
