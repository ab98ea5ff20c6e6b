import type { Cursor } from './cursor.ts';
import type { Node, Pattern } from './syntax.ts';

/** `$x`, `[$a, $b]`, `{a: $x, $y}` after `as`. Throws `JqError`. */
export function parsePattern(cursor: Cursor): Pattern {
  const token = cursor.next();
  if (token?.kind === 'word' && token.text.startsWith('$')) return { kind: 'name', name: token.text.slice(1) };
  if (token?.text === '[' && token.kind === 'operator') {
    const items: Pattern[] = [];
    do items.push(parsePattern(cursor));
    while (cursor.take(','));
    cursor.expect(']');
    return { kind: 'array', items };
  }
  if (token?.text === '{' && token.kind === 'operator') {
    const entries: [Node, Pattern][] = [];
    do {
      const key = cursor.next();
      if (key?.kind === 'word' && key.text.startsWith('$')) {
        const name = key.text.slice(1);
        entries.push([
          { kind: 'literal', value: name },
          { kind: 'name', name },
        ]);
        continue;
      }
      const node: Node =
        key?.kind === 'string'
          ? { kind: 'string', format: undefined, parts: key.parts! }
          : { kind: 'literal', value: key?.text ?? '' };
      cursor.expect(':');
      entries.push([node, parsePattern(cursor)]);
    } while (cursor.take(','));
    cursor.expect('}');
    return { kind: 'object', entries };
  }
  cursor.back();
  throw cursor.unexpected();
}
