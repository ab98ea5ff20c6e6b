import { ShellError } from './expansion.ts';

/** A shell variable. An array keeps its items by index (as text), an associative one by key; its value is then that of item 0. */
export interface Variable {
  value: string;
  exported: boolean;
  readonly: boolean;
  items?: Map<string, string>;
  associative?: boolean;
}

/** Most items of one array. */
const MOST_ITEMS = 100_000;

/** The variables of a shell, with the scopes of the functions that run. */
export class Variables {
  private readonly all: Map<string, Variable>;
  private readonly locals: Map<string, Variable | undefined>[] = [];
  private environment: Record<string, string> | undefined;

  constructor(from?: Variables) {
    this.all = new Map(
      [...(from?.all ?? [])].map(([name, variable]) => [
        name,
        variable.items === undefined ? { ...variable } : { ...variable, items: new Map(variable.items) },
      ]),
    );
  }

  get(name: string): string | undefined {
    const variable = this.all.get(name);
    return variable?.items === undefined ? variable?.value : variable.items.get('0');
  }

  /** Throws `ShellError` when it is read-only. */
  set(name: string, value: string): void {
    const variable = this.writable(name);
    if (variable.items !== undefined) variable.items.set('0', value);
    else variable.value = value;
    if (variable.exported) this.environment = undefined;
  }

  /** Items of an array by index or key; a plain variable is an array of one. */
  items(name: string): ReadonlyMap<string, string> {
    const variable = this.all.get(name);
    if (variable === undefined) return new Map();
    return variable.items ?? new Map([['0', variable.value]]);
  }

  isAssociative(name: string): boolean {
    return this.all.get(name)?.associative === true;
  }

  /** Makes it an array of these items. */
  setItems(name: string, items: Map<string, string>): void {
    if (items.size > MOST_ITEMS) throw new ShellError('out of memory');
    this.writable(name).items = items;
  }

  setItem(name: string, key: string, value: string): void {
    const variable = this.writable(name);
    variable.items ??= variable.value === '' ? new Map() : new Map([['0', variable.value]]);
    if (variable.items.size >= MOST_ITEMS) throw new ShellError('out of memory');
    variable.items.set(key, value);
  }

  declareAssociative(name: string): void {
    const variable = this.writable(name);
    variable.items ??= new Map();
    variable.associative = true;
  }

  variable(name: string): Variable | undefined {
    return this.all.get(name);
  }

  sorted(): [string, Variable][] {
    return [...this.all].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  export(name: string, exported = true): void {
    const variable = this.all.get(name);
    if (variable === undefined) this.all.set(name, { value: '', exported, readonly: false });
    else variable.exported = exported;
    this.environment = undefined;
  }

  protect(name: string): void {
    if (!this.all.has(name)) this.set(name, '');
    this.all.get(name)!.readonly = true;
  }

  /** Forgets a variable, or one item of it. Throws `ShellError` when it is read-only. */
  unset(name: string, key?: string): void {
    const variable = this.all.get(name);
    if (variable?.readonly === true) throw new ShellError(`${name}: is read only`);
    if (key !== undefined) variable?.items?.delete(key);
    else this.all.delete(name);
    this.environment = undefined;
  }

  /** Sets an exported variable for one command; returns what restores it. */
  lend(name: string, value: string): () => void {
    const before = this.all.get(name);
    this.all.set(name, { value, exported: true, readonly: false });
    this.environment = undefined;
    return () => this.restore(name, before);
  }

  /** A function begins: `local` belongs to it until `leave`. */
  enter(): void {
    this.locals.push(new Map());
  }

  leave(): void {
    for (const [name, variable] of this.locals.pop() ?? []) this.restore(name, variable);
  }

  /** Makes a variable local to the function that runs. Answers whether there is one. */
  local(name: string): boolean {
    const scope = this.locals.at(-1);
    if (scope === undefined) return false;
    const variable = this.all.get(name);
    if (!scope.has(name)) scope.set(name, variable === undefined ? undefined : { ...variable });
    return true;
  }

  /** Exported variables, as programs get them. */
  get env(): Readonly<Record<string, string>> {
    if (this.environment === undefined) {
      const env: Record<string, string> = Object.create(null);
      for (const [name, { value, exported, items }] of this.all) if (exported && items === undefined) env[name] = value;
      this.environment = env;
    }
    return this.environment;
  }

  private writable(name: string): Variable {
    let variable = this.all.get(name);
    if (variable === undefined) {
      variable = { value: '', exported: false, readonly: false };
      this.all.set(name, variable);
    }
    if (variable.readonly) throw new ShellError(`${name}: is read only`);
    return variable;
  }

  private restore(name: string, variable: Variable | undefined): void {
    if (variable === undefined) this.all.delete(name);
    else this.all.set(name, variable);
    this.environment = undefined;
  }
}
