import { type DnsModel, dnsLens } from './dns.ts';
import { etcdLens } from './etcd.ts';
import { type MetricsModel, metricsLens } from './metrics.ts';
import { packetLens } from './packet.ts';
import { type ReconcileModel, reconcileLens } from './reconcile.ts';
import { requestLens } from './request.ts';
import { type RolloutModel, rolloutLens } from './rollout.ts';
import { type SchedulerModel, schedulerLens } from './scheduler.ts';
import type { LensSource } from './source.ts';
import { storageLens } from './storage.ts';

/** Ways of looking at a cluster, beside the map. Each takes plain data and draws one idea. */
export const LENSES = [
  'request',
  'etcd',
  'scheduler',
  'reconcile',
  'rollout',
  'packet',
  'dns',
  'storage',
  'metrics',
] as const;
export type LensName = (typeof LENSES)[number];

/** What a lens draws. Plain data: it is made when a site is built, or on the page. */
export interface LensModels {
  readonly request: ReturnType<typeof requestLens>;
  readonly etcd: ReturnType<typeof etcdLens>;
  readonly scheduler: SchedulerModel | undefined;
  readonly reconcile: ReconcileModel | undefined;
  readonly rollout: RolloutModel | undefined;
  readonly packet: ReturnType<typeof packetLens>;
  readonly dns: DnsModel | undefined;
  readonly storage: ReturnType<typeof storageLens>;
  readonly metrics: MetricsModel;
}

export type LensModel = LensModels[LensName];

const MAKERS: { readonly [Name in LensName]: (source: LensSource) => LensModels[Name] } = {
  request: requestLens,
  etcd: etcdLens,
  scheduler: schedulerLens,
  reconcile: reconcileLens,
  rollout: rolloutLens,
  packet: packetLens,
  dns: dnsLens,
  storage: storageLens,
  metrics: metricsLens,
};

export function lensModel(name: LensName, source: LensSource): LensModel {
  return MAKERS[name](source);
}
