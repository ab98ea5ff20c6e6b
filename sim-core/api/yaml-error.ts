import type { YAMLError } from 'yaml';

/** `yaml: line 4: …` as go-yaml's scanner counts, from one. */
function scanner(line: number, problem: string): string {
  return `yaml: line ${line}: ${problem}`;
}

/** go-yaml's parser counts from zero, and names no line zero. */
function parser(line: number, problem: string): string {
  return line <= 1 ? `yaml: ${problem}` : `yaml: line ${line - 1}: ${problem}`;
}

const isBlank = (line: string): boolean => /^\s*(#.*)?$/.test(line);

/** The line after `from` (both counted from one) that is not blank; the one after the last where there is none. */
function nextLine(lines: readonly string[], from: number, matches = (_line: string): boolean => true): number {
  for (let i = from; i < lines.length; i++) if (!isBlank(lines[i]!) && matches(lines[i]!)) return i + 1;
  return lines.length;
}

/** Whether the line is the first below its key, so that it may still be text over several lines. */
function beginsBlock(lines: readonly string[], line: number): boolean {
  const width = (text: string): number => text.length - text.trimStart().length;
  for (let i = line - 2; i >= 0; i--) {
    const text = lines[i]!;
    if (!isBlank(text)) return width(text) < width(lines[line - 1] ?? '') && /:\s*(#.*)?$/.test(text);
  }
  return true;
}

/** What go-yaml, with which Kubernetes reads YAML, says where the yaml package says something else. */
export function goYamlMessage(errors: readonly YAMLError[], text: string): string {
  const [first] = errors;
  const line = first?.linePos?.[0].line ?? 1;
  const message = first?.message ?? '';
  const lines = text.split('\n');
  const content = lines[line - 1] ?? '';
  const hasColon = (candidate: string): boolean => /:(\s|$)/.test(candidate);
  const nested = 'mapping values are not allowed in this context';
  switch (first?.code) {
    case 'TAB_AS_INDENT': {
      const before = lines.slice(0, line - 1).findLast((candidate) => !isBlank(candidate)) ?? '';
      return scanner(
        line,
        /:\s*(#.*)?$/.test(before)
          ? 'found character that cannot start any token'
          : 'found a tab character that violates indentation',
      );
    }
    case 'BLOCK_AS_IMPLICIT_KEY': {
      if (!message.startsWith('Nested')) return parser(line, 'did not find expected key');
      const several = errors.some(
        ({ code, linePos }) => code === 'MULTILINE_IMPLICIT_KEY' && linePos?.[0].line === line,
      );
      return scanner(several ? nextLine(lines, line, hasColon) : line, nested);
    }
    case 'MULTILINE_IMPLICIT_KEY':
      if (errors.some(({ code }) => code === 'UNEXPECTED_TOKEN')) return parser(line, 'did not find expected key');
      return beginsBlock(lines, line)
        ? scanner(nextLine(lines, line, hasColon), nested)
        : scanner(nextLine(lines, line), "could not find expected ':'");
    case 'MISSING_CHAR':
      if (/closing ?["']/i.test(message)) return scanner(line, 'found unexpected end of stream');
      if (message.includes('flow sequence') || message.includes('a ]'))
        return parser(line, "did not find expected ',' or ']'");
      if (message.includes('Flow map') || message.includes('flow map'))
        return parser(line, "did not find expected ',' or '}'");
      return message.startsWith('Sequence item')
        ? parser(line, 'did not find expected key')
        : scanner(nextLine(lines, line), "could not find expected ':'");
    case 'BAD_INDENT':
      if (message.startsWith('Flow'))
        return parser(
          line,
          `did not find expected ',' or '${message.includes(' ] ') || message.includes('a ]') ? ']' : '}'}'`,
        );
      return parser(line, 'did not find expected key');
    case 'BLOCK_IN_FLOW':
      return parser(line, "did not find expected ',' or '}'");
    case 'UNEXPECTED_TOKEN':
      return parser(
        line,
        /flow-(?:seq|map)-end/.test(message) && /:\s*[\]}]/.test(content)
          ? 'did not find expected node content'
          : 'did not find expected key',
      );
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
