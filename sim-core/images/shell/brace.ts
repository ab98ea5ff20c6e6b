/** Most words that one brace expansion makes. */
const MOST = 10_000;

/** `{a,b}` and `{1..5}` as texts: `a{b,c}d` gives `abd acd`. A text without a proper brace is its own one expansion. */
export function expandBraces(text: string): string[] {
  const open = findOpen(text);
  if (open === undefined) return [text];
  const { start, end, parts } = open;
  const before = text.slice(0, start);
  const afters = expandBraces(text.slice(end + 1));
  const result: string[] = [];
  for (const part of parts) {
    for (const middle of expandBraces(part)) {
      for (const after of afters) {
        result.push(before + middle + after);
        if (result.length > MOST) return [text];
      }
    }
  }
  return result;
}

function findOpen(text: string): { start: number; end: number; parts: string[] } | undefined {
  for (let start = text.indexOf('{'); start >= 0; start = text.indexOf('{', start + 1)) {
    if (text[start - 1] === '$' || text[start - 1] === '\\') continue;
    const end = closeOf(text, start);
    if (end < 0) continue;
    const inside = text.slice(start + 1, end);
    const parts = splitParts(inside);
    if (parts.length > 1) return { start, end, parts };
    const range = rangeOf(inside);
    if (range !== undefined) return { start, end, parts: range };
  }
  return undefined;
}

function closeOf(text: string, start: number): number {
  let depth = 0;
  for (let index = start; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '{') depth++;
    else if (text[index] === '}' && --depth === 0) return index;
  }
  return -1;
}

function splitParts(inside: string): string[] {
  const parts: string[] = [''];
  let depth = 0;
  for (const character of inside) {
    if (character === '{') depth++;
    else if (character === '}') depth--;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function rangeOf(inside: string): string[] | undefined {
  const numbers = /^(-?\d+)\.\.(-?\d+)(?:\.\.(-?\d+))?$/.exec(inside);
  const letters = /^([A-Za-z])\.\.([A-Za-z])$/.exec(inside);
  if (numbers === null && letters === null) return undefined;
  const from = numbers === null ? letters![1]!.charCodeAt(0) : Number(numbers[1]);
  const to = numbers === null ? letters![2]!.charCodeAt(0) : Number(numbers[2]);
  const step = Math.max(1, Math.abs(Number(numbers?.[3] ?? 1)));
  if (Math.abs(to - from) / step > MOST) return undefined;
  const padded = numbers !== null && /^-?0\d/.test(`${numbers[1]}`) ? numbers[1]!.length : 0;
  const result: string[] = [];
  for (let value = from; from <= to ? value <= to : value >= to; value += from <= to ? step : -step) {
    result.push(numbers === null ? String.fromCharCode(value) : String(value).padStart(padded, '0'));
  }
  return result;
}
