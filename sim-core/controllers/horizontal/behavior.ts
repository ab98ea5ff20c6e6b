import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from 'kubernetes-types/autoscaling/v2';
import { type Micros, SECOND } from '../../engine/index.ts';

/** What an autoscaler remembers of its past. */
export interface ScaleHistory {
  recommendations: { replicas: number; time: Micros }[];
  scaleUps: { change: number; time: Micros }[];
  scaleDowns: { change: number; time: Micros }[];
}

/** `--horizontal-pod-autoscaler-downscale-stabilization` */
const DOWN_WINDOW = 300;
const MAX_WINDOW: Micros = 3600 * SECOND;
const DEFAULT_UP: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const DEFAULT_DOWN: HPAScalingRules = {
  stabilizationWindowSeconds: DOWN_WINDOW,
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

/**
 * Up only to the lowest, down only to the highest recommendation of the window: a short peak or dip must not be followed
 * (stabilizeRecommendationWithBehaviors). Remembers this recommendation.
 */
export function stabilize(
  behavior: HorizontalPodAutoscalerBehavior | undefined,
  history: ScaleHistory,
  current: number,
  proposed: number,
  now: Micros,
): number {
  const upFrom = now - (rules(behavior, 'up').stabilizationWindowSeconds ?? 0) * SECOND;
  const downFrom = now - (rules(behavior, 'down').stabilizationWindowSeconds ?? DOWN_WINDOW) * SECOND;
  let lowest = proposed;
  let highest = proposed;
  for (const { replicas, time } of history.recommendations) {
    if (time > upFrom) lowest = Math.min(lowest, replicas);
    if (time > downFrom) highest = Math.max(highest, replicas);
  }
  history.recommendations = history.recommendations.filter(({ time }) => time > now - MAX_WINDOW);
  history.recommendations.push({ replicas: proposed, time: now });
  let result = current;
  if (result < lowest) result = lowest;
  if (result > highest) result = highest;
  return result;
}

/** How far the policies let the size change now (convertDesiredReplicasWithBehaviorRate). */
export function limitByBehavior(
  behavior: HorizontalPodAutoscalerBehavior | undefined,
  history: ScaleHistory,
  current: number,
  desired: number,
  now: Micros,
): { replicas: number; reason?: string; message: string } {
  if (desired > current) {
    const limit = scaleUpLimit(rules(behavior, 'up'), history, current, now);
    if (desired <= limit) return { replicas: desired, message: '' };
    const message = 'the desired replica count is increasing faster than the maximum scale rate';
    return { replicas: Math.max(limit, current), reason: 'ScaleUpLimit', message };
  }
  if (desired < current) {
    const limit = scaleDownLimit(rules(behavior, 'down'), history, current, now);
    if (desired >= limit) return { replicas: desired, message: '' };
    const message = 'the desired replica count is decreasing faster than the maximum scale rate';
    return { replicas: Math.min(limit, current), reason: 'ScaleDownLimit', message };
  }
  return { replicas: desired, message: '' };
}

function rules(behavior: HorizontalPodAutoscalerBehavior | undefined, direction: 'up' | 'down'): HPAScalingRules {
  return direction === 'up' ? { ...DEFAULT_UP, ...behavior?.scaleUp } : { ...DEFAULT_DOWN, ...behavior?.scaleDown };
}

function changeWithin(events: readonly { change: number; time: Micros }[], seconds: number, now: Micros): number {
  return events.reduce((sum, { change, time }) => (time > now - seconds * SECOND ? sum + change : sum), 0);
}

function scaleUpLimit(
  { policies = [], selectPolicy }: HPAScalingRules,
  history: ScaleHistory,
  current: number,
  now: Micros,
): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start =
      current -
      changeWithin(history.scaleUps, periodSeconds, now) +
      changeWithin(history.scaleDowns, periodSeconds, now);
    return type === 'Pods' ? start + value : Math.ceil((start * (100 + value)) / 100);
  });
  return selectPolicy === 'Min' ? Math.min(...limits) : Math.max(...limits);
}

function scaleDownLimit(
  { policies = [], selectPolicy }: HPAScalingRules,
  history: ScaleHistory,
  current: number,
  now: Micros,
): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start =
      current +
      changeWithin(history.scaleDowns, periodSeconds, now) -
      changeWithin(history.scaleUps, periodSeconds, now);
    return type === 'Pods' ? start - value : Math.trunc((start * (100 - value)) / 100);
  });
  return selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
}
