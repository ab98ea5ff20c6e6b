import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * The text of a function, class, interface or constant of a source file, with its doc comment, without the indentation it stands at.
 * `file` is relative to the project's folder. Throws, naming what there is, when there is no such symbol.
 */
export function quoteSource(file: string, symbol: string): string {
  const text = readFileSync(join(process.cwd(), file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const names: string[] = [];
  let found: ts.Node | undefined;
  const visit = (node: ts.Node): void => {
    const name = nameOf(node);
    if (name !== undefined) names.push(name);
    if (name === symbol) found ??= node;
    if (found === undefined) ts.forEachChild(node, visit);
  };
  visit(source);
  if (found === undefined) {
    throw new Error(`${file} has no "${symbol}" to quote; it has: ${names.join(', ')}`);
  }
  const start = ts.getJSDocCommentsAndTags(found)[0]?.getStart() ?? found.getStart();
  const lineStart = text.lastIndexOf('\n', start) + 1;
  const indent = text.slice(lineStart, start);
  const lines = text.slice(start, found.getEnd()).split('\n');
  return lines.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line)).join('\n');
}

function nameOf(node: ts.Node): string | undefined {
  if (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isMethodDeclaration(node)
  ) {
    return node.name?.getText();
  }
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0]?.name.getText();
  return undefined;
}
