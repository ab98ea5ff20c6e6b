import { goQuote } from '../../api/go-format.ts';
import { parseQuantity } from '../../api/quantity.ts';
import type { Micros } from '../../engine/index.ts';
import { DEFAULT_EVICTION_HARD, type EvictionThreshold } from './configuration.ts';
import { parseGoDuration } from './go-duration.ts';

type Statements = Readonly<Record<string, string>>;

const SIGNALS = new Set([
  'memory.available',
  'nodefs.available',
  'nodefs.inodesFree',
  'imagefs.available',
  'imagefs.inodesFree',
  'containerfs.available',
  'containerfs.inodesFree',
  'pid.available',
  'allocatableMemory.available',
]);

/** Where evictions start (eviction.ParseThresholdConfig). `hard` that is not given is upstream's. Throws with upstream's words. */
export function evictionThresholds(given: {
  hard: Statements | undefined;
  soft: Statements;
  graces: Statements;
  /** Whether upstream's hard thresholds hold for signals that are not named (mergeDefaultEvictionSettings). */
  merge: boolean;
}): readonly EvictionThreshold[] {
  const { hard, soft, graces, merge } = given;
  const periods = new Map<string, Micros>();
  const hardOnes = hard === undefined ? DEFAULT_EVICTION_HARD : thresholdsOf(hard, () => 0);
  const kept =
    hard === undefined || !merge ? [] : DEFAULT_EVICTION_HARD.filter(({ signal }) => !Object.hasOwn(hard, signal));
  if (Object.keys(soft).length === 0 && Object.keys(graces).length === 0)
    return kept.length === 0 ? hardOnes : [...hardOnes, ...kept];
  try {
    for (const [signal, text] of Object.entries(graces)) {
      check(signal);
      const period = parseGoDuration(text);
      if (period < 0) throw new Error(`invalid eviction grace period specified: ${text}, must be a positive value`);
      periods.set(signal, period);
    }
    const softOnes = thresholdsOf(soft, (signal) => {
      const grace = periods.get(signal);
      if (grace === undefined)
        throw new Error(`grace period must be specified for the soft eviction threshold ${signal}`);
      // Also one of no time is a soft one.
      return Math.max(1, grace);
    });
    return [...hardOnes, ...kept, ...softOnes];
  } catch (error) {
    throw new Error(`failed to create kubelet: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function check(signal: string): void {
  if (!SIGNALS.has(signal)) throw new Error(`unsupported eviction signal ${signal}`);
}

function thresholdsOf(statements: Statements, graceOf: (signal: string) => Micros): EvictionThreshold[] {
  const found: EvictionThreshold[] = [];
  for (const [signal, text] of Object.entries(statements)) {
    check(signal);
    const grace = graceOf(signal);
    if (text.endsWith('%')) {
      // These two switch the signal off.
      if (text === '0%' || text === '100%') continue;
      const digits = text.replace(/%+$/, '');
      const percent = digits.trim() === '' ? Number.NaN : Number(digits);
      if (Number.isNaN(percent)) throw new Error(`strconv.ParseFloat: parsing ${goQuote(digits)}: invalid syntax`);
      if (percent < 0) throw new Error(`eviction percentage threshold ${signal} must be >= 0%: ${text}`);
      if (percent > 100) throw new Error(`eviction percentage threshold ${signal} must be <= 100%: ${text}`);
      found.push({ signal, value: { percent }, grace });
      continue;
    }
    const quantity = parseQuantity(text);
    if (typeof quantity === 'string') throw new Error(quantity);
    if (quantity.sign() <= 0) throw new Error(`eviction threshold ${signal} must be positive: ${quantity.toString()}`);
    found.push({ signal, value: { amount: quantity.value() }, grace });
  }
  return found;
}
