import type { MetricSpec, MetricStatus } from 'kubernetes-types/autoscaling/v2';
import { deepEqual } from '../../api/equality.ts';
import { type HorizontalPodAutoscaler, objectKey, type Pod } from '../../api/objects.ts';
import { StatusError } from '../../api/status.ts';
import { formatTime, SECOND } from '../../engine/index.ts';
import { horizontalPodAutoscalers } from '../../resources/horizontal-pod-autoscaler.ts';
import { pods } from '../../resources/pod.ts';
import { splitGroupVersion } from '../../resources/registry.ts';
import type { ControllerDefinition } from '../controller.ts';
import { indexByLabel, podsMatching } from '../shared/pod-labels.ts';
import { updateStatus } from '../shared/update-status.ts';
import { limitByBehavior, type ScaleHistory, stabilize } from './behavior.ts';
import { withCondition } from './conditions.ts';
import { MetricError, MetricReader, valueName } from './metrics.ts';
import { proposeReplicas } from './replicas.ts';
import { TargetSelectors } from './selectors.ts';

/** `--horizontal-pod-autoscaler-sync-period` */
const PERIOD = 15 * SECOND;

interface Scale {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly selector: string };
}

type Status = HorizontalPodAutoscaler['status'];
/** What was read of each metric, in the order of the spec; without any it is null, not an empty list. */
function report(status: Status, metrics: MetricStatus[]): void {
  status.currentMetrics = metrics.length > 0 ? metrics : (null as unknown as MetricStatus[]);
}

type SetCondition = (type: string, value: string, reason: string, message: string) => void;

/**
 * The horizontal pod autoscaler (pkg/controller/podautoscaler): every 15 seconds, for each autoscaler, reads metrics of the
 * target's pods, computes how many pods would bring them to their target (`replicas.ts`), tempers that by past recommendations
 * and by policy (`behavior.ts`), and writes the number to the target's scale subresource.
 */
export const horizontalPodAutoscalerController: ControllerDefinition = {
  name: 'horizontal-pod-autoscaler-controller',
  serviceAccount: 'horizontal-pod-autoscaler',
  eventSource: 'horizontal-pod-autoscaler',
  setUp(context) {
    const { client, engine, events, informers } = context;
    const informer = informers.for(horizontalPodAutoscalers);
    const podInformer = indexByLabel(informers.for(pods));
    const reader = new MetricReader(context);
    const histories = new Map<string, ScaleHistory>();
    const selectors = new TargetSelectors();
    const queue = context.queue({
      reconcile(key) {
        const hpa = informer.getByKey(key);
        if (hpa === undefined) {
          histories.delete(key);
          selectors.forget(key);
          return;
        }
        queue.addAfter(key, PERIOD);
        reconcile(key, hpa);
      },
    });
    informer.addHandler({
      // Every request waits a period (enqueueHPA): a new autoscaler does nothing before.
      added: (hpa) => queue.addAfter(objectKey(hpa), PERIOD),
      updated(hpa, old) {
        if (hpa.metadata.generation !== old.metadata.generation) queue.add(objectKey(hpa));
      },
      deleted: (hpa) => queue.add(objectKey(hpa)),
    });

    function reconcile(key: string, hpa: HorizontalPodAutoscaler): void {
      const status: Status = { ...hpa.status };
      status.observedGeneration = hpa.metadata.generation;
      const set = (type: string, value: string, reason: string, message: string) => {
        status.conditions = withCondition(status.conditions, type, value, reason, message, formatTime(engine.now));
      };
      try {
        adjust(key, hpa, status, set);
      } finally {
        if (!deepEqual(status, hpa.status)) updateStatus(client, horizontalPodAutoscalers, hpa, status);
      }
    }

    function adjust(key: string, hpa: HorizontalPodAutoscaler, status: Status, set: SetCondition): void {
      const { minReplicas = 1, maxReplicas } = hpa.spec;
      const scale = readScale(hpa, set);
      if (scale === undefined) return;
      set('AbleToScale', 'True', 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
      const current = scale.spec.replicas;
      const history = histories.get(key) ?? {
        recommendations: [{ replicas: current, time: engine.now }],
        scaleUps: [],
        scaleDowns: [],
      };
      histories.set(key, history);
      status.currentReplicas = current;
      report(status, []);
      let desired: number;
      let reason = '';
      if (current === 0 && minReplicas !== 0) {
        desired = 0;
        set(
          'ScalingActive',
          'False',
          'ScalingDisabled',
          'scaling is disabled since the replica count of the target is zero',
        );
      } else if (current > maxReplicas) {
        reason = 'Current number of replicas above Spec.MaxReplicas';
        desired = maxReplicas;
      } else if (current < minReplicas) {
        reason = 'Current number of replicas below Spec.MinReplicas';
        desired = minReplicas;
      } else {
        const proposal = propose(hpa, scale, status, set);
        if (proposal === undefined) return;
        if (proposal.replicas > current) reason = `${proposal.metric} above target`;
        if (proposal.replicas < current) reason = 'All metrics below target';
        desired = temper(hpa, history, current, proposal.replicas, set);
      }
      status.desiredReplicas = desired;
      if (desired === current) return;
      writeScale(hpa, scale, desired, reason, status, set);
      (desired > current ? history.scaleUps : history.scaleDowns).push({
        change: Math.abs(desired - current),
        time: engine.now,
      });
    }

    function targetOf({ spec }: HorizontalPodAutoscaler) {
      const { apiVersion = '', kind } = spec.scaleTargetRef;
      const { group } = splitGroupVersion(apiVersion);
      return context
        .discover()
        .find((resource) => resource.kind === kind && resource.group === group && resource.scale !== undefined);
    }

    function readScale(hpa: HorizontalPodAutoscaler, set: SetCondition): Scale | undefined {
      const { kind, name, apiVersion = '' } = hpa.spec.scaleTargetRef;
      const resource = targetOf(hpa);
      try {
        if (resource === undefined)
          throw new MetricError('', `no matches for kind "${kind}" in group "${splitGroupVersion(apiVersion).group}"`);
        return client.getSubresource(resource, hpa.metadata.namespace, name, 'scale') as unknown as Scale;
      } catch (error) {
        if (!(error instanceof StatusError || error instanceof MetricError)) throw error;
        events.warning(hpa, 'FailedGetScale', error.message);
        set(
          'AbleToScale',
          'False',
          'FailedGetScale',
          `the HPA controller was unable to get the target's current scale: ${error.message}`,
        );
        return undefined;
      }
    }

    /** The target's pods; undefined when it does not say which they are, or others scale them as well (validateAndParseSelector). */
    function podsOf(hpa: HorizontalPodAutoscaler, scale: Scale, status: Status, set: SetCondition): Pod[] | undefined {
      const { namespace = '' } = hpa.metadata;
      const text = scale.status.selector ?? '';
      const refuse = (event: string, message: string, reason = event, condition = message) => {
        events.warning(hpa, event, message);
        set('ScalingActive', 'False', reason, condition);
        events.warning(hpa, 'FailedComputeMetricsReplicas', message);
        status.desiredReplicas ??= 0;
        return undefined;
      };
      if (text === '') {
        const missing = "the HPA target's scale is missing a selector";
        return refuse('SelectorRequired', 'selector is required', 'InvalidSelector', missing);
      }
      const selected = podsMatching(podInformer, namespace, selectors.take(objectKey(hpa), namespace, text));
      const rivals = selectors.ofAny(selected);
      if (rivals.length < 2) return selected;
      return refuse(
        'AmbiguousSelector',
        `pods by selector ${text} are controlled by multiple HPAs: [${rivals.join(' ')}]`,
      );
    }

    /** The largest of what the metrics ask for (computeReplicasForMetrics). Undefined when none could be read. */
    function propose(
      hpa: HorizontalPodAutoscaler,
      scale: Scale,
      status: Status,
      set: SetCondition,
    ): { replicas: number; metric: string } | undefined {
      const { namespace = '' } = hpa.metadata;
      const selected = podsOf(hpa, scale, status, set);
      if (selected === undefined) return undefined;
      const specs: readonly MetricSpec[] = hpa.spec.metrics ?? [];
      const statuses: MetricStatus[] = [];
      let best: { replicas: number; metric: string } | undefined;
      let failed = 0;
      let failure: { readonly error: MetricError; readonly spec: MetricSpec } | undefined;
      for (const spec of specs) {
        try {
          const usage = reader.read(namespace, scale.status.selector, spec);
          const proposal = proposeReplicas(spec, usage, selected, scale.spec.replicas, engine.now);
          statuses.push(proposal.status);
          if (best === undefined || proposal.replicas > best.replicas) best = proposal;
        } catch (error) {
          if (!(error instanceof MetricError)) throw error;
          events.warning(hpa, error.reason, error.message);
          failure ??= { error, spec };
          failed++;
          statuses.push({ type: '' });
        }
      }
      report(status, statuses);
      // A metric that cannot be read might ask for more: without it the target may grow, but never shrink.
      if (failure !== undefined && (best === undefined || best.replicas < scale.spec.replicas)) {
        const { error } = failure;
        const invalid = `invalid metrics (${failed} invalid out of ${specs.length})`;
        const message = `${invalid}, first error is: failed to get ${valueName(failure.spec)}: ${error.message}`;
        set(
          'ScalingActive',
          'False',
          error.reason,
          `the HPA was unable to compute the replica count: ${error.message}`,
        );
        events.warning(hpa, 'FailedComputeMetricsReplicas', message);
        status.desiredReplicas ??= 0;
        return undefined;
      }
      if (best !== undefined) {
        set(
          'ScalingActive',
          'True',
          'ValidMetricFound',
          `the HPA was able to successfully calculate a replica count from ${best.metric}`,
        );
      }
      return best;
    }

    /** Stabilisation, policies, and the limits of the spec (normalizeDesiredReplicasWithBehaviors). */
    function temper(
      hpa: HorizontalPodAutoscaler,
      history: ScaleHistory,
      current: number,
      proposed: number,
      set: SetCondition,
    ): number {
      const { minReplicas = 1, maxReplicas, behavior } = hpa.spec;
      const stable = stabilize(behavior, history, current, proposed, engine.now);
      if (stable === proposed) set('AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
      else if (stable > proposed) {
        const message =
          'recent recommendations were higher than current one, applying the highest recent recommendation';
        set('AbleToScale', 'True', 'ScaleDownStabilized', message);
      } else {
        const message = 'recent recommendations were lower than current one, applying the lowest recent recommendation';
        set('AbleToScale', 'True', 'ScaleUpStabilized', message);
      }
      const limited = limitByBehavior(behavior, history, current, stable, engine.now);
      if (limited.replicas > maxReplicas || (stable > maxReplicas && limited.replicas >= maxReplicas)) {
        set(
          'ScalingLimited',
          'True',
          'TooManyReplicas',
          'the desired replica count is more than the maximum replica count',
        );
        return maxReplicas;
      }
      if (limited.replicas < minReplicas) {
        set(
          'ScalingLimited',
          'True',
          'TooFewReplicas',
          'the desired replica count is less than the minimum replica count',
        );
        return minReplicas;
      }
      if (limited.reason === undefined) {
        set('ScalingLimited', 'False', 'DesiredWithinRange', 'the desired count is within the acceptable range');
      } else set('ScalingLimited', 'True', limited.reason, limited.message);
      return limited.replicas;
    }

    function writeScale(
      hpa: HorizontalPodAutoscaler,
      scale: Scale,
      desired: number,
      reason: string,
      status: Status,
      set: SetCondition,
    ): void {
      const resource = targetOf(hpa)!;
      const object = scale as unknown as Parameters<typeof client.updateSubresource>[1];
      try {
        client.updateSubresource(
          resource,
          { ...object, spec: { ...scale.spec, replicas: desired } } as typeof object,
          'scale',
        );
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        events.warning(hpa, 'FailedRescale', `New size: ${desired}; reason: ${reason}; error: ${error.message}`);
        set(
          'AbleToScale',
          'False',
          'FailedUpdateScale',
          `the HPA controller was unable to update the target scale: ${error.message}`,
        );
        throw error;
      }
      set(
        'AbleToScale',
        'True',
        'SucceededRescale',
        `the HPA controller was able to update the target scale to ${desired}`,
      );
      events.normal(hpa, 'SuccessfulRescale', `New size: ${desired}; reason: ${reason}`);
      status.lastScaleTime = formatTime(engine.now);
    }
  },
};
