import type { LateRule } from '../course/course.ts';

/** A rule that is none; the message says how one is written. */
export class LateRuleError extends Error {
  override readonly name = 'LateRuleError';
}

const UNITS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };
const HOW = 'write, for example, 10%/1d,grace=15m,least=50%,until=7d';

/**
 * Reads what handing in late costs: `10%/1d` (a tenth of the points for every day begun), with `grace=15m` that nobody minds, `least=50%` that is
 * kept however late it is, and `until=7d` after which nothing is given. Throws a LateRuleError.
 */
export function parseLateRule(text: string): LateRule {
  const rule = { grace: 0, lose: 0, each: 86_400, least: 0 };
  let until: number | undefined;
  for (const part of text.split(',').map((each) => each.trim())) {
    const [, lose, each] = /^(\d+(?:\.\d+)?)%\/(\w+)$/.exec(part) ?? [];
    if (lose !== undefined) Object.assign(rule, { lose: share(lose, part), each: seconds(each!, part) });
    else if (part.startsWith('grace=')) rule.grace = seconds(part.slice(6), part);
    else if (part.startsWith('until=')) until = seconds(part.slice(6), part);
    else if (/^least=\d+(\.\d+)?%$/.test(part)) rule.least = share(part.slice(6, -1), part);
    else throw new LateRuleError(`"${part}" is no part of a late rule; ${HOW}`);
  }
  return { ...rule, ...(until === undefined ? {} : { until }) };
}

function seconds(text: string, part: string): number {
  const [, amount, unit] = /^(\d*)([mhd])$/.exec(text) ?? [];
  const value = (amount === '' ? 1 : Number(amount)) * (UNITS[unit ?? ''] ?? Number.NaN);
  if (value > 0) return value;
  throw new LateRuleError(`"${part}": "${text}" is no time; ${HOW}`);
}

function share(text: string, part: string): number {
  const value = Number(text) / 100;
  if (value <= 1) return value;
  throw new LateRuleError(`"${part}": more than 100%`);
}
