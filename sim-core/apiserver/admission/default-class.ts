import type { AnyObject } from '../../api/objects.ts';
import { parseTime } from '../../engine/index.ts';
import type { AdmissionContext } from './plugin.ts';

/**
 * Of the classes that an annotation marks as default, the one that counts: the newest, and of equally old ones the first by name
 * (GetDefaultClass of the DefaultStorageClass and DefaultIngressClass plugins).
 */
export function defaultClass(context: AdmissionContext, table: string, annotation: string): AnyObject | undefined {
  let chosen: AnyObject | undefined;
  for (const one of context.store.list(table)) {
    if (one.metadata.annotations?.[annotation] !== 'true') continue;
    if (chosen === undefined || created(one) > created(chosen)) chosen = one;
  }
  return chosen;
}

const created = ({ metadata }: AnyObject): number => parseTime(metadata.creationTimestamp) ?? 0;
