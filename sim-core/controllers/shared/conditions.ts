/** The fields that all kinds' conditions share. */
export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/** The condition of that type, if there is one. */
export function conditionOf<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * Sets a condition: nothing changes when status and reason are as before; the time of transition stays when only the reason
 * changes. The new condition goes to the end (`SetDeploymentCondition` and its siblings upstream). Answers a new list.
 */
export function withCondition<C extends Condition>(conditions: readonly C[] | undefined, condition: C): C[] {
  const before = conditionOf(conditions, condition.type);
  if (before !== undefined && before.status === condition.status && before.reason === condition.reason) {
    return [...(conditions ?? [])];
  }
  const kept = withoutCondition(conditions, condition.type);
  const lastTransitionTime =
    before?.status === condition.status ? before.lastTransitionTime : condition.lastTransitionTime;
  return [...kept, { ...condition, lastTransitionTime }];
}

export function withoutCondition<C extends Condition>(conditions: readonly C[] | undefined, type: string): C[] {
  return (conditions ?? []).filter((condition) => condition.type !== type);
}
