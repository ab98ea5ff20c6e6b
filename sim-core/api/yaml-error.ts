import type { YAMLError } from 'yaml';

/** `yaml: line 4: …` as go-yaml's scanner counts, from one; the first line is not named. */
function scanner(line: number, problem: string): string {
  return line <= 1 ? `yaml: ${problem}` : `yaml: line ${line}: ${problem}`;
}

/** go-yaml's parser counts from zero, and names no line zero. */
function parser(line: number, problem: string): string {
  return line <= 1 ? `yaml: ${problem}` : `yaml: line ${line - 1}: ${problem}`;
}

const width = (line: string): number => line.length - line.trimStart().length;

const isBlank = (line: string): boolean => /^\s*(#.*)?$/.test(line);

/** The line after `from` (both counted from one) that is not blank; the one after the last where there is none. */
function nextLine(lines: readonly string[], from: number, matches = (_line: string): boolean => true): number {
  for (let i = from; i < lines.length; i++) if (!isBlank(lines[i]!) && matches(lines[i]!)) return i + 1;
  return lines.length;
}

/** The same, where comments count: text without quotes is looked for as far as to them. */
function nextWritten(lines: readonly string[], from: number): number {
  const found = lines.findIndex((line, index) => index >= from && line.trim() !== '');
  return found < 0 ? lines.length : found + 1;
}

/** The last line above another one that is not blank. */
function before(lines: readonly string[], line: number): string {
  return lines.slice(0, line - 1).findLast((candidate) => !isBlank(candidate)) ?? '';
}

/** Whether the line is the first below its key, so that it may still be text over several lines. */
function beginsBlock(lines: readonly string[], line: number): boolean {
  for (let i = line - 2; i >= 0; i--) {
    const text = lines[i]!;
    if (!isBlank(text)) return width(text) < width(lines[line - 1] ?? '') && /:\s*(#.*)?$/.test(text);
  }
  return true;
}

/** Whether what stands in that column (from one) is the whole item of a list: text, and no key that must be followed by a colon. */
function isItem(line: string, column: number): boolean {
  return /^\s*(-\s+)+$/.test(line.slice(0, column - 1));
}

interface Collection {
  readonly column: number;
  readonly kind: 'list' | 'mapping';
}

/** Where a line's keys and dashes stand: the columns of `- - a: 1` are those of two lists and a mapping. */
function collectionsOf(line: string): Collection[] {
  const found: Collection[] = [];
  let column = width(line);
  for (let rest = line.slice(column); /^-(\s|$)/.test(rest); rest = line.slice(column)) {
    found.push({ column, kind: 'list' });
    column += 1 + width(rest.slice(1));
  }
  if (/^("[^"]*"|'[^']*'|[^\s"'[{#][^#]*?):(\s|$)/.test(line.slice(column))) found.push({ column, kind: 'mapping' });
  return found;
}

/**
 * Says that a line is not what has to come there: the next item of the list that is still open where it stands, or the next key of the mapping
 * (the states of go-yaml's parser in block collections).
 */
function unexpected(lines: readonly string[], line: number): string {
  const { open, close } = blocksAbove(lines, line);
  close(width(lines[line - 1] ?? ''));
  return parser(
    line,
    open.at(-1)?.kind === 'list' ? "did not find expected '-' indicator" : 'did not find expected key',
  );
}

/** The collections that are open above a line, and whether text (below `|` or `>`) is. */
function blocksAbove(lines: readonly string[], line: number) {
  const open: Collection[] = [];
  const close = (column: number) => {
    while (open.length > 0 && open.at(-1)!.column > column) open.pop();
  };
  // Lines of text are deeper than this.
  let text = Number.POSITIVE_INFINITY;
  for (const one of lines.slice(0, line - 1)) {
    if (isBlank(one) || width(one) > text) continue;
    const collections = collectionsOf(one);
    for (const collection of collections) {
      close(collection.column);
      // A list may stand in the column of the key that it belongs to.
      if ((open.at(-1)?.column ?? -1) < collection.column) open.push(collection);
    }
    const begins = /[:-]\s+[|>][-+\d]*\s*(#.*)?$/.test(one);
    text = begins ? (collections.at(-1)?.column ?? width(one)) : Number.POSITIVE_INFINITY;
  }
  return { open, close, inText: text < Number.POSITIVE_INFINITY };
}

/** What is said of a tab where spaces have to be. */
function tabMessage(lines: readonly string[], line: number): string {
  if (blocksAbove(lines, line).inText) return 'found a tab character where an indentation space is expected';
  // Text without quotes may go on in the next line.
  return /(["'\]}:]|\s#.*)\s*$/.test(before(lines, line))
    ? 'found character that cannot start any token'
    : 'found a tab character that violates indentation';
}

/** A `{` or `[` that is not closed. */
function openFlow(lines: readonly string[], line: number, close: string): string {
  const content = lines[line - 1] ?? '';
  if (!/[{[,]$/.test(before(lines, line))) return parser(line, `did not find expected ',' or '${close}'`);
  if (isBlank(content)) return parser(line, 'did not find expected node content');
  // The line that follows is taken for what is inside, and the one after it for too much.
  const next = nextLine(lines, line);
  const list = /^\s*-\s/.test(lines[next - 1]!);
  return parser(next, list ? 'did not find expected node content' : `did not find expected ',' or '${close}'`);
}

/** What go-yaml, with which Kubernetes reads YAML, says where the yaml package says something else. */
export function goYamlMessage(errors: readonly YAMLError[], text: string): string {
  const [first] = errors;
  const line = first?.linePos?.[0].line ?? 1;
  const message = first?.message ?? '';
  const lines = text.split('\n');
  const content = lines[line - 1] ?? '';
  const { col: column = 1 } = first?.linePos?.[0] ?? {};
  // Where a value is missing, what is wrong is the line after it.
  const wrong = isBlank(content.slice(column - 1)) ? nextLine(lines, line) : line;
  const hasColon = (candidate: string): boolean => /:(\s|$)/.test(candidate);
  const nested = 'mapping values are not allowed in this context';
  if (/^ *\t/.test(content) && blocksAbove(lines, line).inText) return scanner(line, tabMessage(lines, line));
  switch (first?.code) {
    case 'TAB_AS_INDENT':
      return scanner(line, tabMessage(lines, line));
    case 'BLOCK_AS_IMPLICIT_KEY': {
      if (!message.startsWith('Nested')) return unexpected(lines, wrong);
      const several = errors.some(
        ({ code, linePos }) => code === 'MULTILINE_IMPLICIT_KEY' && linePos?.[0].line === line,
      );
      return scanner(several ? nextLine(lines, line, hasColon) : line, nested);
    }
    case 'MULTILINE_IMPLICIT_KEY':
      if (errors.some(({ code }) => code === 'UNEXPECTED_TOKEN')) return unexpected(lines, line);
      return beginsBlock(lines, line) || isItem(content, column)
        ? scanner(nextLine(lines, line, hasColon), nested)
        : scanner(nextWritten(lines, line), "could not find expected ':'");
    case 'MISSING_CHAR':
      if (/closing ?["']/i.test(message)) return scanner(line, 'found unexpected end of stream');
      if (message.includes('flow sequence') || message.includes('a ]'))
        return parser(line, "did not find expected ',' or ']'");
      if (message.includes('Flow map') || message.includes('flow map'))
        return parser(line, "did not find expected ',' or '}'");
      return message.startsWith('Sequence item')
        ? unexpected(lines, line)
        : scanner(nextWritten(lines, line), "could not find expected ':'");
    case 'BAD_INDENT':
      return message.startsWith('Flow')
        ? openFlow(lines, line, message.includes(' ] ') || message.includes('a ]') ? ']' : '}')
        : unexpected(lines, wrong);
    case 'BLOCK_IN_FLOW':
      return parser(line, "did not find expected ',' or '}'");
    case 'UNEXPECTED_TOKEN':
      return /flow-(?:seq|map)-end/.test(message) && /:\s*[\]}]/.test(content)
        ? parser(line, 'did not find expected node content')
        : unexpected(lines, line);
    case 'BAD_SCALAR_START':
      return scanner(line, 'found character that cannot start any token');
    case 'BAD_DQ_ESCAPE':
      return scanner(line, 'found unknown escape character');
    case 'BAD_ALIAS':
      return `yaml: unknown anchor '${/[*&](\S+)/.exec(content)?.[1] ?? ''}' referenced`;
    default:
      return parser(line, 'did not find expected node content');
  }
}

/** Whether what is wrong is less indented than the first line: go-yaml reads what is before it, as a document of its own, and no more. */
export function isBehindDocument([first]: readonly YAMLError[], text: string): boolean {
  if (first?.code !== 'UNEXPECTED_TOKEN' || !first.message.includes('at node end')) return false;
  const lines = text.split('\n');
  return width(lines[(first.linePos?.[0].line ?? 1) - 1]!) < width(lines.find((line) => !isBlank(line)) ?? '');
}
