import type { Value } from './parser.ts';

/** The order of values: NULL first, numbers (and texts that are numbers) as numbers, else as texts. */
export function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return String(a) < String(b) ? -1 : 1;
}

/** Whether a condition of that value holds. */
export function truth(value: Value): boolean {
  return value !== null && Number(value) !== 0 && !Number.isNaN(Number(value));
}

/** `left operator right`; `rightOf` is asked only where `left` does not settle it. */
export function binary(operator: string, left: Value, rightOf: () => Value): Value {
  if (operator === 'AND') return truth(left) && truth(rightOf()) ? 1 : 0;
  if (operator === 'OR') return truth(left) || truth(rightOf()) ? 1 : 0;
  const right = rightOf();
  if (left === null || right === null) return null;
  const yes = (is: boolean) => (is ? 1 : 0);
  switch (operator) {
    case '=':
      return yes(compare(left, right) === 0);
    case '<>':
    case '!=':
      return yes(compare(left, right) !== 0);
    case '<':
      return yes(compare(left, right) < 0);
    case '>':
      return yes(compare(left, right) > 0);
    case '<=':
      return yes(compare(left, right) <= 0);
    case '>=':
      return yes(compare(left, right) >= 0);
    case 'LIKE':
    case 'ILIKE':
      return yes(like(String(left).toLowerCase(), String(right).toLowerCase()));
    case '||':
      return `${left}${right}`;
    case '+':
      return Number(left) + Number(right);
    case '-':
      return Number(left) - Number(right);
    case '*':
      return Number(left) * Number(right);
    case '/':
      return Number(right) === 0 ? null : Number(left) / Number(right);
    default:
      return Number(right) === 0 ? null : Number(left) % Number(right);
  }
}

/** `%` is any text, `_` any character; without backtracking that could explode. */
function like(text: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let mark = 0;
  while (at < text.length) {
    if (pattern[place] === '%') {
      star = place++;
      mark = at;
    } else if (pattern[place] === '_' || pattern[place] === text[at]) {
      at++;
      place++;
    } else if (star >= 0) {
      place = star + 1;
      at = ++mark;
    } else return false;
  }
  while (pattern[place] === '%') place++;
  return place === pattern.length;
}
