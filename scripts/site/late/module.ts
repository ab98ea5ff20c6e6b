/** A module as it is divided: its statements, and the names that come in and go out. */
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { parseSync } from 'vite';
import { type Unit, unitOf } from './elsewhere.ts';
import { type Reference, resolve } from './scopes.ts';
import { bodyStart, type Node, nameOf, patternNames } from './syntax.ts';

/** Whether the code at a place of a module (offset in its text without types) has run. */
export type HasRun = (file: string, offset: number) => boolean;

export interface Statement {
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

export interface Import {
  readonly specifier: string;
  /** The module, when it is one of ours. */
  readonly file: string | undefined;
  readonly names: ReadonlyMap<string, string>;
  readonly effect: boolean;
}

export interface Module {
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

/** All modules that the entry imports at once, each after those that it imports. */
export function readAll(entry: string, hasRun: HasRun): Map<string, Module> {
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
