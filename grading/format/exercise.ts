import type { ClusterPreset } from '../../sim-core/cluster/presets.ts';

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
}

export interface ExerciseCluster {
  readonly preset: string | ClusterPreset;
  /**
   * What happened before the learner begins, in order: manifests created, or merged into the object that is there, and virtual seconds that
   * pass between them.
   */
  readonly setup: readonly (Manifest | { readonly wait: number })[];
}

export type Manifest = { readonly apiVersion: string; readonly kind: string } & Readonly<Record<string, unknown>>;

export interface Step {
  readonly id: string;
  readonly title: Text;
  readonly text: Text;
  /** From a nudge to nearly the answer. */
  readonly hints: readonly Text[];
  readonly checks: readonly Check[];
}

/** Something that must be true of the learner's cluster, and what it is worth. */
export interface Check {
  readonly id: string;
  readonly points: number;
  readonly title: Text;
  readonly test: Test;
  /** Mistakes worth a word of their own: the first whose tests all pass is said instead of the general message. */
  readonly mistakes: readonly Mistake[];
}

export interface Mistake {
  readonly id: string;
  readonly when: readonly Test[];
  readonly say: Text;
}

/** Which objects a test is about. */
export interface ObjectSelection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  /** A label selector in string form. */
  readonly labels?: string;
}

/**
 * A test, declarative. `object`: one of the chosen objects looks so. `absent`: there is none (that looks so). `count`: so many look so.
 * `http`: a request into the cluster is answered so. `scenario`: in a fork of the cluster, after some things happen, all these hold.
 */
export type Test =
  | { readonly object: ObjectSelection & { readonly match?: unknown } }
  | { readonly absent: ObjectSelection & { readonly match?: unknown } }
  | { readonly count: ObjectSelection & { readonly match?: unknown; readonly is: unknown } }
  | { readonly http: HttpTest }
  | { readonly scenario: { readonly actions: readonly Action[]; readonly expect: readonly Test[] } };

export interface HttpTest {
  /** The port that a NodePort Service gave, looked up by the Service's name. */
  readonly service: string;
  readonly namespace?: string;
  /** Port of the Service; default its first. */
  readonly port?: number;
  readonly path?: string;
  readonly status?: unknown;
  readonly body?: unknown;
}

/** Something that happens in a scenario's fork. */
export type Action =
  | { readonly delete: ObjectSelection & { readonly limit?: number } }
  | { readonly apply: Manifest }
  | { readonly fault: { readonly node: string; readonly power?: boolean; readonly network?: boolean } }
  /** Virtual seconds. */
  | { readonly wait: number }
  | { readonly settle: true };

/** The most points that an exercise gives. */
export function pointsOf(exercise: Exercise): number {
  return checksOf(exercise).reduce((sum, { points }) => sum + points, 0);
}

export function checksOf(exercise: Exercise): Check[] {
  return exercise.steps.flatMap(({ checks }) => checks);
}

/** Whether a test only looks at the cluster as it is, and so can be asked again after every change. */
export function isPlain(test: Test): boolean {
  return 'object' in test || 'absent' in test || 'count' in test;
}
