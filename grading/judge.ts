import '../sim-core/host/programs.ts';
import { prepareReplay, ReplayError, replay, type Session, type SessionLog } from '../sim-core/host/session.ts';
import { askPlain } from './checks/plain.ts';
import { type StateAt, stateDigest } from './digest.ts';
import { evaluateLog, type Report } from './evaluate.ts';
import { type Check, checksOf, type Exercise } from './format/exercise.ts';
import { isPlain, type PlainTest } from './format/tests.ts';
import { instantiate } from './format/variants.ts';
import { PRACTICE_SEED } from './seed.ts';
import { quiet, StateNotes } from './submission.ts';

/**
 * What an engine that was published earlier is asked, and answers: plain JSON. A change of these shapes that older engines could not take gets
 * another number.
 */
export const JUDGE_API = 1;

/** A session to be judged. */
export interface Case {
  readonly exercise: Exercise;
  /** Checks that the learner has not seen; they are judged with the others and answered for themselves. */
  readonly hidden: readonly Check[];
  readonly log: SessionLog;
  /** Judge it as it was before this entry of the log was taken; absent: at its end. */
  readonly upTo?: number;
  /** What the log's cluster should have been on the way, … */
  readonly states: readonly StateAt[];
  /** … and at its end. */
  readonly state: string;
}

export interface Judgement {
  /** The log cannot be replayed. */
  readonly failure?: string;
  /** The cluster at the log's end. */
  readonly state?: string;
  /** Between which entries the replay left the way: it agreed before the one, and no more before the other. */
  readonly differs?: { readonly agreed: number; readonly before: number };
  readonly report?: Report;
  readonly hidden?: Report;
  readonly broke?: Broke;
}

/** When a check that had passed began to fail. */
export interface Broke {
  readonly check: string;
  /** Virtual seconds since the cluster began. */
  readonly at: number;
  /** The command before it. */
  readonly text: string;
}

/** Makes a session's cluster again and judges it. What goes wrong with the log is in the answer; other errors are thrown. */
export async function judge(asked: Case): Promise<Judgement> {
  const { exercise, hidden, log, upTo, states, state } = asked;
  const cut = upTo !== undefined && upTo < log.entries.length;
  try {
    await prepareReplay(log);
    const whole = cut ? stateDigest(replay(quiet(log)).cluster) : undefined;
    if (whole !== undefined && whole !== state) return { state: whole, differs: divergence(log, states) };
    const watch = new Watch(exercise, log);
    const merged = withHidden(exercise, hidden);
    const report = await evaluateLog(merged, cut ? before(log, upTo) : log, watch);
    const end = whole ?? watch.end;
    if (end !== state) return { state: end, differs: divergence(log, states) };
    const open = only(report, exercise);
    return {
      state: end,
      report: open,
      ...(hidden.length === 0 ? {} : { hidden: only(report, { ...exercise, steps: merged.steps.slice(-1) }) }),
      ...watch.brokeOf(open),
    };
  } catch (error) {
    if (error instanceof ReplayError) return { failure: error.message, differs: divergence(log, states) };
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

/** The log as it was before an entry was taken. */
function before({ cluster, entries }: SessionLog, entry: number): SessionLog {
  const { time, executed } = entries[entry]!;
  return { cluster, entries: entries.slice(0, entry), until: { time, executed } };
}

export function withHidden(exercise: Exercise, hidden: readonly Check[]): Exercise {
  if (hidden.length === 0) return exercise;
  const title = { en: 'Checks at grading', ko: '채점 때 실행하는 검사' };
  const step = { id: 'checks-at-grading', title, text: title, hints: [], checks: hidden };
  return { ...exercise, steps: [...exercise.steps, step] };
}

/** The part of a report that belongs to some checks. */
function only(report: Report, exercise: Exercise): Report {
  const ids = new Set(checksOf(exercise).map(({ id }) => id));
  const results = report.results.filter(({ id }) => ids.has(id));
  const sum = (field: 'points' | 'of') => results.reduce((total, result) => total + result[field], 0);
  return { exercise: exercise.id, points: sum('points'), of: sum('of'), results };
}

/** Replays a log once more, to find between which of the noted states it leaves the way. */
function divergence(log: SessionLog, states: readonly StateAt[]): { agreed: number; before: number } {
  const notes = new StateNotes(log);
  try {
    replay(quiet(log), undefined, (session) => notes.begun(session));
  } catch {
    // It ends there; what was noted until then tells where.
  }
  const found = new Map(notes.states.map(({ entry, state }) => [entry, state]));
  let agreed = 0;
  for (const { entry, state } of states) {
    if (found.get(entry) !== state) return { agreed, before: entry };
    agreed = entry;
  }
  return { agreed, before: log.entries.length };
}

/** So many moments of a session are looked at. */
const MOMENTS = 200;

/** Looks at the plain checks between a learner's commands, to know when one that had passed began to fail. */
class Watch {
  end = '';
  private readonly checks: readonly Check[];
  private readonly every: number;
  private readonly passed = new Set<string>();
  private readonly moments = new Map<string, Broke>();
  private command = '';
  private seen = 0;
  private start = 0;

  constructor(exercise: Exercise, log: SessionLog) {
    const mine = instantiate(exercise, log.cluster.seed ?? PRACTICE_SEED);
    this.checks = checksOf(mine).filter(({ test, parts }) => parts === undefined && isPlain(test));
    this.every = Math.ceil(log.entries.filter(({ input }) => input.type === 'note').length / MOMENTS);
  }

  begun(session: Session): void {
    this.start = session.cluster.engine.now;
    session.before = (input) => {
      if (input.type !== 'note') return;
      if (this.seen++ % this.every === 0) this.look(session);
      this.command = input.text;
    };
  }

  ended(session: Session): void {
    session.before = undefined;
    this.look(session);
    this.end = stateDigest(session.cluster);
  }

  brokeOf(report: Report): { broke?: Broke } {
    const failed = report.results.filter(({ status }) => status === 'failed').map(({ id }) => this.moments.get(id));
    const [first] = failed.filter((moment) => moment !== undefined).sort((left, right) => left.at - right.at);
    return first === undefined ? {} : { broke: first };
  }

  private look({ cluster }: Session): void {
    for (const { id, test } of this.checks) {
      let now: boolean;
      try {
        now = askPlain(test as PlainTest, { cluster }).status === 'passed';
      } catch {
        continue;
      }
      if (now) {
        this.passed.add(id);
        this.moments.delete(id);
      } else if (this.passed.delete(id)) {
        const at = Math.round((cluster.engine.now - this.start) / 1_000_000);
        this.moments.set(id, { check: id, at, text: this.command });
      }
    }
  }
}
