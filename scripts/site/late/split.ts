/**
 * Divides a program into what it needs at first and what may come later, function by function. What is needed at first is what its entry reaches
 * through functions that have run before (profile.ts): everything else, whole declarations and the bodies of functions that are only mentioned,
 * goes into a second module beside each module. The sources know nothing of it: both halves are text that only the bundler sees.
 */
import { isMoved, type Kept, keep, movedUnits } from './keep.ts';
import { type HasRun, type Module, readAll } from './module.ts';

/** Both halves of a module. Undefined: nothing of it belongs there. */
export interface Halves {
  readonly core: string;
  readonly late: string | undefined;
}

export interface Division {
  /** By absolute path: all modules that the entry imports at once, directly or not, each after those that it imports. */
  readonly modules: ReadonlyMap<string, Halves>;
  /** How many functions stand in `lateFunctions` (sim-core/cluster/late-functions.ts). */
  readonly functions: number;
}

/** Divides what `entry` imports at once. `slots`: the module that keeps the functions which come later. */
export function divide(entry: string, hasRun: HasRun, slots: string): Division {
  const modules = readAll(entry, (file, offset) => file === slots || hasRun(file, offset));
  const kept = keep(modules, entry, slots);
  return write(modules, kept, slots);
}

function write(modules: ReadonlyMap<string, Module>, kept: Kept, slots: string): Division {
  const written = new Map<string, Halves>();
  let functions = 0;
  for (const module of modules.values()) written.set(module.file, halves(module));
  const slot = written.get(slots);
  if (slot !== undefined) {
    const core = slot.core.replace(/(const AWAITED\s*=\s*)0/, `$1${functions}`);
    if (core === slot.core) throw new Error(`${slots} does not say how many functions are awaited`);
    written.set(slots, { core, late: undefined });
  }
  return { modules: written, functions };

  function halves(module: Module): Halves {
    const { text } = module;
    const core: string[] = [];
    const late: string[] = [];
    const coreNames = new Set<string>();
    const lateNames = new Set<string>();
    /** Functions that stay by name and go by body: the late half has the real one. So there are two of them, which nobody may compare. */
    const real = new Set<string>();
    for (const statement of module.statements) {
      if (!kept.statements.has(statement)) {
        late.push(text.slice(statement.bare, statement.end));
        for (const { name } of statement.references) lateNames.add(name);
        for (const name of statement.names) real.add(name);
        continue;
      }
      const moved = movedUnits(statement, kept.pinned);
      for (const { name, at } of statement.references)
        (isMoved(statement, at, kept.pinned) ? lateNames : coreNames).add(name);
      let at = statement.bare;
      let out = '';
      for (const unit of moved) {
        const place = `lateFunctions[${functions++}]`;
        out += text.slice(at, unit.from) + unit.instead(place);
        at = unit.end;
        if (unit.name === undefined) late.push(`${place}=${unit.expression};`);
        else {
          real.add(unit.name);
          late.push(`${unit.expression}\n${place}=${unit.name};`);
        }
      }
      core.push(out + text.slice(at, statement.end));
    }
    const stays = (name: string) => {
      const statement = module.declared.get(name);
      return statement !== undefined && kept.statements.has(statement);
    };

    const coreHead: string[] = [];
    const lateHead: string[] = [];
    const slotImport = `import { lateFunctions } from ${JSON.stringify(`${slots}?core`)};`;
    if (core.some((one) => one.includes('lateFunctions[')) && module.file !== slots) coreHead.push(slotImport);
    if (late.some((one) => one.includes('lateFunctions['))) lateHead.push(slotImport);
    const awake = core.length > 0;
    for (const one of module.imports) {
      const source = JSON.stringify(one.specifier);
      if (one.effect) (awake ? coreHead : lateHead).push(`import ${source};`);
      for (const [names, head] of [
        [coreNames, coreHead],
        [lateNames, lateHead],
      ] as const) {
        for (const [local, name] of one.names) if (names.has(local)) head.push(importLine(local, name, source));
      }
    }

    // What the late half needs of what stays.
    const own = [...lateNames].filter((name) => stays(name) && !real.has(name));
    const hidden = own.map((name) => `${name} as core$${name}`);
    if (own.length > 0)
      lateHead.push(
        `import { ${own.map((name) => `core$${name} as ${name}`).join(', ')} } from ${JSON.stringify(`${module.file}?core`)};`,
      );

    const coreExports: string[] = [...hidden];
    const coreTail: string[] = [];
    const lateExports: string[] = [];
    const lateTail: string[] = [];
    for (const [name, { local, from, name: theirs }] of module.exports) {
      if (local !== undefined) {
        const line = local === name ? name : `${local} as ${name}`;
        if (module.imported.has(local)) {
          const { from: source, name: original } = module.imported.get(local)!;
          const again = reexport(name, original, JSON.stringify(source.specifier));
          if (kept.used.has(`${module.file} ${name}`)) coreTail.push(again);
          lateTail.push(again);
        } else {
          if (stays(local)) coreExports.push(line);
          if (real.has(local)) lateExports.push(line);
        }
      } else if (from !== undefined) {
        const again = reexport(name, theirs!, JSON.stringify(from.specifier));
        if (kept.used.has(`${module.file} ${name}`)) coreTail.push(again);
        lateTail.push(again);
      }
    }
    for (const { specifier } of module.stars) {
      coreTail.push(`export * from ${JSON.stringify(specifier)};`);
      lateTail.push(`export * from ${JSON.stringify(specifier)};`);
    }
    if (coreExports.length > 0) {
      coreTail.push(`export { ${coreExports.join(', ')} };`);
      lateTail.push(`export * from ${JSON.stringify(`${module.file}?core`)};`);
    }
    if (lateExports.length > 0) lateTail.push(`export { ${lateExports.join(', ')} };`);
    return {
      core: [...coreHead, ...core, ...coreTail].join('\n'),
      late: [...lateHead, ...late, ...lateTail].join('\n'),
    };
  }
}

const importLine = (local: string, name: string, source: string): string =>
  name === '*'
    ? `import * as ${local} from ${source};`
    : name === 'default'
      ? `import ${local} from ${source};`
      : `import { ${name === local ? name : `${name} as ${local}`} } from ${source};`;

const reexport = (name: string, theirs: string, source: string): string =>
  theirs === '*'
    ? `export * as ${name} from ${source};`
    : `export { ${name === theirs ? name : `${theirs} as ${name}`} } from ${source};`;
