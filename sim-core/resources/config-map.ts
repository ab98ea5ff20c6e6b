import { deepEqual } from '../api/equality.ts';
import { type ErrorList, forbidden, invalid, tooLong } from '../api/field-error.ts';
import { byteLength } from '../api/go-format.ts';
import { isConfigMapKey } from '../api/names.ts';
import type { ConfigMap } from '../api/objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { base64Length } from './shared/data-size.ts';

const MAX_SIZE = 1024 * 1024;

export const configMaps: ResourceDefinition<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  singular: 'configmap',
  shortNames: ['cm'],
  namespaced: true,
  validate: checkContent,
  validateUpdate(configMap, old) {
    const errors: ErrorList = [];
    if (old.immutable === true) {
      const why = 'field is immutable when `immutable` is set';
      if (configMap.immutable !== true) errors.push(forbidden('immutable', why));
      if (!deepEqual(configMap.data, old.data)) errors.push(forbidden('data', why));
      if (!deepEqual(configMap.binaryData, old.binaryData)) errors.push(forbidden('binaryData', why));
    }
    errors.push(...checkContent(configMap));
    return errors;
  },
  columns: [
    NAME,
    {
      name: 'Data',
      value: ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length,
    },
    AGE,
  ],
};

/** ValidateConfigMap */
function checkContent({ data, binaryData }: ConfigMap): ErrorList {
  const errors: ErrorList = [];
  let size = 0;
  for (const key in data) {
    addInvalid(errors, `data[${key}]`, key, isConfigMapKey(key));
    if (binaryData !== undefined && Object.hasOwn(binaryData, key))
      errors.push(invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    size += byteLength(data[key]!);
  }
  for (const key in binaryData) {
    addInvalid(errors, `binaryData[${key}]`, key, isConfigMapKey(key));
    size += base64Length(binaryData[key]!);
  }
  // The error concerns the whole object.
  if (size > MAX_SIZE) errors.push(tooLong('', MAX_SIZE));
  return errors;
}
