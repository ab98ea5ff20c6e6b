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

/**
 * Parts of a quotation, under its first lines: `const ratio … const label | const settled …` are the lines from the one that has the first words up to
 * the one that has the second words, without it, or up to the end. Where lines are left out stands `// …`. Throws when the words are not there.
 */
export function quoteParts(quotation: string, parts: string): string {
  const lines = quotation.split('\n');
  const body = lines.findIndex((line) => /[{(]$/.test(line) && !/^ ?\*|^\/\*/.test(line));
  const opening = lines.findIndex((line, at) => at >= body && line.endsWith('{')) + 1;
  const kept = new Set(lines.slice(0, opening).keys());
  let at = opening;
  for (const part of parts.split(' | ')) {
    const [from = '', until = ''] = part.split('…').map((words) => words.trim());
    const find = (words: string, start: number): number => {
      const found = lines.findIndex((line, index) => index >= start && line.includes(words));
      if (found < 0) throw new Error(`the quotation has no "${words}" from its line ${start + 1} on:\n${quotation}`);
      return found;
    };
    const start = find(from, at);
    at = until === '' ? lines.length : find(until, start + 1);
    for (let index = start; index < at; index++) kept.add(index);
  }
  kept.add(lines.length - 1);
  const told: string[] = [];
  let last = -1;
  for (const index of [...kept].sort((a, b) => a - b)) {
    if (index > last + 1) told.push(`${/^ */.exec(lines[last + 1]!)![0]}// …`);
    told.push(lines[index]!);
    last = index;
  }
  return told.join('\n');
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
