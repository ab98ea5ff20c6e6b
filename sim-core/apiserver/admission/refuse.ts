import { aggregateMessage } from '../../api/field-error.ts';
import { forbidden, type StatusError } from '../../api/status.ts';
import type { AdmissionAttributes } from './plugin.ts';

/** 403 with a plugin's reason or reasons (admission.NewForbidden): `pods "web" is forbidden: …`. */
export function refuse({ request, object }: AdmissionAttributes, ...why: readonly string[]): StatusError {
  const { name, generateName } = object?.metadata ?? {};
  const shown = request.name || name || generateName || 'Unknown';
  return forbidden(request.target.resource, shown, aggregateMessage(why));
}
