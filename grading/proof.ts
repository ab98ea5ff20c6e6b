import { SECOND } from '../sim-core/engine/index.ts';
import type { Change } from '../sim-core/store/store.ts';
import { keepChanges, type Lived } from './checks/copies.ts';
import { evaluateLived, evaluateLog, type Report } from './evaluate.ts';
import { type Check, checksOf, type Exercise, pointsOf } from './format/exercise.ts';
import { instantiate } from './format/variants.ts';
import { withHidden } from './judge.ts';
import { instantiateWalkthrough, type Walkthrough } from './load.ts';
import { textFaults, walkthroughFaults } from './proof-texts.ts';
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

/** Virtual seconds that pass in the proof that time alone earns nothing; of an exercise with visitors, until after the last span. */
const IDLE = 1200;

/**
 * Shows what follows from the files alone: that texts are complete in both languages, and that there are a solution, another way and a mistake.
 */
export function proveForm(exercise: Exercise, walkthroughs: readonly Walkthrough[]): Proof[] {
  const about = { exercise: exercise.id, seed: 0 };
  return [
    { ...about, name: 'texts in both languages', faults: textFaults(exercise) },
    { ...about, name: 'solutions and mistakes', faults: walkthroughFaults(walkthroughs) },
  ];
}

export interface ProveOptions {
  /** Also that every check counts. */
  readonly counts?: boolean;
  /** No walkthroughs but this one. */
  readonly only?: 'solution';
  /** Checks that learners do not see: nothing earns nothing of them, what is right everything. */
  readonly hidden?: readonly Check[];
}

/**
 * Shows that an exercise does what it says to a learner of this seed: untouched it earns nothing, nor by time going by; its solution and every
 * other correct way earn everything; each recorded mistake earns its own points and its own words. With `counts`, also that every check counts:
 * see `idleChecks`. With `only`, no more than that its solution earns everything.
 */
export async function prove(
  general: Exercise,
  walkthroughs: readonly Walkthrough[],
  seed: number,
  { counts = false, only, hidden = [] }: ProveOptions = {},
): Promise<Proof[]> {
  const exercise = instantiate(general, seed);
  const whole = instantiate(withHidden(general, hidden), seed);
  const proofs: Proof[] = [];
  const add = (name: string, faults: string[]) => proofs.push({ exercise: exercise.id, seed, name, faults });
  if (only === undefined) {
    add('untouched', await earnsNothing(whole, seed, 0));
    add('time going by', await earnsNothing(whole, seed, IDLE));
  }
  const reports = new Map<Walkthrough, Report>();
  for (const recorded of walkthroughs) {
    if (only !== undefined && recorded.kind !== only) continue;
    const walkthrough = instantiateWalkthrough(recorded, general, seed);
    try {
      // The points of a mistake are those that its learner sees.
      const judged = recorded.kind === 'mistake' ? exercise : whole;
      const byLog = recorded.kind === 'solution' && only === undefined;
      const { commands, report } = await walk(judged, walkthrough, seed, byLog);
      reports.set(walkthrough, report);
      add(walkthrough.name, judge(judged, walkthrough, report, commands));
    } catch (error) {
      add(walkthrough.name, [`could not be carried out: ${error instanceof Error ? error.message : String(error)}`]);
    }
  }
  if (counts) add('every check counts', await idleChecks(exercise, reports, seed));
  return proofs;
}

/**
 * Goes a recorded way and judges what comes of it: `byLog` as grading does; else the cluster itself, which is the same and costs a replay less.
 */
async function walk(
  exercise: Exercise,
  walkthrough: Walkthrough,
  seed: number,
  byLog = false,
): Promise<{ commands: CommandResult[]; report: Report }> {
  const lived = begin(exercise, seed);
  const files = { ...exercise.files, ...walkthrough.files };
  const commands = await carryOut(lived.local, { ...walkthrough, files }, exercise.components);
  const report = byLog ? await evaluateLog(exercise, lived.local.log()) : await evaluateLived(exercise, lived);
  return { commands, report };
}

function begin(exercise: Exercise, seed: number): Lived {
  const changes: Change[] = [];
  return { local: startExercise(exercise, seed, (session) => keepChanges(session, changes)), changes };
}

/** What is earned by doing nothing for so many virtual seconds. */
async function earnsNothing(exercise: Exercise, seed: number, seconds: number): Promise<string[]> {
  const lived = begin(exercise, seed);
  const { engine } = lived.local.session.cluster;
  engine.runUntil(engine.now + seconds * SECOND);
  const report = await evaluateLived(exercise, lived);
  const gifts = report.results
    .filter(({ status, points }) => status === 'passed' || points > 0)
    .map(({ id }) => `check ${id} passes although nothing was done`);
  return [...gifts, ...notAsked(report)];
}

/**
 * A check counts when taking it away would change how someone fares who did only some of it right: it fails in a recorded mistake, or after only
 * the first steps of the solution, while another passes there.
 */
async function idleChecks(
  exercise: Exercise,
  reports: ReadonlyMap<Walkthrough, Report>,
  seed: number,
): Promise<string[]> {
  const waiting = new Set(checksOf(exercise).map(({ id }) => id));
  const take = ({ results }: Report) => {
    const some = results.some(({ points }) => points > 0);
    for (const { id, points, of } of results) if (points < of && (some || results.length === 1)) waiting.delete(id);
  };
  for (const [{ kind, expect }, report] of reports) {
    if (kind !== 'mistake') continue;
    waiting.delete(expect?.check ?? '');
    take(report);
  }
  const solution = [...reports.keys()].find(({ kind }) => kind === 'solution');
  for (let done = (solution?.steps.length ?? 0) - 1; done > 0 && waiting.size > 0; done--) {
    const part = await walk(
      exercise,
      { ...solution!, kind: 'mistake', steps: solution!.steps.slice(0, done) },
      seed,
    ).catch(() => undefined);
    if (part !== undefined) take(part.report);
  }
  return [...waiting].map(
    (id) => `check ${id} fails in no mistake and in no part of the solution: nothing shows what it is for`,
  );
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
