/**
 * `npm run golden [-- topic… --verbose --update --json FILE --parallel N]`: plays the transcripts of a real control plane with the real
 * kubectl, and prints per topic how many steps match exactly.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findKubectls } from '../kubectl/find-kubectl.ts';
import { type Mismatch, readRatchet, scoreTopics, type TopicResult, writeRatchet } from './score.ts';
import { topics } from './transcript.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    verbose: { type: 'boolean', short: 'v' },
    update: { type: 'boolean' },
    json: { type: 'string' },
    parallel: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const [kubectl] = findKubectls();
if (kubectl === undefined) {
  process.stderr.write('golden: there is no kubectl between 1.27 and 1.33 on PATH: nothing can be played\n');
  process.exit(1);
}
if (kubectl.version !== '1.33') process.stdout.write(`Played with kubectl ${kubectl.version}; recorded with 1.33.\n`);
const unknown = positionals.filter((topic) => !topics().includes(topic));
if (unknown.length > 0) {
  process.stderr.write(`golden: no topic ${unknown.join(', ')}; there are: ${topics().join(', ')}\n`);
  process.exit(2);
}
const pair = ([matched, all]: readonly [number, number]) => (all === 0 ? '' : `${matched}/${all}`);
const print = ({ topic, score }: TopicResult) => {
  const share = `${score.matched}/${score.steps}`;
  process.stdout.write(
    `${topic.padEnd(16)}${share.padStart(9)}   final ${pair(score.finals).padEnd(6)} kubelet ${pair(score.kubelet).padEnd(6)} unstable ${pair(score.unstable)}\n`,
  );
};
const results = await scoreTopics(positionals.length > 0 ? positionals : topics(), {
  kubectl: kubectl.path,
  parallel: Number(values.parallel),
  report: (actor, error) =>
    process.stderr.write(`DEFECT in ${actor}: ${error instanceof Error ? error.stack : String(error)}\n`),
  ...(values.only === undefined ? {} : { only: ({ id }) => id === values.only }),
  done: print,
});
const total = results.reduce<readonly [number, number]>(
  (sum, { score }) => [sum[0] + score.matched, sum[1] + score.steps],
  [0, 0] as const,
);
process.stdout.write(
  `${'all'.padEnd(16)}${`${total[0]}/${total[1]}`.padStart(9)}   ${((100 * total[0]) / total[1]).toFixed(1)} %\n`,
);
if (values.verbose === true) for (const { mismatches } of results) for (const mismatch of mismatches) show(mismatch);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(results, null, 1));
if (values.update === true) {
  const ratchet = readRatchet();
  for (const { topic, score } of results) {
    const before = ratchet[topic];
    ratchet[topic] = {
      matched: Math.max(before?.matched ?? 0, score.matched),
      finals: Math.max(before?.finals ?? 0, score.finals[0]),
    };
  }
  writeRatchet(Object.fromEntries(Object.entries(ratchet).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function show({ scenario, index, step, final, known }: Mismatch): void {
  if (known !== undefined) return;
  if (step !== undefined) {
    process.stdout.write(`\n== ${scenario}#${index}  ${step.step.cmd}\n`);
    differ(step.expected.stdout, step.found.stdout);
    differ(step.expected.stderr, step.found.stderr);
    if (step.expected.exit !== step.found.exit)
      process.stdout.write(`exit ${step.expected.exit} -> ${step.found.exit}\n`);
  } else if (final !== undefined) {
    process.stdout.write(`\n== ${scenario}#final${index}  get ${final.final.get}\n`);
    differ(final.expected, final.found);
  }
}

/** Lines that only one of two texts has. */
function differ(expected: string, found: string): void {
  if (expected === found) return;
  const [a, b] = [expected.split('\n'), found.split('\n')];
  const count = new Map<string, number>();
  for (const line of b) count.set(line, (count.get(line) ?? 0) + 1);
  const missing: string[] = [];
  for (const line of a) {
    const left = count.get(line) ?? 0;
    if (left > 0) count.set(line, left - 1);
    else missing.push(line);
  }
  const extra: string[] = [];
  for (const line of b) {
    const left = count.get(line) ?? 0;
    if (left <= 0) continue;
    count.set(line, left - 1);
    extra.push(line);
  }
  for (const line of missing.slice(0, 30)) process.stdout.write(`- ${line}\n`);
  for (const line of extra.slice(0, 30)) process.stdout.write(`+ ${line}\n`);
  if (missing.length === 0 && extra.length === 0) process.stdout.write('(the same lines in another order)\n');
}
