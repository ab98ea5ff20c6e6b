import { evaluateLog, type Report } from './evaluate.ts';
import { type Exercise, pointsOf } from './format/exercise.ts';
import { instantiate } from './format/variants.ts';
import { instantiateWalkthrough, type Walkthrough } from './load.ts';
import { type CommandResult, carryOut, startExercise } from './walkthrough.ts';

/** One thing that was to be shown of an exercise. */
export interface Proof {
  readonly exercise: string;
  readonly seed: number;
  /** `untouched`, or the walkthrough's name. */
  readonly name: string;
  /** What is wrong; none: shown. */
  readonly faults: readonly string[];
}

/**
 * Shows that an exercise does what it says: untouched it earns nothing, its solution and every other correct way earn everything, and each
 * recorded mistake earns its own points and its own words.
 */
export async function prove(general: Exercise, walkthroughs: readonly Walkthrough[], seed: number): Promise<Proof[]> {
  const exercise = instantiate(general, seed);
  const proofs: Proof[] = [{ exercise: exercise.id, seed, name: 'untouched', faults: await untouched(exercise, seed) }];
  for (const recorded of walkthroughs) {
    const walkthrough = instantiateWalkthrough(recorded, general, seed);
    const local = startExercise(exercise, seed);
    const files = { ...exercise.files, ...walkthrough.files };
    const { name } = walkthrough;
    let faults: string[];
    try {
      const commands = await carryOut(local, { ...walkthrough, files }, exercise.components);
      faults = judge(exercise, walkthrough, await evaluateLog(exercise, local.log()), commands);
    } catch (error) {
      faults = [`could not be carried out: ${error instanceof Error ? error.message : String(error)}`];
    }
    proofs.push({ exercise: exercise.id, seed, name, faults });
  }
  return proofs;
}

async function untouched(exercise: Exercise, seed: number): Promise<string[]> {
  const report = await evaluateLog(exercise, startExercise(exercise, seed).log());
  const gifts = report.results
    .filter(({ status }) => status === 'passed')
    .map(({ id }) => `check ${id} passes although nothing was done`);
  return [...gifts, ...notAsked(report)];
}

function judge(
  exercise: Exercise,
  { kind, points, expect }: Walkthrough,
  report: Report,
  commands: readonly CommandResult[],
): string[] {
  const faults = notAsked(report);
  if (kind !== 'mistake') {
    for (const { line, code, stderr } of commands)
      if (code !== 0) faults.push(`"${line}" failed (${code}): ${stderr.trim()}`);
    const all = points ?? pointsOf(exercise);
    if (report.points !== all) faults.push(`earns ${report.points} of ${all}: ${failures(report)}`);
    return faults;
  }
  if (points !== undefined && report.points !== points)
    faults.push(`earns ${report.points}, and should earn ${points}: ${failures(report)}`);
  const result = report.results.find(({ id }) => id === expect!.check);
  if (result === undefined) faults.push(`there is no check "${expect!.check}"`);
  else if (result.status !== 'failed') faults.push(`check ${result.id} should fail, and is ${result.status}`);
  else if (expect!.mistake !== undefined && result.mistake?.id !== expect!.mistake) {
    faults.push(
      `check ${result.id} should say "${expect!.mistake}", and says "${result.mistake?.id ?? result.message?.key}"`,
    );
  }
  return faults;
}

/** On Check, everything can be asked: what was not is a fault of the exercise. */
function notAsked(report: Report): string[] {
  return report.results
    .filter(({ status }) => status === 'not-run')
    .map(({ id, message }) => `check ${id} could not be run: ${JSON.stringify(message?.values)}`);
}

function failures(report: Report): string {
  return report.results
    .filter(({ status }) => status !== 'passed')
    .map(
      ({ id, message, mistake }) => `${id} (${mistake?.id ?? message?.key} ${JSON.stringify(message?.values ?? {})})`,
    )
    .join(', ');
}
