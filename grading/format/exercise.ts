import type { Incident, Visitor } from '../../sim-core/cluster/cluster.ts';
import type { ClusterPreset } from '../../sim-core/cluster/presets.ts';
import type { OwnImage } from '../../sim-core/images/own-image.ts';
import type { Action, ObjectSelection, Test } from './tests.ts';
import type { Variants } from './variants.ts';

/** A text in both languages of the course. */
export interface Text {
  readonly en: string;
  readonly ko: string;
}

export type Locale = keyof Text;

/** What a learner is asked to do, as `exercises/<module>/<exercise>/exercise.yaml` says it and `grading/load.ts` reads it. */
export interface Exercise {
  /** `start/deploy-web`: its folder. */
  readonly id: string;
  readonly title: Text;
  readonly summary: Text;
  /** 1 warm-up, 2 practice, 3 challenge. */
  readonly level: 1 | 2 | 3;
  readonly kind: 'do' | 'fix' | 'predict' | 'code' | 'operate';
  readonly minutes: number;
  readonly cluster: ExerciseCluster;
  /** Files that the learner starts with, by path. */
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** How many checks run at grading that are not shown: those of `solutions/<id>/hidden.yaml`. */
  readonly hidden?: number;
  /** Files of the learner's that take the place of components, by path: `{ my-replicaset.ts: replicaset-controller }`. */
  readonly components?: Readonly<Record<string, string>>;
  /** What differs from learner to learner: see `instantiate`. */
  readonly variants?: Variants;
}

export interface ExerciseCluster {
  readonly preset: string | ClusterPreset;
  /**
   * What happened before the learner begins, in order: manifests created, or merged into the object that is there, and virtual seconds that
   * pass between them.
   */
  readonly setup: readonly (Manifest | { readonly wait: number })[];
  /** Programs of the exercise's own, each in an image that is built on one of the catalog. */
  readonly programs?: readonly OwnImage[];
  /** What befalls the cluster, at times after its setup. */
  readonly incidents?: readonly Incident[];
  /** Who asks for something again and again. */
  readonly visitors?: readonly Visitor[];
}

export type Manifest = { readonly apiVersion: string; readonly kind: string } & Readonly<Record<string, unknown>>;

export interface Step {
  readonly id: string;
  readonly title: Text;
  readonly text: Text;
  /** From a nudge to nearly the answer. */
  readonly hints: readonly Text[];
  /** Steps that must be done first: until all of their checks have passed, those of this step are not asked and earn nothing. */
  readonly needs?: readonly string[];
  /** Questions that the simulation has the answers to. */
  readonly questions?: readonly Question[];
  readonly checks: readonly Check[];
}

/** Something that must be true of the learner's cluster, and what it is worth. */
export interface Check {
  readonly id: string;
  readonly points: number;
  readonly title: Text;
  readonly test: Test;
  /** What each part is worth, when some of it may be right: the points of those that pass are earned. They add up to `points`. */
  readonly parts?: readonly { readonly points: number; readonly test: Test }[];
  /** Mistakes worth a word of their own: the first whose tests all pass is said instead of the general message. */
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  readonly id: string;
  readonly when: readonly Test[];
  readonly say: Text;
}

/** A question to be answered before it is tried. What is right is never written down: the simulation is asked. */
export interface Question {
  readonly id: string;
  readonly text: Text;
  /** What can be chosen; without them, a number or a word is to be typed in. */
  readonly options?: readonly { readonly id: string; readonly text: Text }[];
  /** Of a number: how far off it may be, as an amount. */
  readonly within?: number;
  readonly answer: Answer;
}

/** How the right answer is found out: in a cluster as the exercise begins, these things happen, and then something is looked up. */
export interface Answer {
  readonly actions: readonly Action[];
  readonly value:
    | { readonly count: ObjectSelection & { readonly match?: unknown } }
    /** A CEL expression over the list of the chosen objects, `self`. */
    | { readonly cel: ObjectSelection & { readonly expression: string } }
    /** Which of these came true first since the actions began: its key. Of several at once, the one that comes first here. */
    | { readonly first: Readonly<Record<string, Test>> }
    /** Whole virtual seconds from the beginning of the actions until it came true. */
    | { readonly seconds: Test }
    /** What the line prints, without spaces around it. */
    | { readonly run: string };
}

/** The most points that an exercise gives. */
export function pointsOf(exercise: Exercise): number {
  return checksOf(exercise).reduce((sum, { points }) => sum + points, 0);
}

export function checksOf(exercise: Exercise): Check[] {
  return exercise.steps.flatMap(({ checks }) => checks);
}

export function questionsOf(exercise: Exercise): Question[] {
  return exercise.steps.flatMap(({ questions = [] }) => questions);
}
