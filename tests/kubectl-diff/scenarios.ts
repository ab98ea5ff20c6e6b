import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Scenario, Step } from '../golden/transcript.ts';
import { files } from './files.ts';

const folder = path.join(import.meta.dirname, 'scenarios');

/** Commands of our own, besides those of the golden transcripts: a file of `scenarios/` is a scenario, a line a command. */
export function ownScenarios(): Scenario[] {
  return globSync('*.txt', { cwd: folder })
    .sort()
    .map((file) => parseScenario(path.basename(file, '.txt'), readFileSync(path.join(folder, file), 'utf8')));
}

/** The first line is the title, a second `# preset: NAME` the cluster's preset; `@5s` lets five seconds of the cluster's time pass before the next command. */
export function parseScenario(id: string, text: string): Scenario {
  const [title = '', ...rest] = text.split('\n');
  const preset = /^# preset: (\S+)$/.exec(rest[0] ?? '')?.[1];
  const lines = preset === undefined ? rest : rest.slice(1);
  const steps: Step[] = [];
  let wait: number | undefined;
  for (const line of lines) {
    const pause = /^@(\d+)s$/.exec(line);
    if (pause !== null) wait = Number(pause[1]) * 1000;
    else if (line !== '') {
      steps.push({ cmd: line, stdout: '', stderr: '', exit: 0, ...(wait === undefined ? {} : { wait_before: wait }) });
      wait = undefined;
    }
  }
  return { id, topic: 'own', preset, title: title.replace(/^# /, ''), namespace: 'diff', files, steps, final: [] };
}
