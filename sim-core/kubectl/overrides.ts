import { applyJsonPatch } from '../api/patch/json-patch.ts';
import { applyMergePatch } from '../api/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../api/patch/strategic-merge.ts';
import type { ApiObject } from './api.ts';
import { patchView } from './apply/patch-view.ts';
import { asTyped } from './as-typed.ts';
import { KubectlError } from './errors.ts';
import { parseYamlDocument } from './manifests.ts';

/** JSON, or YAML in place of it; what cannot be read is a bad patch to every manner of laying over but `strategic`. */
function overridesOf(text: string, type: string): Record<string, unknown> {
  try {
    return parseYamlDocument(text) as Record<string, unknown>;
  } catch (error) {
    throw type === 'strategic' ? error : new KubectlError('Invalid JSON Patch');
  }
}

/** `--overrides` of run and expose, in the manner of `--override-type`. */
export function applyOverrides(object: ApiObject, text: string, type: string): ApiObject {
  if (text === '') return object;
  if (!['merge', 'strategic', 'json'].includes(type)) throw new KubectlError(`invalid override type: ${type}`);
  const patch = overridesOf(text, type);
  const plain = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  if (type === 'json') return asTyped(applyJsonPatch(plain, patch) as ApiObject);
  if (type === 'strategic')
    return asTyped(applyStrategicMergePatch(plain, patch, patchView(object.kind)) as unknown as ApiObject);
  return asTyped(applyMergePatch(plain, patch) as ApiObject);
}
