/** Who is in a synthetic class, and what is known of each before anything is graded. */

import type { Exercise } from '../../grading/format/exercise.ts';
import { pointsOf } from '../../grading/format/exercise.ts';
import { drawnBy } from '../../grading/format/variants.ts';
import { ownValues } from '../../grading/integrity/normal.ts';
import type { Walkthrough } from '../../grading/load.ts';
import type { Problem } from '../../grading/problems.ts';
import { learnerSeed } from '../../grading/seed.ts';
import { RandomStream } from '../../sim-core/engine/random.ts';

export const COURSE = 'class-of-tests';

/** An exercise with its recorded ways. */
export interface Task {
  readonly exercise: Exercise;
  readonly ways: readonly Walkthrough[];
}

/** What somebody does beside going a recorded way. */
export type Trick =
  | { readonly kind: 'late'; readonly seconds: number; readonly factor: number }
  /** Hands in another's log under their own name. */
  | { readonly kind: 'same-history'; readonly from: string }
  /** Types what another typed, at times of their own. */
  | { readonly kind: 'same-commands'; readonly from: string }
  /** Hands in another's file as it is. */
  | { readonly kind: 'same-file'; readonly from: string }
  /** Asks for something by the name that another was given. */
  | { readonly kind: 'canary'; readonly value: string }
  /** Writes TypeScript (`from`: another's, with other names in it). */
  | { readonly kind: 'code'; readonly from?: string }
  | { readonly kind: 'clock-back' | 'faster-than-typing' | 'before-open' }
  | {
      readonly kind:
        | 'forged-score'
        | 'edited-log'
        | 'cut-off'
        | 'junk'
        | 'deep'
        | 'polluting'
        | 'evil-name'
        | 'huge-claim';
    };

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly locale: 'en' | 'ko';
  readonly task: Task;
  readonly way: Walkthrough;
  readonly trick: Trick | undefined;
  /** The points before lateness; undefined: it cannot be graded, or any. */
  readonly points: number | undefined;
  readonly factor: number;
  readonly problem: Problem | 'any' | undefined;
  /** Evidence that must be found, and (besides it) may be. */
  readonly must: readonly string[];
  readonly may: readonly string[];
}

export const NAMES = [
  '김하늘',
  '이바다',
  '박산',
  '최별',
  '정누리',
  '강솔',
  '조은결',
  '윤슬',
  'Ada Byron',
  'Grace Park',
  'Linus Kim',
  'Mina Lee',
];
export const EVIL = '=HYPERLINK("http://x.example","a")<script>alert(1)</script>\u001b[31m';

const COPYING = ['same-history', 'similar-commands', 'similar-code', 'same-file', 'canary'];
/** Tricks that leave a source beside them: with what must be found on both. */
const COPIES: readonly (readonly [Trick['kind'], readonly string[]])[] = [
  ['same-history', ['same-history']],
  ['same-commands', ['similar-commands']],
  ['same-file', ['same-file']],
  ['code', ['similar-code']],
];
const HOSTILE: readonly (readonly [Trick['kind'], Problem | 'any' | undefined, readonly string[]])[] = [
  ['forged-score', 'score-differs', ['replay']],
  ['edited-log', 'altered', ['replay']],
  ['cut-off', 'damaged', []],
  ['junk', 'not-a-submission', []],
  ['deep', 'damaged', []],
  ['polluting', 'any', []],
  ['huge-claim', 'altered', ['replay']],
  ['evil-name', undefined, []],
];
const TIMES = ['clock-back', 'faster-than-typing', 'before-open'] as const;

/** Chooses roles for so many learners, the exercises in turn. The same size and seed choose the same. */
export function cast(size: number, seed: number, tasks: readonly Task[]): Role[] {
  const random = new RandomStream(seed, 'class/cast');
  const roles: Role[] = [];
  const plain = tasks.filter(({ exercise }) => exercise.variants === undefined);
  const various = tasks.filter(({ exercise }) => exercise.variants !== undefined);
  let turn = 0;
  const next = (from: readonly Task[]) => from[turn++ % from.length]!;
  const add = (task: Task, way: Walkthrough, more: Partial<Role> = {}): Role => {
    const number = roles.length;
    const role: Role = {
      id: String(20_260_001 + number),
      name: NAMES[number % NAMES.length]!,
      locale: number % 3 === 0 ? 'en' : 'ko',
      task,
      way,
      trick: undefined,
      points: way.points ?? pointsOf(task.exercise),
      factor: 1,
      problem: undefined,
      must: [],
      may: [],
      ...more,
    };
    roles.push(role);
    return role;
  };
  const right = ({ ways }: Task) => {
    const all = ways.filter(({ kind }) => kind !== 'mistake');
    return all[random.below(all.length)]!;
  };
  const solution = ({ ways }: Task) => ways.find(({ kind }) => kind === 'solution')!;
  const addPlain = () => {
    const task = next(plain);
    add(task, solution(task));
  };
  const copies = size >= 100 ? 2 : 1;
  for (let round = 0; round < copies; round++) {
    for (const [kind, must] of COPIES) {
      const task = next(plain);
      const source = add(task, right(task), { must, may: COPYING, ...(kind === 'code' ? { trick: { kind } } : {}) });
      const trick = { kind, from: source.id } as Trick;
      add(task, source.way, { trick, must, may: COPYING });
    }
    if (various.length > 0) {
      const task = next(various);
      const source = add(task, solution(task), { may: COPYING });
      const id = () => String(20_260_001 + roles.length);
      // Two who were given the same have nothing of each other's.
      while (foreignValue(task.exercise, id(), source.id) === undefined) addPlain();
      const value = foreignValue(task.exercise, id(), source.id)!;
      add(task, solution(task), { trick: { kind: 'canary', value }, must: ['canary'], may: COPYING });
    }
  }
  for (const [kind, problem, must] of HOSTILE) {
    const task = next(plain);
    const way = solution(task);
    add(task, way, {
      trick: { kind } as Trick,
      problem,
      must,
      may: ['replay'],
      ...(problem === undefined ? {} : { points: undefined }),
      ...(kind === 'evil-name' ? { name: EVIL } : {}),
    });
  }
  for (const kind of TIMES) {
    const task = next(plain);
    add(task, solution(task), { trick: { kind }, must: [kind] });
  }
  while (roles.length < size) {
    const task = next(tasks);
    const mistakes = task.ways.filter(({ kind, points }) => kind === 'mistake' && points !== undefined);
    const chance = random.below(10);
    if (chance < 3 && mistakes.length > 0) add(task, mistakes[random.below(mistakes.length)]!);
    else if (chance < 5) {
      const days = random.below(3);
      const seconds = 3600 + days * 86_400;
      const factor = 1 - (days + 1) / 10;
      add(task, right(task), { trick: { kind: 'late', seconds, factor }, factor });
    } else add(task, right(task));
  }
  return roles.slice(0, Math.max(size, roles.length));
}

/** A word that was drawn for another and not for oneself. */
function foreignValue(exercise: Exercise, id: string, other: string): string | undefined {
  const valuesOf = (learner: string) => [
    ...ownValues(drawnBy(exercise, learnerSeed(COURSE, exercise.id, learner))).keys(),
  ];
  const own = valuesOf(id);
  return valuesOf(other).find((value) => /^[a-z]{4,}$/.test(value) && !own.includes(value));
}
