/**
 * `npm test`: runs every check of the project and ends in one line, `N passed, N failed[, N skipped]`.
 * `npm test -- --only=unit,kubectl` runs some stages (see scripts/test/stages.ts), `--list` names them.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { closingLine, sum } from './test/count.ts';
import { type Outcome, runStage } from './test/run-stage.ts';
import { runStages } from './test/schedule.ts';
import { STAGES } from './test/stages.ts';

function chosenStages(): typeof STAGES {
  const { values } = parseArgs({ options: { only: { type: 'string' }, list: { type: 'boolean' } } });
  if (values.list) {
    for (const stage of STAGES) console.log(`${stage.name.padEnd(10)} ${stage.title}`);
    process.exit(0);
  }
  const names = values.only?.split(',');
  const unknown = names?.filter((name) => !STAGES.some((stage) => stage.name === name)) ?? [];
  if (unknown.length > 0) {
    console.error(
      `npm test: no stage is called ${unknown.join(', ')}. There are: ${STAGES.map((s) => s.name).join(', ')}.`,
    );
    process.exit(2);
  }
  return names === undefined ? STAGES : STAGES.filter((stage) => names.includes(stage.name));
}

function printSummary(outcomes: readonly Outcome[]): void {
  for (const { stage, closing } of outcomes) {
    if (closing.length > 0) console.log(`\n── ${stage.title}\n${closing.map((line) => `   ${line}`).join('\n')}`);
  }
  console.log(
    `\n${'stage'.padEnd(10)} ${'passed'.padStart(7)} ${'failed'.padStart(7)} ${'skipped'.padStart(8)} ${'seconds'.padStart(8)}`,
  );
  for (const { stage, counts, seconds } of outcomes) {
    const cells = [
      String(counts.passed).padStart(7),
      String(counts.failed).padStart(7),
      String(counts.skipped).padStart(8),
    ];
    console.log(`${stage.name.padEnd(10)} ${cells.join(' ')} ${seconds.toFixed(1).padStart(8)}`);
  }
  const skipped = outcomes.filter((outcome) => outcome.reason !== undefined);
  for (const { stage, reason } of skipped) console.log(`\n!!! SKIPPED ${stage.title} (${stage.name}): ${reason}`);
}

const outcomes = await runStages({
  stages: chosenStages(),
  cores: availableParallelism(),
  run: runStage,
  print: (chunk) => process.stdout.write(chunk),
});

printSummary(outcomes);
const total = sum(outcomes.map((outcome) => outcome.counts));
console.log(`\n${closingLine(total)}`);
process.exitCode = total.failed === 0 ? 0 : 1;
