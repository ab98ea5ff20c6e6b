import type { Flag, GradedFile } from '../batch/graded.ts';
import type { Course } from '../course/course.ts';
import { checksOf, type Exercise } from '../format/exercise.ts';
import { type Drawn, drawnBy } from '../format/variants.ts';
import { lmsNumbers } from '../formats/people.ts';
import { describeProblem, type Problem } from '../grade.ts';
import type { Walkthrough } from '../load.ts';
import { percent, span } from '../reports/figures.ts';
import { canaries } from './canary.ts';
import { sharedCode, type Written } from './code.ts';
import { sharedCommands } from './commands.ts';
import { normalCommand, ownValues } from './normal.ts';
import { sayFlag } from './say.ts';
import { timing } from './timing.ts';
import type { Trace, Traced } from './trace.ts';

export interface IntegrityInput {
  readonly files: readonly GradedFile[];
  /** By file. */
  readonly traces: ReadonlyMap<string, Trace>;
  readonly exercises: ReadonlyMap<string, Exercise>;
  /** Recorded ways of an exercise: what is done like them is no evidence of anything. */
  readonly ways: (exercise: string) => readonly Walkthrough[];
  readonly course?: Course;
}

/** Problems that say that a file and its replay do not agree. */
const DISAGREE: ReadonlySet<Problem> = new Set([
  'altered',
  'does-not-replay',
  'score-differs',
  'state-differs',
  'other-cluster',
  'other-seed',
]);

type Note = (file: string, kind: string, values: Flag['values'], others?: readonly string[]) => void;

/** Evidence about a class's submissions, by file. It is for people to look at: nothing here is a verdict. */
export function integrity(input: IntegrityInput): Map<string, Flag[]> {
  const flags = new Map<string, Flag[]>();
  const note: Note = (file, kind, values, others) => {
    const flag = { kind, ...(others === undefined ? {} : { with: others }), values };
    flags.set(file, [...(flags.get(file) ?? []), { ...flag, evidence: sayFlag({ ...flag, evidence: kind }, 'en') }]);
  };
  sameFiles(input.files, note);
  for (const file of input.files) {
    if (file.problem === undefined || !DISAGREE.has(file.problem)) continue;
    const { problem } = file;
    note(file.file, 'replay', {
      'problem.en': describeProblem(problem, 'en'),
      'problem.ko': describeProblem(problem, 'ko'),
    });
  }
  const byExercise = new Map<string, Traced[]>();
  for (const graded of input.files) {
    const trace = input.traces.get(graded.file);
    if (trace === undefined || graded.exercise === undefined) continue;
    byExercise.set(graded.exercise, [...(byExercise.get(graded.exercise) ?? []), { graded, trace }]);
  }
  for (const [id, traced] of byExercise) {
    const exercise = input.exercises.get(id);
    if (exercise !== undefined) compare(exercise, traced, input, note);
  }
  return flags;
}

/** The same bytes from two people. */
function sameFiles(files: readonly GradedFile[], note: Note): void {
  const bySum = new Map<string, GradedFile[]>();
  for (const file of files) bySum.set(file.sha256, [...(bySum.get(file.sha256) ?? []), file]);
  for (const same of bySum.values()) {
    for (const file of same) {
      const others = same.filter((other) => personOf(other) !== personOf(file)).map((other) => other.file);
      if (others.length > 0) note(file.file, 'same-file', {}, others);
    }
  }
}

/** Whose a file is: of two people who hand in the same bytes only what the LMS wrote, the roster and the folder can tell. */
function personOf({ rosterId, file }: GradedFile): string {
  return lmsNumbers(file)[0] ?? rosterId ?? file.split('/').slice(0, -1).join('/');
}

function learnerOf({ rosterId, learner, file }: GradedFile): string {
  return rosterId ?? learner?.id ?? file;
}

function compare(exercise: Exercise, traced: readonly Traced[], { ways, course }: IntegrityInput, note: Note): void {
  const recorded = ways(exercise.id);
  const task = course?.exercises.find((each) => each.exercise === exercise.id);
  for (const { graded, trace } of traced) {
    for (const { kind, ...values } of timing(trace, graded.savedAt, task?.open?.at)) {
      const { seconds } = values as { seconds?: number };
      const said: Record<string, string> =
        seconds === undefined ? {} : { 'span.en': span(seconds, 'en'), 'span.ko': span(seconds, 'ko') };
      note(graded.file, kind, { ...values, ...said });
    }
  }
  for (const { file, value, owners, where } of canaries(exercise, traced))
    note(file, 'canary', { value, where }, owners);
  const drawn = (seed: number | undefined): Drawn => (seed === undefined ? {} : drawnBy(exercise, seed));
  const own = new Map(traced.map(({ graded }) => [graded.file, ownValues(drawn(graded.seed))]));
  histories(traced, note);
  const sequences = traced.map(({ graded, trace }) => ({
    file: graded.file,
    learner: learnerOf(graded),
    commands: trace.commands.map(({ text }) => normalCommand(text, own.get(graded.file)!)),
  }));
  for (const { left, right, shared, bits, part } of sharedCommands(sequences, knownCommands(exercise, recorded))) {
    const values = { count: shared.length, bits: Math.round(bits), part: percent(part), shared: shared.join('\n') };
    note(left.file, 'similar-commands', values, [right.file]);
    note(right.file, 'similar-commands', values, [left.file]);
  }
  const written = traced.flatMap(({ graded, trace }): Written[] =>
    Object.entries(trace.files)
      // What a command printed into a file, nobody has written.
      .filter(([name]) => !trace.commands.some(({ text }) => text.includes(`> ${name}`) || text.includes(`>${name}`)))
      .filter(([name, content]) => /\.(ya?ml|json|[cm]?[jt]sx?)$/.test(name) && exercise.files[name] !== content)
      .map(([name, content]) => ({
        file: graded.file,
        learner: learnerOf(graded),
        name,
        content: mended(content, own.get(graded.file)!),
      })),
  );
  const given = [...Object.values(exercise.files), ...recorded.flatMap(({ files }) => Object.values(files))];
  for (const { left, right, similarity } of sharedCode(written, given)) {
    const values = { name: left.name, similarity: percent(similarity) };
    note(left.file, 'similar-code', values, [right.file]);
    note(right.file, 'similar-code', values, [left.file]);
  }
}

/**
 * So many commands at the same microsecond are no chance. Those count once that stand at the same fraction of a second: a clock that is paused and
 * set on by whole seconds comes by the same moments with everybody.
 */
const LEAST_SAME = 5;
const fractionOf = (at: number) => at % 1_000_000;

/** Two logs whose commands stand at the very same times: the one was made of the other. */
function histories(traced: readonly Traced[], note: Note): void {
  const stamps = traced.map(({ graded, trace }) => ({
    graded,
    commands: new Map(trace.commands.map(({ at, text }) => [`${at} ${text}`, at])),
  }));
  for (const [index, left] of stamps.entries()) {
    for (const right of stamps.slice(index + 1)) {
      if (learnerOf(left.graded) === learnerOf(right.graded)) continue;
      const same = [...left.commands].filter(([command]) => right.commands.has(command)).map(([, at]) => at);
      const [count, of] = [same.length, Math.min(left.commands.size, right.commands.size)];
      if (count * 2 < of || new Set(same.map(fractionOf)).size < LEAST_SAME) continue;
      note(left.graded.file, 'same-history', { count, of }, [right.graded.file]);
      note(right.graded.file, 'same-history', { count, of }, [left.graded.file]);
    }
  }
}

/** Commands that the exercise itself leads to. */
function knownCommands(exercise: Exercise, recorded: readonly Walkthrough[]): ReadonlySet<string> {
  const texts = [
    ...exercise.steps.flatMap(({ text, hints }) => [text, ...hints]),
    ...checksOf(exercise).flatMap(({ mistakes }) => mistakes.map(({ say }) => say)),
  ].flatMap(({ en, ko }) => [en, ko]);
  const quoted = texts.flatMap((text) => [...text.matchAll(/`([^`]+)`/g)].map(([, inner]) => inner!));
  const lines = recorded.flatMap(({ steps }) => steps.filter((step) => typeof step === 'string'));
  return new Set([...quoted, ...lines].map((line) => normalCommand(line, new Map())));
}

/** A text with the learner's own values replaced by what they stand for. */
function mended(content: string, own: ReadonlyMap<string, string>): string {
  let text = content;
  for (const [value, name] of own) text = text.replaceAll(value, name);
  return text;
}
