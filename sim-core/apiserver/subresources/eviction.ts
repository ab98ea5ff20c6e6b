import type { AnyObject, Pod } from '../../api/objects.ts';
import { type LabelSelectorObject, labelSelectorAsSelector } from '../../api/selector.ts';
import { badRequest, StatusError, success } from '../../api/status.ts';
import { formatTime, MINUTE, parseTime } from '../../engine/index.ts';
import { deleteObject } from '../deletion.ts';
import type { ApiRequest, PropagationPolicy } from '../request.ts';
import type { ApiServer } from '../server.ts';
import { bodyOf, type Subresource } from './subresource.ts';

interface Eviction extends AnyObject {
  deleteOptions?: {
    gracePeriodSeconds?: number;
    propagationPolicy?: PropagationPolicy;
    preconditions?: { uid?: string; resourceVersion?: string };
    dryRun?: string[];
  };
}

interface DisruptionBudget extends AnyObject {
  spec: { selector?: LabelSelectorObject; unhealthyPodEvictionPolicy?: string };
  status: {
    disruptionsAllowed?: number;
    currentHealthy?: number;
    desiredHealthy?: number;
    observedGeneration?: number;
    disruptedPods?: Record<string, string>;
  };
}

const BUDGETS = 'poddisruptionbudgets.policy';
/** How long an evicted pod counts as disrupted although it has not gone yet (DeletionTimeout of the disruption controller). */
const DISRUPTED_FOR = 2 * MINUTE;
const LIMIT_OF_DISRUPTED = 2000;

/** `pods/eviction`: deletion that respects disruption budgets (registry/core/pod/storage.EvictionREST). */
export const eviction: Subresource = {
  name: 'eviction',
  verbs: ['create'],
  kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
  serves: (resource) => resource.group === '' && resource.plural === 'pods',
  handle(server, request, stages) {
    const body = bodyOf(request) as Eviction;
    const named = body.metadata?.name;
    if (named !== undefined && named !== '' && named !== request.name)
      throw badRequest('name in URL does not match name in Eviction object');
    const pod = server.storage.find(request);
    const options = body.deleteOptions ?? {};
    const deletion: ApiRequest = {
      ...request,
      verb: 'delete',
      options: {
        ...request.options,
        ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
        ...(options.propagationPolicy === undefined ? {} : { propagationPolicy: options.propagationPolicy }),
        ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
        ...(options.dryRun?.includes('All') === true ? { dryRun: true } : {}),
      },
    };
    if (!mayIgnoreBudgets(pod as unknown as Pod)) spendBudget(server, deletion, pod as unknown as Pod);
    deleteObject(server.storage, deletion, pod, stages);
    return { ...success({ group: '', plural: 'pods' }, '', ''), details: undefined, code: 201 } as unknown as AnyObject;
  },
};

/** Pods that serve nobody do not count in a budget (canIgnorePDB). */
function mayIgnoreBudgets({ status, metadata }: Pod): boolean {
  return (
    status.phase === 'Succeeded' ||
    status.phase === 'Failed' ||
    status.phase === 'Pending' ||
    metadata.deletionTimestamp !== undefined
  );
}

function spendBudget(server: ApiServer, request: ApiRequest, pod: Pod): void {
  const budgets = (server.store.list(BUDGETS, `${pod.metadata.namespace}/`) as DisruptionBudget[]).filter(
    ({ spec }) =>
      spec.selector !== undefined && labelSelectorAsSelector(spec.selector).matches(pod.metadata.labels ?? {}),
  );
  if (budgets.length === 0) return;
  if (budgets.length > 1) {
    throw new StatusError(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  }
  const budget = budgets[0]!;
  const ready = pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
  if (!ready) {
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status;
    if (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return;
  }
  const { disruptionsAllowed = 0, disruptedPods = {}, observedGeneration = 0 } = budget.status;
  const { name, generation = 0 } = budget.metadata;
  if (observedGeneration < generation)
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, 10);
  if (Object.keys(disruptedPods).length > LIMIT_OF_DISRUPTED) {
    throw new StatusError(
      403,
      'Forbidden',
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  }
  if (disruptionsAllowed <= 0) {
    const { currentHealthy = 0, desiredHealthy = 0 } = budget.status;
    throw tooMany(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
      0,
    );
  }
  if (request.options.dryRun === true) return;
  const { now } = server.engine;
  const recent = Object.entries(disruptedPods).filter(([, time]) => now - (parseTime(time) ?? 0) < DISRUPTED_FOR);
  const disrupted = { ...Object.fromEntries(recent), [pod.metadata.name]: formatTime(now) };
  const status = { ...budget.status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods: disrupted };
  server.store.update(BUDGETS, `${budget.metadata.namespace}/${name}`, budget, {
    ...budget,
    metadata: { ...budget.metadata },
    status,
  });
}

/** 429, with the budget as its cause (createTooManyRequestsError). */
function tooMany(why: string, retryAfterSeconds: number): StatusError {
  const causes = [{ reason: 'DisruptionBudget', message: why }];
  return new StatusError(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes,
    ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
  });
}
