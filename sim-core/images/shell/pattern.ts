/** Shell patterns: `*`, `?`, `[…]`, with `\` before a character that stands for itself. */

const CLASSES: Readonly<Record<string, RegExp>> = {
  alpha: /[A-Za-z]/,
  digit: /[0-9]/,
  alnum: /[A-Za-z0-9]/,
  upper: /[A-Z]/,
  lower: /[a-z]/,
  space: /\s/,
  blank: /[ \t]/,
  punct: /[!-/:-@[-`{-~]/,
  xdigit: /[0-9A-Fa-f]/,
};

/** Makes every character of a text stand for itself. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]]/g, '\\$&');
}

/** Length of the bracket expression at `at`, 0 when the bracket does not close and stands for itself. */
function bracketLength(pattern: string, at: number): number {
  let index = at + 1;
  if (pattern[index] === '!' || pattern[index] === '^') index++;
  if (pattern[index] === ']') index++;
  for (; index < pattern.length; index++) {
    if (pattern[index] === '\\') index++;
    else if (pattern[index] === '[' && pattern[index + 1] === ':') {
      const end = pattern.indexOf(':]', index + 2);
      if (end > 0) index = end + 1;
    } else if (pattern[index] === ']') return index + 1 - at;
  }
  return 0;
}

function bracketMatches(bracket: string, character: string): boolean {
  let index = 1;
  const inverted = bracket[1] === '!' || bracket[1] === '^';
  if (inverted) index++;
  let found = false;
  for (let first = true; index < bracket.length - 1; first = false) {
    if (bracket[index] === '[' && bracket[index + 1] === ':') {
      const end = bracket.indexOf(':]', index);
      const name = bracket.slice(index + 2, end);
      if (end > 0 && Object.hasOwn(CLASSES, name)) {
        if (CLASSES[name]!.test(character)) found = true;
        index = end + 2;
        continue;
      }
    }
    if (bracket[index] === ']' && !first) break;
    if (bracket[index] === '\\') index++;
    const low = bracket[index]!;
    if (bracket[index + 1] === '-' && index + 2 < bracket.length - 1) {
      index += 2;
      if (bracket[index] === '\\') index++;
      const high = bracket[index]!;
      if (character >= low && character <= high) found = true;
    } else if (character === low) found = true;
    index++;
  }
  return found !== inverted;
}

/** Whether a whole text matches a pattern. Linear but for the last `*` tried anew. */
export function matchPattern(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const character = pattern[p];
    if (character === '*') {
      star = p++;
      mark = t;
      continue;
    }
    let next = -1;
    if (character === '?') next = p + 1;
    else if (character === '[') {
      const length = bracketLength(pattern, p);
      if (length === 0) {
        if (text[t] === '[') next = p + 1;
      } else if (bracketMatches(pattern.slice(p, p + length), text[t]!)) next = p + length;
    } else if (character === '\\' && p + 1 < pattern.length) {
      if (pattern[p + 1] === text[t]) next = p + 2;
    } else if (character === text[t]) next = p + 1;
    if (next >= 0) {
      p = next;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p >= pattern.length;
}

/** Removes what matches at the beginning (`#`) or end (`%`): the shortest, or the longest part. */
export function trimPattern(text: string, pattern: string, where: 'start' | 'end', longest: boolean): string {
  const length = text.length;
  for (let step = 0; step <= length; step++) {
    const taken = longest ? length - step : step;
    const part = where === 'start' ? text.slice(0, taken) : text.slice(length - taken);
    if (matchPattern(pattern, part)) return where === 'start' ? text.slice(taken) : text.slice(0, length - taken);
  }
  return text;
}
