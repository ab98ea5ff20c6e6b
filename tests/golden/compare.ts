import { normalize, normalizeObject } from './data/normalize.mjs';
import { inNewWords, sinceRecorded, withoutNewLines, withoutStructs } from './since-recorded.ts';
import type { Final, Scenario, Step } from './transcript.ts';

/** What a command printed here. */
export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

/** A scenario as it went here: an outcome for every step, a list of objects for every final look. */
export interface Played {
  readonly outcomes: readonly Outcome[];
  readonly finals: readonly (readonly unknown[])[];
}

export interface StepResult {
  readonly step: Step;
  readonly matched: boolean;
  /** Recorded and found, as compared. */
  readonly expected: Outcome;
  readonly found: Outcome;
}

export interface FinalResult {
  readonly final: Final;
  readonly matched: boolean;
  readonly expected: string;
  readonly found: string;
}

/** Compares a scenario with its recording, step by step. */
export function compare(
  scenario: Scenario,
  { outcomes, finals }: Played,
): { steps: StepResult[]; finals: FinalResult[] } {
  const recorded = new HashNames();
  const here = new HashNames();
  const steps = scenario.steps.map((step, index) => {
    const expected = normalized(step, (text) => recorded.replace(inNewWords(text)));
    const found = normalized(outcomes[index] ?? NOT_REACHED, (text) => here.replace(withoutNewLines(text)));
    const [stderr, foundStderr] = withoutStructs(expected.stderr, found.stderr);
    const result = { expected: { ...expected, stderr }, found: { ...found, stderr: foundStderr } };
    return { step, ...result, matched: sameOutcome(result.expected, result.found) };
  });
  const looks = (scenario.final ?? []).map((final, index) => compareFinal(final, finals[index] ?? [], recorded, here));
  return { steps, finals: looks };
}

const NOT_REACHED: Outcome = { stdout: '', stderr: 'the step was not reached', exit: -1 };

function compareFinal(final: Final, items: readonly unknown[], recorded: HashNames, here: HashNames): FinalResult {
  const unstable = new Set(final.unstable_paths);
  const text = (item: unknown, index: number, names: HashNames) =>
    names.replace(inNewWords(JSON.stringify(without(sortKeys(item), unstable, `/${index}`), null, 1)));
  const found = items.map((item) => sinceRecorded(normalizeObject(item)));
  const left = new Set(found.keys());
  // Objects with hashes in their names come in the order of these.
  const order = final.items.map((item, index) => {
    const wanted = text(item, index, recorded);
    const same = [...left].find((other) => text(found[other], index, here) === wanted);
    if (same !== undefined) left.delete(same);
    return same;
  });
  for (const [index, same] of order.entries()) {
    if (same !== undefined) continue;
    const [next] = left;
    if (next === undefined) break;
    left.delete(next);
    order[index] = next;
  }
  const expectedTexts = final.items.map((item, index) => text(item, index, recorded));
  const foundTexts = [
    ...order.map((other, index) => (other === undefined ? '' : text(found[other], index, here))),
    ...[...left].map((other) => text(found[other], other, here)),
  ];
  const [expected, actual] = [expectedTexts.join('\n'), foundTexts.join('\n')];
  return { final, expected, found: actual, matched: expected === actual };
}

function normalized({ stdout, stderr, exit }: Outcome, name: (text: string) => string): Outcome {
  return { stdout: name(normalize(stdout)), stderr: name(normalize(stderr)), exit };
}

function sameOutcome(a: Outcome, b: Outcome): boolean {
  return a.exit === b.exit && sameText(a.stdout, b.stdout) && sameText(a.stderr, b.stderr);
}

/** Rows with generated names come in the order of these names: any order of them is the same. */
function sameText(a: string, b: string): boolean {
  if (a === b) return true;
  if (!/-xxxxx|-<h\d+>/.test(a)) return false;
  const ordered = (text: string) => text.split('\n').sort().join('\n');
  return ordered(a) === ordered(b);
}

/**
 * Hashes of pod templates and controller revisions, numbered in the order in which they appear: they are functions of Go's
 * memory layout of an object.
 */
class HashNames {
  private readonly numbers = new Map<string, number>();

  replace(text: string): string {
    return text
      .replace(/-([bcdfghjklmnpqrstvwxz2456789]{8,10})(?=-xxxxx|$|[^A-Za-z0-9-])/gm, (whole, hash: string) =>
        /\d/.test(hash) && /[a-z]/.test(hash) ? `-<h${this.number(hash)}>` : whole,
      )
      .replace(
        /(pod-template-hash["\\]*[=:] ?["\\]*)([bcdfghjklmnpqrstvwxz2456789]{5,10})\b/g,
        (_, label: string, hash: string) => `${label}<h${this.number(hash)}>`,
      )
      .replace(
        /(controller-revision-hash["\\]*[=:] ?["\\]*)([a-z0-9.-]*?)([bcdfghjklmnpqrstvwxz2456789]{8,10})\b/g,
        (_, label: string, name: string, hash: string) => `${label}${name}<h${this.number(hash)}>`,
      );
  }

  private number(hash: string): number {
    const number = this.numbers.get(hash) ?? this.numbers.size + 1;
    this.numbers.set(hash, number);
    return number;
  }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]));
}

function without(value: unknown, pointers: ReadonlySet<string>, at: string): unknown {
  if (pointers.has(at)) return '<unstable>';
  if (Array.isArray(value)) return value.map((item, index) => without(item, pointers, `${at}/${index}`));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      without(inner, pointers, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ]),
  );
}
