import type { Pod } from '../api/objects.ts';
import type { Taint } from './node-info.ts';

export type Toleration = NonNullable<Pod['spec']['tolerations']>[number];

/** Whether the toleration tolerates the taint (Toleration.ToleratesTaint). */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  const { effect = '', key = '', operator = '', value = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return (operator === '' || operator === 'Equal') && value === (taint.value ?? '');
}

/** The first taint that nothing tolerates (FindMatchingUntoleratedTaint). */
export function untolerated(
  taints: readonly Taint[],
  tolerations: readonly Toleration[] | undefined,
): Taint | undefined {
  for (const taint of taints) {
    if (tolerations === undefined || !tolerations.some((toleration) => tolerates(toleration, taint))) return taint;
  }
  return undefined;
}
