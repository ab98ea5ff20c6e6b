import type * as CoreV1 from 'kubernetes-types/core/v1';

/** Fields of v1.33 that the type package does not know yet. */
export type PodSpec = CoreV1.PodSpec & { resources?: CoreV1.ResourceRequirements };
export type Volume = CoreV1.Volume & { image?: { reference?: string; pullPolicy?: string } };
export type Container = CoreV1.Container;

/** A pod's metadata, or a template's. */
export interface TemplateMeta {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What the checks of one container need to know of its pod. */
export interface PodContext {
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claims: ReadonlySet<string>;
  readonly restartPolicy: string | undefined;
  readonly gracePeriod: number | undefined;
  /** Whether containers see the host's users (`hostUsers` is not false). */
  readonly hostUsers: boolean;
  readonly isPod: boolean;
}
