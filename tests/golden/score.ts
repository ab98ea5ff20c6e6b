import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeCertificates } from '../../sim-core/host/http/certificates.ts';
import { compare, type FinalResult, type StepResult } from './compare.ts';
import { type PlayOptions, play } from './play.ts';
import { type Scenario, scenarios } from './transcript.ts';

/** How many of a topic's steps came out as recorded. */
export interface Score {
  readonly matched: number;
  readonly steps: number;
  /** Of steps that show a simulated kubelet, and of those that two recordings did not agree on: told apart, not counted above. */
  readonly kubelet: readonly [matched: number, steps: number];
  readonly unstable: readonly [matched: number, steps: number];
  readonly finals: readonly [matched: number, looks: number];
}

export interface Mismatch {
  readonly scenario: string;
  readonly index: number;
  readonly step?: StepResult;
  readonly final?: FinalResult;
  /** Why it is right that it differs. */
  readonly known?: string;
}

export interface TopicResult {
  readonly topic: string;
  readonly score: Score;
  readonly mismatches: readonly Mismatch[];
}

/** Steps in which v1.33 differs from the v1.28 that was recorded: `<scenario>#<step>` and the reason. */
export function knownDifferences(): Readonly<Record<string, string>> {
  return read('known-differences.json') as Record<string, string>;
}

/** The counts that may only rise: matched steps by topic, and final looks. */
export type Ratchet = Record<string, { matched: number; finals: number }>;

export function readRatchet(): Ratchet {
  return read('ratchet.json') as Ratchet;
}

export function writeRatchet(ratchet: Ratchet): void {
  writeFileSync(file('ratchet.json'), `${JSON.stringify(ratchet, null, 2)}\n`);
}

const file = (name: string) => path.join(import.meta.dirname, name);
const read = (name: string): unknown => JSON.parse(readFileSync(file(name), 'utf8'));

/** Plays topics, so many scenarios at once, and scores them; `done` hears of each topic as it is over. */
export async function scoreTopics(
  names: readonly string[],
  options: Omit<PlayOptions, 'certificates'> & {
    readonly parallel?: number;
    readonly only?: (scenario: Scenario) => boolean;
    readonly done?: (result: TopicResult) => void;
  },
): Promise<TopicResult[]> {
  const certificates = await makeCertificates();
  const known = knownDifferences();
  const queue = names.flatMap((topic) =>
    scenarios(topic)
      .filter(options.only ?? (() => true))
      .map((scenario) => ({ topic, scenario })),
  );
  const left = new Map<string, number>();
  for (const { topic } of queue) left.set(topic, (left.get(topic) ?? 0) + 1);
  const outcomes = new Map<string, { scenario: Scenario; steps: StepResult[]; finals: FinalResult[] }[]>();
  const results: TopicResult[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { topic, scenario } = next;
      const played = await play(scenario, { ...options, certificates });
      const list = outcomes.get(topic) ?? [];
      list.push({ scenario, ...compare(scenario, played) });
      outcomes.set(topic, list);
      left.set(topic, left.get(topic)! - 1);
      if (left.get(topic) !== 0) continue;
      const result = score(topic, list, known);
      results.push(result);
      options.done?.(result);
    }
  };
  await Promise.all(Array.from({ length: options.parallel ?? 3 }, worker));
  return results.sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

function score(
  topic: string,
  played: readonly { scenario: Scenario; steps: StepResult[]; finals: FinalResult[] }[],
  known: Readonly<Record<string, string>>,
): TopicResult {
  let matched = 0;
  let steps = 0;
  const kubelet: [number, number] = [0, 0];
  const unstable: [number, number] = [0, 0];
  const finals: [number, number] = [0, 0];
  const mismatches: Mismatch[] = [];
  for (const one of played) {
    const { id } = one.scenario;
    for (const [index, step] of one.steps.entries()) {
      const apart = step.step.unstable === true ? unstable : step.step.kubelet === true ? kubelet : undefined;
      const reason = known[`${id}#${index}`];
      if (apart !== undefined) {
        apart[1]++;
        if (step.matched) apart[0]++;
        continue;
      }
      steps++;
      if (step.matched || reason !== undefined) matched++;
      if (!step.matched)
        mismatches.push({ scenario: id, index, step, ...(reason === undefined ? {} : { known: reason }) });
    }
    for (const [index, final] of one.finals.entries()) {
      finals[1]++;
      const reason = known[`${id}#final${index}`];
      if (final.matched || reason !== undefined) finals[0]++;
      if (!final.matched)
        mismatches.push({ scenario: id, index, final, ...(reason === undefined ? {} : { known: reason }) });
    }
  }
  return { topic, score: { matched, steps, kubelet, unstable, finals }, mismatches };
}
