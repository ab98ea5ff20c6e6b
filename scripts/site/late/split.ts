/**
 * Divides a program into what it needs at first and what may come later, function by function. What is needed at first is what its entry reaches
 * through functions that have run before (profile.ts): everything else, whole declarations and the bodies of functions that are only mentioned,
 * goes into a second module beside each module. The sources know nothing of it: both halves are text that only the bundler sees.
 */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { parseSync } from 'vite';

/** Whether the code at a place of a module (offset in its text without types) has run. */
export type HasRun = (file: string, offset: number) => boolean;

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

/** A function that is shorter than this is not worth the call that would stand in its place. */
const WORTH_MOVING = 90;

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** A name that is read or written somewhere. */
interface Reference {
  readonly name: string;
  readonly at: number;
  readonly written: boolean;
  /** Whose it is, when it is not the module's. */
  readonly binding: Binding | undefined;
}

/** A function whose body may be elsewhere. */
interface Unit {
  readonly start: number;
  readonly end: number;
  /** What is replaced in its place, and with what, given how the function elsewhere is called. */
  readonly from: number;
  readonly instead: (late: string) => string;
  /** The same function as an expression. */
  readonly expression: string;
  /** Of a declaration of the module. */
  readonly name?: string | undefined;
}

interface Statement {
  readonly start: number;
  readonly end: number;
  /** The same without `export`. */
  readonly bare: number;
  readonly names: readonly string[];
  /** `let`: its names may be written to. */
  readonly mutable: boolean;
  readonly references: readonly Reference[];
  readonly units: readonly Unit[];
  /** Not a declaration: it is there for what it does. */
  readonly effect: boolean;
}

interface Import {
  readonly specifier: string;
  /** The module, when it is one of ours. */
  readonly file: string | undefined;
  readonly names: ReadonlyMap<string, string>;
  readonly effect: boolean;
}

interface Module {
  readonly file: string;
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly declared: ReadonlyMap<string, Statement>;
  readonly imports: readonly Import[];
  readonly imported: ReadonlyMap<string, { readonly from: Import; readonly name: string }>;
  /** Exported names: of its own, or another module's. `*` stands for all of that one. */
  readonly exports: ReadonlyMap<string, { readonly local?: string; readonly from?: Import; readonly name?: string }>;
  readonly stars: readonly Import[];
}

/** Divides what `entry` imports at once. `slots`: the module that keeps the functions which come later. */
export function divide(entry: string, hasRun: HasRun, slots: string): Division {
  const modules = readAll(entry, (file, offset) => file === slots || hasRun(file, offset));
  const kept = keep(modules, entry, slots);
  return write(modules, kept, slots);
}

// ---- Reading

/** All modules that the entry imports at once, each after those that it imports. */
function readAll(entry: string, hasRun: HasRun): Map<string, Module> {
  const modules = new Map<string, Module>();
  const begun = new Set<string>();
  const visit = (file: string): void => {
    if (begun.has(file)) return;
    begun.add(file);
    const module = read(file, hasRun);
    for (const { file: next } of module.imports) if (next !== undefined) visit(next);
    modules.set(file, module);
  };
  visit(entry);
  return modules;
}

function read(file: string, hasRun: HasRun): Module {
  const text = stripTypeScriptTypes(readFileSync(file, 'utf8'));
  const { program, errors } = parseSync(file.replace(/\.ts$/, '.js'), text, { sourceType: 'module' });
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`);
  const statements: Statement[] = [];
  const imports: Import[] = [];
  const imported = new Map<string, { from: Import; name: string }>();
  const exports = new Map<string, { local?: string; from?: Import; name?: string }>();
  const stars: Import[] = [];
  const importOf = (node: Node, names: ReadonlyMap<string, string>, effect: boolean): Import => {
    const specifier = (node.source as { value: string }).value;
    const own = specifier.startsWith('.') ? path.resolve(path.dirname(file), specifier) : undefined;
    const made = { specifier, file: own, names, effect };
    imports.push(made);
    return made;
  };
  const ran = (offset: number) => hasRun(file, offset);
  for (const node of program.body as unknown as Node[]) {
    switch (node.type) {
      case 'ImportDeclaration': {
        const specifiers = node.specifiers as Node[];
        // Types are gone: an import of types alone is not there at all.
        if (specifiers.length === 0 && /^import\s*\{/.test(text.slice(node.start, node.end))) break;
        const names = new Map(specifiers.map((one) => [nameOf(one.local), importedName(one)]));
        const made = importOf(node, names, specifiers.length === 0);
        for (const [local, name] of names) imported.set(local, { from: made, name });
        break;
      }
      case 'ExportAllDeclaration': {
        const made = importOf(node, new Map(), false);
        if (node.exported) exports.set(nameOf(node.exported), { from: made, name: '*' });
        else stars.push(made);
        break;
      }
      case 'ExportNamedDeclaration': {
        const declaration = node.declaration as Node | null;
        if (declaration !== null) {
          const statement = readStatement(declaration, node.start, text, ran);
          statements.push(statement);
          for (const name of statement.names) exports.set(name, { local: name });
          break;
        }
        const made = node.source ? importOf(node, new Map(), false) : undefined;
        for (const one of node.specifiers as Node[]) {
          const [inside, outside] = [nameOf(one.local), nameOf(one.exported)];
          exports.set(outside, made === undefined ? { local: inside } : { from: made, name: inside });
        }
        break;
      }
      case 'ExportDefaultDeclaration':
        throw new Error(`${file}: export it by a name`);
      default:
        statements.push(readStatement(node, node.start, text, ran));
    }
  }
  const declared = new Map(statements.flatMap((one) => one.names.map((name) => [name, one] as const)));
  return { file, text, statements, declared, imports, imported, exports, stars };
}

const nameOf = (node: unknown): string =>
  (node as { name?: string; value?: string }).name ?? (node as { value: string }).value;

const importedName = (node: Node): string =>
  node.type === 'ImportNamespaceSpecifier'
    ? '*'
    : node.type === 'ImportDefaultSpecifier'
      ? 'default'
      : nameOf(node.imported);

function readStatement(node: Node, start: number, text: string, ran: (offset: number) => boolean): Statement {
  const names: string[] = [];
  if (node.type === 'VariableDeclaration') {
    for (const { id } of node.declarations as { id: Node }[]) names.push(...patternNames(id));
  } else if (node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') names.push(nameOf(node.id));
  const { references, functions } = resolve(node);
  const units: Unit[] = [];
  for (const one of functions) {
    const within = units.at(-1);
    if ((within !== undefined && one.node.start < within.end) || ran(bodyStart(one.node))) continue;
    const unit = unitOf(one, references, text);
    if (unit !== undefined) units.push(unit);
  }
  const effect = names.length === 0 && node.type !== 'EmptyStatement';
  const mutable = node.kind === 'let';
  const free = references.filter(({ binding }) => binding === undefined);
  return { start, end: node.end, bare: node.start, names, mutable, references: free, units, effect };
}

// ---- Whose names are whose

/** A name that a function or a block has for itself. */
interface Binding {
  readonly name: string;
  readonly at: number;
  /** `function`, `param`, or as it is declared. */
  readonly kind: string;
  written: boolean;
}

type Scope = ReadonlyMap<string, Binding>;

interface FunctionPlace {
  readonly node: Node;
  readonly parent: Node | undefined;
}

/** All names that are used in a statement of a module, and all functions in it, outer ones first. */
function resolve(statement: Node): { references: Reference[]; functions: FunctionPlace[] } {
  const references: Reference[] = [];
  const functions: FunctionPlace[] = [];
  const visit = (node: Node, parent: Node | undefined, key: string | undefined, scopes: readonly Scope[]): void => {
    if (node.type === 'Identifier' && isReference(parent, key, node)) {
      const name = nameOf(node);
      const binding = scopes.findLast((scope) => scope.has(name))?.get(name);
      const written = isWritten(parent, key);
      if (binding !== undefined && written) binding.written = true;
      references.push({ name, at: node.start, written, binding });
    }
    if (isFunction(node)) functions.push({ node, parent });
    const own = bindingsOf(node, parent);
    const inner = own.size === 0 ? scopes : [...scopes, own];
    for (const [next, child] of children(node)) visit(child, node, next, inner);
  };
  visit(statement, undefined, undefined, []);
  functions.sort((a, b) => a.node.start - b.node.start || b.node.end - a.node.end);
  return { references, functions };
}

/** What a function, a block or a loop declares for what is in it. */
function bindingsOf(node: Node, parent: Node | undefined): Scope {
  const found = new Map<string, Binding>();
  const add = (pattern: Node, kind: string) => {
    for (const name of patternNames(pattern))
      found.set(name, { name, at: pattern.start, kind, written: kind === 'var' });
  };
  const declare = (one: Node | null | undefined) => {
    if (one?.type === 'VariableDeclaration' && one.kind !== 'var') {
      for (const { id } of one.declarations as { id: Node }[]) add(id, one.kind as string);
    } else if (one?.type === 'FunctionDeclaration') add(one.id as Node, 'function');
    else if (one?.type === 'ClassDeclaration') add(one.id as Node, 'class');
  };
  if (isFunction(node)) {
    if (node.type === 'FunctionExpression' && node.id !== null) add(node.id as Node, 'function');
    for (const param of node.params as Node[]) add(param, 'param');
    variables(node.body as Node, add);
  } else if (node.type === 'BlockStatement' || node.type === 'StaticBlock') {
    for (const one of node.body as Node[]) declare(one);
  } else if (node.type === 'ForStatement') declare(node.init as Node | null);
  else if (node.type === 'ForOfStatement' || node.type === 'ForInStatement') declare(node.left as Node);
  else if (node.type === 'SwitchStatement') {
    for (const { consequent } of node.cases as { consequent: Node[] }[]) for (const one of consequent) declare(one);
  } else if (node.type === 'CatchClause' && node.param !== null) add(node.param as Node, 'param');
  else if (node.type === 'ClassExpression' && node.id !== null) add(node.id as Node, 'class');
  else if (node.type === 'ClassDeclaration' && parent !== undefined) add(node.id as Node, 'class');
  return found;
}

/** What is declared with `var` in a function's body, at any depth. */
function variables(node: Node, add: (pattern: Node, kind: string) => void): void {
  if (isFunction(node)) return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const { id } of node.declarations as { id: Node }[]) add(id, 'var');
  }
  for (const [, child] of children(node)) variables(child, add);
}

function patternNames(pattern: Node): string[] {
  if (pattern.type === 'Identifier') return [nameOf(pattern)];
  const found: string[] = [];
  for (const [key, child] of children(pattern)) {
    if (pattern.type === 'Property' && key === 'key') continue;
    if (pattern.type === 'AssignmentPattern' && key === 'right') continue;
    found.push(...patternNames(child));
  }
  return found;
}

function* children(node: Node): Generator<[string, Node]> {
  for (const key of Object.keys(node)) {
    const value = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) yield [key, item];
    } else if (isNode(value)) yield [key, value];
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

const isFunction = ({ type }: Node): boolean =>
  type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';

/** Where a function's first own code stands: what has not run there has not been called. */
function bodyStart(node: Node): number {
  const body = node.body as Node;
  return body.type === 'BlockStatement' ? body.start + 1 : body.start;
}

/** Whether an identifier is used, and not just the name of a property or of something declared. */
function isReference(parent: Node | undefined, key: string | undefined, node: Node): boolean {
  if (parent === undefined) return false;
  if (key === 'property') return parent.computed === true;
  if (key === 'key') return parent.computed === true || (parent.shorthand === true && parent.value === node);
  if (key === 'id') return false;
  return parent.type !== 'LabeledStatement' && parent.type !== 'BreakStatement' && parent.type !== 'ContinueStatement';
}

/** In doubt, it is: what stands in a pattern may be declared there, or assigned to. */
const isWritten = (parent: Node | undefined, key: string | undefined): boolean =>
  (parent?.type === 'AssignmentExpression' && key === 'left') ||
  parent?.type === 'UpdateExpression' ||
  parent?.type === 'ArrayPattern' ||
  (parent?.type === 'AssignmentPattern' && key === 'left') ||
  ((parent?.type === 'ForOfStatement' || parent?.type === 'ForInStatement') && key === 'left');

// ---- Functions elsewhere

/** How a function can be elsewhere; undefined when it cannot, or is not worth it. */
function unitOf({ node, parent }: FunctionPlace, references: readonly Reference[], text: string): Unit | undefined {
  const { start, end } = node;
  const source = text.slice(start, end);
  const has = contents(node);
  if (has.has('Super') || has.has('PrivateIdentifier') || has.has('new.target')) return undefined;
  const given = closure(node, references);
  if (given === undefined) return undefined;
  if (source.replaceAll(/\s+/g, ' ').length < WORTH_MOVING + 12 * given.length) return undefined;
  const names = given.join(',');
  const kind = `${node.async === true ? 'async ' : ''}function${node.generator === true ? '*' : ''}`;
  /** A function that has names around it is made anew for every call: they are given to what makes it. */
  const made = (expression: string) => (given.length === 0 ? expression : `function(${names}){return ${expression}}`);
  const call = (late: string) => `{return ${late}${given.length === 0 ? '' : `(${names})`}.apply(this,arguments)}`;
  if (node.type === 'FunctionDeclaration') {
    const own = nameOf(node.id);
    const instead = (late: string) => `function ${own}()${call(late)}`;
    const name = parent === undefined ? own : undefined;
    return { start, end, from: start, name, expression: made(source), instead };
  }
  if (node.type === 'ArrowFunctionExpression') {
    if (has.has('arguments')) return undefined;
    if (given.length > 0 || has.has('ThisExpression')) {
      // It is made where `this` is what it is here.
      const expression = `function(${names}){return ${source}}`;
      const instead = (late: string) => `((...$)=>${late}.call(${['this', ...given].join(',')})(...$))`;
      return { start, end, from: start, expression, instead };
    }
    return { start, end, from: start, expression: source, instead: (late) => `((...$)=>${late}(...$))` };
  }
  const isMethod =
    parent?.type === 'MethodDefinition' ||
    (parent?.type === 'Property' && (parent.method === true || parent.kind !== 'init'));
  if (!isMethod || parent === undefined) {
    return { start, end, from: start, expression: made(source), instead: (late) => `(function()${call(late)})` };
  }
  const { kind: role } = parent as unknown as { kind: string };
  const name = parent.key as Node;
  if (role === 'constructor' || name.type === 'PrivateIdentifier') return undefined;
  const key = text.slice(name.start, name.end);
  const before = `${parent.static === true ? 'static ' : ''}${role === 'get' || role === 'set' ? `${role} ` : ''}`;
  const head = `${before}${parent.computed === true ? `[${key}]` : key}`;
  const params = role === 'set' ? '($)' : '()';
  return {
    start,
    end,
    from: parent.start,
    expression: made(`${kind}${source}`),
    instead: (late) => `${head}${params}${call(late)}`,
  };
}

/**
 * What a function uses of the functions around it, which has to be given to it. Undefined where that cannot be: something of it changes, or
 * may not be there yet.
 */
function closure({ start, end }: Node, references: readonly Reference[]): string[] | undefined {
  const names = new Set<string>();
  for (const { at, binding } of references) {
    if (binding === undefined || at < start || at >= end) continue;
    if (binding.at >= start && binding.at < end) continue;
    if (binding.written) return undefined;
    if (binding.at > end && binding.kind !== 'function' && binding.kind !== 'param') return undefined;
    names.add(binding.name);
  }
  return [...names];
}

/** What stands in a function, by type of node; `arguments` and `new.target` by their names. */
function contents(node: Node, found: Set<string> = new Set()): Set<string> {
  for (const [, child] of children(node)) {
    found.add(child.type);
    if (child.type === 'Identifier' && nameOf(child) === 'arguments') found.add('arguments');
    if (child.type === 'MetaProperty' && nameOf(child.meta) === 'new') found.add('new.target');
    contents(child, found);
  }
  return found;
}

// ---- What is needed at first

interface Kept {
  readonly statements: ReadonlySet<Statement>;
  /** Functions whose bodies stay, although they have not run. */
  readonly pinned: ReadonlySet<Unit>;
  /** Exports that are looked at from outside: `file name`. */
  readonly used: ReadonlySet<string>;
}

/** Follows names from the entry. A body that goes may not write to what stays (only its own module can): it stays, too. */
function keep(modules: ReadonlyMap<string, Module>, entry: string, slots: string): Kept {
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

const movedUnits = (statement: Statement, pinned: ReadonlySet<Unit>): Unit[] =>
  statement.units.filter((unit) => !pinned.has(unit));

const isMoved = (statement: Statement, at: number, pinned: ReadonlySet<Unit>): boolean =>
  movedUnits(statement, pinned).some(({ start, end }) => at >= start && at < end);

// ---- Writing

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
    /** Functions that stay by name and go by body: the late half has the real one. */
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
