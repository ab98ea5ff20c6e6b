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
  const script = parse(source);
  const { errors } = script;
  if (errors === undefined || errors.length === 0) return !hasOpenDocument(script);
  return !errors.some(
    ({ message, pos }) =>
      message.startsWith('unterminated') || (message.startsWith('expected') && pos >= source.trimEnd().length - 1),
  );
}

/** Whether a here-document has not come to its delimiter yet. */
function hasOpenDocument(root: unknown): boolean {
  const rest: unknown[] = [root];
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    if (Array.isArray(node)) rest.push(...node);
    else if (typeof node === 'object' && node !== null) {
      if ((node as { type?: unknown }).type === 'HereDoc' && (node as { closing?: unknown }).closing === undefined)
        return true;
      rest.push(...Object.values(node).filter((value) => typeof value === 'object' && value !== null));
    }
  }
  return false;
}
