/** Holds one source file to the floor plan: where it imports from, and what the mini-cluster must not touch. */
import { builtinModules } from 'node:module';
import path from 'node:path/posix';
import ts from 'typescript';
import {
  BANNED_GLOBALS,
  BANNED_MEMBERS,
  CONTENT_LOADERS,
  EXACT_MATH,
  FLOORS,
  OUTSIDE_ROOMS,
  ROOMS,
  TYPE_ROOMS,
} from './floors.ts';

/** One broken rule: where, and what to do about it. Lines count from 1. */
export interface Problem {
  file: string;
  line: number;
  message: string;
}

interface Import {
  specifier: string;
  typeOnly: boolean;
  position: number;
}

/** Tests, and what only tests use. */
const isTest = (file: string): boolean => /\.(test|spec)\.ts$|\/testing(\/|\.ts$)/.test(file);

/** Whether the determinism rules hold for this file: sim-core, but its hosts and tests. */
const isCore = (file: string): boolean =>
  file.startsWith('sim-core/') && !file.startsWith('sim-core/host/') && !isTest(file);

const topRoom = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');

/** `engine` for sim-core/engine/x.ts, '' for a file directly in sim-core/. */
const coreRoom = (file: string): string => {
  const parts = file.split('/');
  return parts.length > 2 ? (parts[1] ?? '') : '';
};

const isNodeModule = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0] ?? '');

/**
 * The problems of one file.
 * @param file path from the project's root, with forward slashes
 * @param text its source; for .svelte, .astro and .mdx only import lines are read
 */
export function checkSource(file: string, text: string): Problem[] {
  if (!file.endsWith('.ts') && !file.endsWith('.js')) {
    return checkImports(file, importLines(text), (position) => text.slice(0, position).split('\n').length);
  }
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;
  const problems = checkImports(file, importsOf(source), lineOf);
  if (isCore(file)) problems.push(...checkDeterminism(file, source, lineOf));
  return problems.sort((a, b) => a.line - b.line);
}

/** Imports of a component file, read from its text: enough for paths, and no compiler is needed. */
function importLines(text: string): Import[] {
  const found: Import[] = [];
  for (const match of text.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[^'"\n;]*?\sfrom\s*)?['"]([^'"\n]+)['"]/gm)) {
    found.push({ specifier: match[2] ?? '', typeOnly: match[1] !== undefined, position: match.index + 1 });
  }
  return found;
}

function importsOf(source: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      const typeOnly = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
      found.push({ specifier: node.moduleSpecifier.text, typeOnly, position: node.getStart() });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly, position: node.getStart() });
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      found.push({ specifier: node.argument.literal.text, typeOnly: true, position: node.getStart() });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const argument = node.arguments[0];
      if (argument && ts.isStringLiteralLike(argument)) {
        found.push({ specifier: argument.text, typeOnly: false, position: node.getStart() });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function checkImports(file: string, imports: Import[], lineOf: (position: number) => number): Problem[] {
  const problems: Problem[] = [];
  for (const { specifier, typeOnly, position } of imports) {
    const message = specifier.startsWith('.')
      ? brokenFloor(file, path.join(path.dirname(file), specifier), typeOnly)
      : isCore(file) && isNodeModule(specifier)
        ? `imports ${specifier}: the mini-cluster runs without Node; platform code belongs in sim-core/host/`
        : undefined;
    if (message !== undefined) problems.push({ file, line: lineOf(position), message });
  }
  return problems;
}

/** Why `file` may not import `target`, or undefined when it may. */
function brokenFloor(file: string, target: string, typeOnly: boolean): string | undefined {
  const from = topRoom(file);
  const to = topRoom(target);
  const loaders = CONTENT_LOADERS[to];
  if (loaders !== undefined && from !== to) {
    const outside = from === 'scripts' || from === 'tests';
    if (loaders.includes(file) || (outside && FLOORS[from]?.includes(to))) return undefined;
    return `imports ${target}: ${to}/ is content, which only its loaders import (${loaders.join(', ') || 'none'})`;
  }
  const floors = FLOORS[from];
  if (floors === undefined || to === '') return undefined;
  if (from !== to) {
    if (floors.includes(to)) return undefined;
    return `imports ${target}: ${from}/ may import from ${[from, ...floors].join(', ')} only`;
  }
  if (from !== 'sim-core') return undefined;
  const room = coreRoom(file);
  const other = coreRoom(target);
  if (room === other || isTest(file)) return undefined;
  const allowed = ROOMS[room];
  if (allowed === undefined) return `sim-core/${room}/ is not on the floor plan: add it to scripts/floors/floors.ts`;
  if (allowed.includes(other)) return undefined;
  if (allowed.includes('*') && (room === 'host' || other !== 'host')) return undefined;
  if (typeOnly && TYPE_ROOMS[room]?.includes(other)) return undefined;
  const types = TYPE_ROOMS[room] ? ` (and types from ${TYPE_ROOMS[room].join(', ')})` : '';
  return `imports ${target}: sim-core/${room}/ may import from ${allowed.join(', ') || 'no other room'}${types} only`;
}

/** Whether this identifier is a free name (not a property, a declaration or a type), which could reach a global. */
function isFreeName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return false;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isTypeReferenceNode(parent) || ts.isExpressionWithTypeArguments(parent))
    return parent.parent !== undefined && ts.isHeritageClause(parent.parent);
  if ('name' in parent && parent.name === node) return ts.isShorthandPropertyAssignment(parent);
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent)) return false;
  return !ts.isLabeledStatement(parent) && !ts.isBreakOrContinueStatement(parent);
}

/** Names that the file declares itself, at any depth: a parameter called `process` is no global. */
function declaredNames(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isNamespaceImport(node) ||
      ts.isImportClause(node);
    if (declares && node.name && ts.isIdentifier(node.name)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return names;
}

function checkDeterminism(file: string, source: ts.SourceFile, lineOf: (position: number) => number): Problem[] {
  const problems: Problem[] = [];
  const own = declaredNames(source);
  const waits = OUTSIDE_ROOMS.has(coreRoom(file));
  if (waits) own.add('Promise');
  const report = (node: ts.Node, message: string): void => {
    problems.push({ file, line: lineOf(node.getStart()), message });
  };
  const member = (node: ts.Node, name: string): void => {
    if (Object.hasOwn(BANNED_MEMBERS, name))
      report(node, `uses ${name}, which asks the host's language: ${BANNED_MEMBERS[name]}`);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && Object.hasOwn(BANNED_GLOBALS, node.text) && !own.has(node.text) && isFreeName(node)) {
      report(node, `uses ${node.text}, which the mini-cluster must not: use ${BANNED_GLOBALS[node.text]}`);
    } else if (ts.isPropertyAccessExpression(node)) {
      member(node, node.name.text);
      if (ts.isIdentifier(node.expression) && node.expression.text === 'Math') math(node, node.name.text);
    } else if (ts.isElementAccessExpression(node)) {
      if (ts.isStringLiteralLike(node.argumentExpression)) member(node, node.argumentExpression.text);
      if (ts.isIdentifier(node.expression) && node.expression.text === 'Math')
        report(node, 'looks Math up by a computed name');
    } else if (ts.isBindingElement(node) || ts.isVariableDeclaration(node)) {
      if (
        ts.isVariableDeclaration(node) &&
        node.initializer &&
        ts.isIdentifier(node.initializer) &&
        node.initializer.text === 'Math'
      ) {
        report(node, 'gives Math another name: write Math.floor and so on');
      }
    } else if (ts.isBinaryExpression(node) && isPower(node)) {
      report(node, 'uses ** on values that are not literals, which engines round differently: multiply instead');
    } else if (!waits && (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier))) {
      report(node, 'awaits: the mini-cluster is synchronous, use engine events or coroutines');
    } else if (!waits && node.kind === ts.SyntaxKind.AsyncKeyword) {
      report(node, 'is async: the mini-cluster is synchronous, use engine events or coroutines');
    } else if (!waits && ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      report(node, 'imports at run time: the mini-cluster is one bundle');
    } else if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) {
      report(node, 'uses import.meta: the core knows no host');
    }
    ts.forEachChild(node, visit);
  };
  const math = (node: ts.Node, name: string): void => {
    if (EXACT_MATH.has(name) || /^[A-Z]/.test(name)) return;
    const instead = name === 'random' ? "use the engine's seeded streams" : 'engines round it differently';
    report(node, `uses Math.${name}: ${instead}`);
  };
  visit(source);
  return problems;
}

/** `a ** b` and `a **= b`, unless both sides are whole-number literals, or the base is 2: such powers are exact everywhere. */
function isPower(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  if (kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken) return true;
  if (kind !== ts.SyntaxKind.AsteriskAsteriskToken) return false;
  const whole = (side: ts.Expression): boolean => {
    const text = ts.isNumericLiteral(side) || ts.isBigIntLiteral(side) ? side.text : '';
    return /^\d+n?$/.test(text);
  };
  const two = ts.isNumericLiteral(node.left) && node.left.text === '2';
  return !two && !(whole(node.left) && whole(node.right)) && !isBigInt(node);
}

/** BigInt powers are exact. */
const isBigInt = (node: ts.BinaryExpression): boolean =>
  ts.isBigIntLiteral(node.left) || ts.isBigIntLiteral(node.right);
