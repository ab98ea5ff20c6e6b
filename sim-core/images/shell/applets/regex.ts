import { ToolError } from './tool.ts';

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
};
const MAX_PATTERN = 1000;

/** A POSIX regular expression (basic or extended) in JavaScript's syntax. Throws `ToolError`. */
export function posixPattern(source: string, extended: boolean): string {
  if (source.length > MAX_PATTERN) throw new ToolError('regular expression too long', 2);
  let result = '';
  for (let index = 0; index < source.length; index++) {
    const character = source[index]!;
    if (character === '[') {
      const end = bracketEnd(source, index);
      if (end < 0) throw new ToolError(`bad regex '${source}': Unmatched [`, 2);
      result += bracket(source.slice(index + 1, end));
      index = end;
    } else if (character === '\\') {
      const next = source[++index];
      if (next === undefined) throw new ToolError(`bad regex '${source}': Trailing backslash`, 2);
      if (!extended && '(){}|+?'.includes(next)) result += next;
      else if (next === '<') result += '\\b(?=\\w)';
      else if (next === '>') result += '\\b(?<=\\w)';
      else if (/[1-9bBwWsSn]/.test(next)) result += `\\${next}`;
      else result += next.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
    } else if (!extended && '(){}|+?'.includes(character)) result += `\\${character}`;
    else if (
      !extended &&
      character === '*' &&
      (index === 0 || source.slice(0, index).endsWith('\\(') || source[index - 1] === '^')
    )
      result += '\\*';
    else if (!extended && character === '^' && index > 0 && !source.slice(0, index).endsWith('\\(')) result += '\\^';
    else if (!extended && character === '$' && index < source.length - 1 && !source.slice(index + 1).startsWith('\\)'))
      result += '\\$';
    else result += character;
  }
  return result;
}

function bracketEnd(source: string, start: number): number {
  let index = start + 1;
  if (source[index] === '^') index++;
  if (source[index] === ']') index++;
  for (; index < source.length; index++) {
    if (source[index] === '[' && source[index + 1] === ':') {
      const end = source.indexOf(':]', index);
      if (end > 0) index = end + 1;
    } else if (source[index] === ']') return index;
  }
  return -1;
}

function bracket(inside: string): string {
  const negated = inside.startsWith('^');
  const body = (negated ? inside.slice(1) : inside).replace(
    /\[:(\w+):\]|[\\\]^[]/g,
    (whole, name: string | undefined) =>
      name !== undefined && Object.hasOwn(CLASSES, name) ? CLASSES[name]! : whole.replace(/[\\\]^[]/g, '\\$&'),
  );
  return `[${negated ? '^' : ''}${body}]`;
}

/** Compiles a POSIX regular expression. Throws `ToolError`. */
export function posixRegex(source: string, extended: boolean, flags: string): RegExp {
  try {
    return new RegExp(posixPattern(source, extended), flags);
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError(`bad regex '${source}'`, 2);
  }
}
