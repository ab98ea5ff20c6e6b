import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** One command that was typed, and what came of it. */
export interface Step {
  readonly cmd: string;
  readonly stdin?: string;
  /** Milliseconds to wait first. */
  readonly wait_before?: number;
  /** Then `cmd` is tried until its output matches. */
  readonly wait_for?: { readonly cmd: string; readonly matches: string };
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  /** Two recordings differed. */
  readonly unstable?: boolean;
  /** It shows what a simulated kubelet did. */
  readonly kubelet?: boolean;
}

/** Objects as they were at the end. */
export interface Final {
  readonly get: string;
  readonly items: readonly unknown[];
  readonly unstable?: boolean;
  /** JSON pointers into `items` of the values that two recordings did not have in common. */
  readonly unstable_paths?: readonly string[];
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly topic: string;
  /** The cluster that it is played on; `lab` where nothing stands here. */
  readonly preset?: string;
  readonly namespace: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly final: readonly Final[];
}

const folder = path.join(import.meta.dirname, 'data');

/** The topics that there are recordings of, sorted. */
export function topics(): string[] {
  return globSync('*.jsonl', { cwd: folder })
    .map((file) => path.basename(file, '.jsonl'))
    .sort();
}

/** The scenarios of a topic, in the order recorded. */
export function scenarios(topic: string): Scenario[] {
  const lines = readFileSync(path.join(folder, `${topic}.jsonl`), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Scenario);
}
