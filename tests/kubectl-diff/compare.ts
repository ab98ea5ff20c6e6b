import type { ServingCertificates } from '../../sim-core/host/http/certificates.ts';
import type { Outcome } from '../golden/compare.ts';
import { normalize } from '../golden/data/normalize.mjs';
import { play } from '../golden/play.ts';
import type { Scenario } from '../golden/transcript.ts';
import { runInProcess } from './in-process.ts';

/** One command and what each of the two kubectls made of it. */
export interface Difference {
  readonly scenario: string;
  readonly index: number;
  readonly command: string;
  readonly real: Outcome;
  readonly ours: Outcome;
}

export interface ScenarioResult {
  readonly id: string;
  readonly commands: number;
  readonly differences: readonly Difference[];
}

/** Help is in our own words: that help is printed, and where, is compared; not its text. */
function withoutHelp(text: string): string {
  return /^Usage:$/m.test(text) ? '<HELP>\n' : text;
}

/** Lines of client-go's log, which only the real one writes. */
function withoutLogs(text: string): string {
  return text.replace(/^[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ .*\n/gm, '');
}

/** Ages in columns that the transcripts' rules do not know: of tables without a heading, of a node's Pods. */
function withoutAges(text: string): string {
  return text.replace(/(^| {2,})(?:\d+[smhd]){1,2}(?=\s|$)/gm, '$1<AGE>');
}

/** Revisions as Go prints them inside of maps, and the hash in the names of a ReplicaSet whose template holds a time. */
function withoutRevisions(text: string): string {
  return text
    .replace(/\bresourceVersion:\d+/g, 'resourceVersion:<RV>')
    .replace(/\b([a-z][a-z0-9-]*)-[bcdfghjklmnpqrstvwxz2456789]{8,10}(?![a-z0-9])/g, '$1-<HASH>');
}

function normalized({ stdout, stderr, exit }: Outcome): Outcome {
  const clean = (text: string) => withoutRevisions(withoutAges(normalize(withoutHelp(withoutLogs(text))) as string));
  return { stdout: clean(stdout), stderr: clean(stderr), exit };
}

/** Types a scenario's commands into both, each on a fresh cluster of the same seed, and tells where they differ. */
export async function compareScenario(
  scenario: Scenario,
  programs: { readonly real: string; readonly ours: string; readonly certificates: ServingCertificates },
): Promise<ScenarioResult> {
  const { certificates } = programs;
  const [real, ours] = [
    await play({ ...scenario, final: [] }, { kubectl: programs.real, certificates }),
    await play({ ...scenario, final: [] }, { kubectl: programs.ours, certificates, run: runInProcess }),
  ];
  const differences: Difference[] = [];
  scenario.steps.forEach(({ cmd }, index) => {
    const a = normalized(real.outcomes[index]!);
    const b = normalized(ours.outcomes[index]!);
    if (a.stdout === b.stdout && a.stderr === b.stderr && a.exit === b.exit) return;
    differences.push({ scenario: scenario.id, index, command: cmd, real: a, ours: b });
  });
  return { id: scenario.id, commands: scenario.steps.length, differences };
}
