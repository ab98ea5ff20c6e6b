/**
 * `npm run kubectl-diff [-- scenario… --json FILE --parallel N]`: types commands into the real kubectl 1.33 and into ours, against
 * the same served cluster, and prints where stdout, stderr or exit code differ. `--short` compares the scenarios whose first line
 * ends in `(short)`. It fails for a difference that explained.json does not explain, and for an explanation that explains nothing.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { makeCertificates } from '../../sim-core/host/http/certificates.ts';
import { scenarios as golden, topics } from '../golden/transcript.ts';
import { findKubectls } from '../kubectl/find-kubectl.ts';
import { bundleKubectl } from './bundle.ts';
import { compareScenario, type Difference } from './compare.ts';
import { ownScenarios } from './scenarios.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    parallel: { type: 'string', default: '2' },
    quiet: { type: 'boolean' },
    short: { type: 'boolean' },
  },
});
const kubectl = findKubectls().find(({ version }) => version === '1.33');
if (kubectl === undefined) {
  process.stderr.write('kubectl-diff: there is no kubectl 1.33 on PATH: nothing can be compared\n');
  process.stdout.write('0 passed, 0 failed, 1 skipped\n');
  process.exit(values.short === true ? 0 : 1);
}
/** Reasons by `scenario: command`; one that begins with `at times:` is of what depends on the moment. */
const explained = JSON.parse(readFileSync(path.join(import.meta.dirname, 'explained.json'), 'utf8')) as Record<
  string,
  string
>;
const keyOf = ({ scenario, command }: Pick<Difference, 'scenario' | 'command'>): string => `${scenario}: ${command}`;
const all = [...ownScenarios(), ...topics().flatMap((topic) => golden(topic))];
const chosen =
  positionals.length === 0
    ? all.filter(({ title }) => values.short !== true || title.endsWith('(short)'))
    : all.filter(({ id, topic }) => positionals.includes(id) || positionals.includes(topic));
const folder = mkdtempSync(path.join(tmpdir(), 'kubectl-diff-'));
const programs = { real: kubectl.path, ours: await bundleKubectl(folder), certificates: await makeCertificates() };
const queue = [...chosen];
const differences: Difference[] = [];
let commands = 0;

async function work(): Promise<void> {
  for (let scenario = queue.shift(); scenario !== undefined; scenario = queue.shift()) {
    const result = await compareScenario(scenario, programs);
    commands += result.commands;
    differences.push(...result.differences);
    for (const difference of result.differences) if (values.quiet !== true) show(difference);
  }
}

function show({ scenario, index, command, real, ours }: Difference): void {
  const known = explained[keyOf({ scenario, command })];
  process.stdout.write(
    `\n== ${scenario}#${index}  ${command.slice(0, 300)}${known === undefined ? '' : `\n   (explained: ${known})`}\n`,
  );
  for (const part of ['stdout', 'stderr'] as const) {
    if (real[part] === ours[part]) continue;
    const [a, b] = [real[part].split('\n'), ours[part].split('\n')];
    let from = 0;
    while (from < a.length && a[from] === b[from]) from++;
    const lines = (list: readonly string[], mark: string) =>
      list
        .slice(from, from + 12)
        .map((line) => `${mark} ${line.slice(0, 400)}\n`)
        .join('');
    process.stdout.write(`${part}, from line ${from + 1}\n${lines(a, '-')}${lines(b, '+')}`);
  }
  if (real.exit !== ours.exit) process.stdout.write(`exit ${real.exit} -> ${ours.exit}\n`);
}

await Promise.all(Array.from({ length: Number(values.parallel) }, work));
rmSync(folder, { recursive: true, force: true });
const same = commands - differences.length;
const open = differences.filter((difference) => explained[keyOf(difference)] === undefined);
const found = new Set(differences.map(keyOf));
const stale = Object.keys(explained).filter(
  (key) =>
    !explained[key]!.startsWith('at times:') &&
    !found.has(key) &&
    chosen.some(({ id, steps }) => key.startsWith(`${id}: `) && steps.some(({ cmd }) => key === `${id}: ${cmd}`)),
);
const unknown = Object.keys(explained).filter(
  (key) => !all.some(({ id, steps }) => steps.some(({ cmd }) => key === `${id}: ${cmd}`)),
);
for (const key of [...stale, ...unknown]) process.stdout.write(`explained.json: nothing differs any more in: ${key}\n`);
process.stdout.write(
  `\n${same}/${commands} identical (${((100 * same) / commands).toFixed(1)} %), ${differences.length - open.length} explained, ${open.length} not\n`,
);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ commands, same, differences }, null, 1));
const failures = open.length + stale.length + unknown.length;
process.stdout.write(`${commands - open.length} passed, ${failures} failed\n`);
process.exitCode = failures > 0 ? 1 : 0;
