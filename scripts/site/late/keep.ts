/** What is needed at first: what the entry reaches by name, through functions that have run. */
import type { Unit } from './elsewhere.ts';
import type { Module, Statement } from './module.ts';

export interface Kept {
  readonly statements: ReadonlySet<Statement>;
  /** Functions whose bodies stay, although they have not run. */
  readonly pinned: ReadonlySet<Unit>;
  /** Exports that are looked at from outside: `file name`. */
  readonly used: ReadonlySet<string>;
}

/** Follows names from the entry. A body that goes may not write to what stays (only its own module can): it stays, too. */
export function keep(modules: ReadonlyMap<string, Module>, entry: string, slots: string): Kept {
  const pinned = new Set<Unit>();
  const forced = new Set<Statement>(modules.get(slots)?.statements);
  for (;;) {
    const kept = reach(modules, entry, pinned, forced);
    let again = false;
    for (const module of modules.values()) {
      const stays = (name: string) => {
        const statement = module.declared.get(name);
        return statement?.mutable === true && kept.statements.has(statement);
      };
      for (const statement of module.statements) {
        const whole = kept.statements.has(statement);
        for (const { name, at, written } of statement.references) {
          if (!written || !stays(name)) continue;
          const unit = statement.units.find(({ start, end }) => at >= start && at < end);
          if (!whole && !forced.has(statement)) forced.add(statement);
          else if (whole && unit !== undefined && !pinned.has(unit)) pinned.add(unit);
          else continue;
          again = true;
        }
      }
    }
    if (!again) return kept;
  }
}

function reach(
  modules: ReadonlyMap<string, Module>,
  entry: string,
  pinned: ReadonlySet<Unit>,
  forced: ReadonlySet<Statement>,
): Kept {
  const statements = new Set<Statement>();
  const used = new Set<string>();
  const awake = new Set<Module>();
  const waiting: [Module, Statement][] = [];
  const add = (module: Module, statement: Statement): void => {
    if (statements.has(statement)) return;
    statements.add(statement);
    waiting.push([module, statement]);
    wake(module);
  };
  /** A module of which anything is needed does what it does when it is loaded. */
  const wake = (module: Module): void => {
    if (awake.has(module)) return;
    awake.add(module);
    for (const statement of module.statements) if (statement.effect) add(module, statement);
    for (const { effect, file } of module.imports) if (effect && file !== undefined) wake(modules.get(file)!);
  };
  const addExport = (module: Module, name: string): boolean => {
    if (name === '*') {
      for (const one of module.exports.keys()) addExport(module, one);
      for (const { file } of module.stars) addExport(modules.get(file!)!, '*');
      return true;
    }
    const found = module.exports.get(name);
    if (found === undefined)
      return module.stars.some(({ file }) => file !== undefined && addExport(modules.get(file)!, name));
    used.add(`${module.file} ${name}`);
    if (found.local !== undefined) addName(module, found.local);
    else if (found.from?.file !== undefined) addExport(modules.get(found.from.file)!, found.name!);
    return true;
  };
  const addName = (module: Module, name: string): void => {
    const statement = module.declared.get(name);
    if (statement !== undefined) add(module, statement);
    const binding = module.imported.get(name);
    if (binding?.from.file !== undefined) addExport(modules.get(binding.from.file)!, binding.name);
  };
  const first = modules.get(entry)!;
  for (const statement of first.statements) add(first, statement);
  wake(first);
  for (const module of modules.values())
    for (const statement of module.statements) if (forced.has(statement)) add(module, statement);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [module, statement] = next;
    for (const { name, at } of statement.references) if (!isMoved(statement, at, pinned)) addName(module, name);
  }
  return { statements, pinned, used };
}

export const movedUnits = (statement: Statement, pinned: ReadonlySet<Unit>): Unit[] =>
  statement.units.filter((unit) => !pinned.has(unit));

export const isMoved = (statement: Statement, at: number, pinned: ReadonlySet<Unit>): boolean =>
  movedUnits(statement, pinned).some(({ start, end }) => at >= start && at < end);
