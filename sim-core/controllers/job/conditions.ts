import type { JobCondition } from 'kubernetes-types/batch/v1';
import type { Job } from '../../api/objects.ts';

export type Conditions = readonly JobCondition[] | undefined;

/** The condition of that type, if it is True. */
export function trueCondition(conditions: Conditions, type: string): JobCondition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** Whether the Job has ended, one way or the other (util.IsJobFinished). */
export function isFinished({ status }: Job): boolean {
  return (
    trueCondition(status.conditions, 'Complete') !== undefined ||
    trueCondition(status.conditions, 'Failed') !== undefined
  );
}

/** Sets a condition in place, so that the order in which they came about stays (ensureJobConditionStatus). */
export function setCondition(conditions: Conditions, condition: JobCondition): JobCondition[] {
  const list = [...(conditions ?? [])];
  const index = list.findIndex(({ type }) => type === condition.type);
  if (index < 0) list.push(condition);
  else list[index] = condition;
  return list;
}
