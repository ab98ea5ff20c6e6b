import type { HorizontalPodAutoscaler } from '../../api/objects.ts';

type Status = HorizontalPodAutoscaler['status'];

/** Sets a condition in place (setStatusConditionInList): order stays, and the time of transition while the status does. */
export function withCondition(
  conditions: Status['conditions'],
  type: string,
  status: string,
  reason: string,
  message: string,
  now: string,
): NonNullable<Status['conditions']> {
  const list = [...(conditions ?? [])];
  const index = list.findIndex((condition) => condition.type === type);
  const before = list[index];
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
  const condition = { type, status, lastTransitionTime, reason, message };
  if (index < 0) list.push(condition);
  else list[index] = condition;
  return list;
}
