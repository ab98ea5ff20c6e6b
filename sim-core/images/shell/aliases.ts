import { parse } from 'unbash';

/** Most rounds of replacing: an alias may name another one. */
const MOST_ROUNDS = 16;
const MOST_TEXT = 1024 * 1024;

/** A script with its aliases replaced, as a shell does while it reads: the first word of each command, unquoted. */
export function expandAliases(source: string, aliases: ReadonlyMap<string, string>): string {
  let text = source;
  const used = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS && text.length < MOST_TEXT; round++) {
    const found: { pos: number; end: number; name: string }[] = [];
    collect(parse(text), found);
    const due = found.filter(
      ({ pos, end, name }) => aliases.has(name) && !used.has(name) && text.slice(pos, end) === name,
    );
    if (due.length === 0) return text;
    for (const { pos, end, name } of due.sort((a, b) => b.pos - a.pos))
      text = text.slice(0, pos) + aliases.get(name)! + text.slice(end);
    // An alias is not replaced in its own text: `alias ls='ls -l'`.
    for (const { name } of due) used.add(name);
  }
  return text;
}

/** The first words of all commands of a syntax tree. */
function collect(root: unknown, found: { pos: number; end: number; name: string }[]): void {
  const rest: unknown[] = [root];
  for (let node = rest.pop(); node !== undefined; node = rest.pop()) {
    if (Array.isArray(node)) rest.push(...node);
    else if (typeof node === 'object' && node !== null) {
      const { type, name } = node as { type?: unknown; name?: { pos: number; end: number; text: string } };
      if (type === 'Command' && name !== undefined) found.push({ pos: name.pos, end: name.end, name: name.text });
      rest.push(...Object.values(node).filter((value) => typeof value === 'object' && value !== null));
    }
  }
}
