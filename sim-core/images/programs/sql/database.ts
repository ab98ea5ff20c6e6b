import type { FileSystem } from '../../process.ts';
import { SqlError } from './lexer.ts';
import type { Value } from './parser.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly key: boolean;
  readonly automatic: boolean;
  readonly otherwise?: Value;
}

export interface Table {
  readonly name: string;
  columns: Column[];
  rows: Value[][];
  /** Next number of an automatic column. */
  next: number;
}

/** A server's databases as files: one directory each, one file a table. What is written is on the disk. */
export class DataDirectory {
  private readonly files: FileSystem;
  private readonly root: string;
  private readonly loaded = new Map<string, Table>();

  constructor(files: FileSystem, root: string) {
    this.files = files;
    this.root = root;
  }

  /** Whether a server has been here before. */
  get initialised(): boolean {
    return this.files.stat(`${this.root}/.server`) !== undefined;
  }

  /** The server's own settings: users with their passwords. */
  get settings(): Record<string, string> {
    return this.initialised ? (JSON.parse(this.files.read(`${this.root}/.server`)) as Record<string, string>) : {};
  }

  set settings(settings: Readonly<Record<string, string>>) {
    this.files.makeDirectory(this.root, { parents: true });
    this.files.write(`${this.root}/.server`, JSON.stringify(settings));
  }

  databases(): string[] {
    return this.files
      .list(this.root)
      .filter((name) => this.files.stat(`${this.root}/${name}`)?.kind === 'directory' && name !== 'lost+found');
  }

  hasDatabase(name: string): boolean {
    return validName(name) && this.files.stat(`${this.root}/${name}`)?.kind === 'directory';
  }

  createDatabase(name: string): void {
    if (!validName(name)) throw new SqlError(1102, '42000', `Incorrect database name '${name}'`);
    this.files.makeDirectory(`${this.root}/${name}`, { parents: true });
  }

  dropDatabase(name: string): void {
    this.files.remove(`${this.root}/${name}`, { recursive: true });
    for (const key of [...this.loaded.keys()]) if (key.startsWith(`${name}/`)) this.loaded.delete(key);
  }

  tables(database: string): string[] {
    return this.files
      .list(`${this.root}/${database}`)
      .filter((name) => name.endsWith('.ibd'))
      .map((name) => name.slice(0, -4));
  }

  table(database: string, name: string): Table | undefined {
    const path = this.path(database, name);
    if (path === undefined) return undefined;
    // The file says whether it is still there: a disk can be taken away.
    if (this.files.stat(path) === undefined) return undefined;
    const key = `${database}/${name}`;
    let table = this.loaded.get(key);
    if (table === undefined) {
      table = JSON.parse(this.files.read(path)) as Table;
      this.loaded.set(key, table);
    }
    return table;
  }

  save(database: string, table: Table): void {
    const path = this.path(database, table.name);
    if (path === undefined) throw new SqlError(1103, '42000', `Incorrect table name '${table.name}'`);
    try {
      this.files.write(path, JSON.stringify(table));
      this.loaded.set(`${database}/${table.name}`, table);
    } catch (error) {
      this.loaded.delete(`${database}/${table.name}`);
      throw error;
    }
  }

  drop(database: string, name: string): void {
    const path = this.path(database, name);
    if (path !== undefined) this.files.remove(path);
    this.loaded.delete(`${database}/${name}`);
  }

  private path(database: string, name: string): string | undefined {
    return validName(name) ? `${this.root}/${database}/${name}.ibd` : undefined;
  }
}

function validName(name: string): boolean {
  return /^[A-Za-z0-9_$-]{1,64}$/.test(name);
}
