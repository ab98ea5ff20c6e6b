import { parse } from 'unbash';

/** The parser's message in the words of ash. */
export function syntaxMessage(message: string): string {
  const token = /^unexpected token '(.*)'$/s.exec(message);
  if (token !== null) return `unexpected "${token[1]}"`;
  if (message.startsWith('unterminated')) {
    return message.includes('quote') ? 'unterminated quoted string' : 'unexpected end of file';
  }
  const expected = /^expected '(\w+)'/.exec(message);
  if (expected !== null) return `unexpected end of file (expecting "${expected[1]}")`;
  return message;
}

/** Whether a text is whole commands, or wrong in a way that more text cannot mend. */
export function isWhole(source: string): boolean {
  if (/(^|[^\\])(\\\\)*\\\n$/.test(source)) return false;
  const { errors } = parse(source);
  if (errors === undefined || errors.length === 0) return true;
  return !errors.some(
    ({ message, pos }) =>
      message.startsWith('unterminated') || (message.startsWith('expected') && pos >= source.trimEnd().length),
  );
}
