import { base64OfText, bytesOfBase64 } from '../api/base64.ts';
import { deepEqual, setOwn } from '../api/equality.ts';
import { type ErrorList, forbidden, invalid, required, tooLong } from '../api/field-error.ts';
import { isConfigMapKey } from '../api/names.ts';
import type { Secret } from '../api/objects.ts';
import { decodeUtf8 } from '../api/utf8.ts';
import type { ResourceDefinition } from './resource.ts';
import { addInvalid, checkImmutable, isBlank } from './shared/checks.ts';
import { AGE, NAME } from './shared/columns.ts';
import { base64Length } from './shared/data-size.ts';
import { goJsonError } from './shared/go-json-error.ts';

const MAX_SIZE = 1024 * 1024;
const ACCOUNT = 'kubernetes.io/service-account.name';
/** Types whose one key holds a JSON object. */
const JSON_KEYS: Readonly<Record<string, string>> = {
  'kubernetes.io/dockercfg': '.dockercfg',
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
};

export const secrets: ResourceDefinition<Secret> = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  singular: 'secret',
  namespaced: true,
  fields: { type: ({ type }) => type ?? '' },
  applyDefaults(secret) {
    secret.type ??= 'Opaque';
    mergeStringData(secret);
  },
  prepareForUpdate(secret, old) {
    mergeStringData(secret);
    // Clients that leave the type out mean the one that there is.
    if (isBlank(secret.type)) secret.type = old.type;
  },
  validate: checkContent,
  validateUpdate(secret, old) {
    const errors: ErrorList = [];
    checkImmutable(secret.type, old.type, 'type', errors);
    if (old.immutable === true) {
      const why = 'field is immutable when `immutable` is set';
      if (secret.immutable !== true) errors.push(forbidden('immutable', why));
      if (!deepEqual(secret.data, old.data)) errors.push(forbidden('data', why));
    }
    errors.push(...checkContent(secret));
    return errors;
  },
  columns: [
    NAME,
    { name: 'Type', value: ({ type }) => type ?? '' },
    { name: 'Data', value: ({ data = {} }) => Object.keys(data).length },
    AGE,
  ],
};

/** stringData is for writing only: its values go to data, over what is there (Convert_v1_Secret_To_core_Secret). */
function mergeStringData(secret: Secret): void {
  const { stringData } = secret;
  if (stringData === undefined) return;
  const data: Record<string, string> = { ...secret.data };
  for (const [key, value] of Object.entries(stringData)) setOwn(data, key, base64OfText(value));
  secret.data = data;
  delete secret.stringData;
}

/** A text's UTF-8 bytes as code units 0–255. */
function textOf(base64: string): string {
  const bytes = bytesOfBase64(base64);
  return bytes === undefined ? '' : decodeUtf8(bytes);
}

/** ValidateSecret */
function checkContent({ metadata, type, data }: Secret): ErrorList {
  const errors: ErrorList = [];
  let size = 0;
  for (const key in data) {
    addInvalid(errors, `data[${key}]`, key, isConfigMapKey(key));
    size += base64Length(data[key]!);
  }
  if (size > MAX_SIZE) errors.push(tooLong('data', MAX_SIZE));
  const has = (key: string): boolean => data !== undefined && Object.hasOwn(data, key);
  switch (type) {
    case 'kubernetes.io/service-account-token':
      if (isBlank(metadata.annotations?.[ACCOUNT])) errors.push(required(`metadata.annotations[${ACCOUNT}]`));
      break;
    case 'kubernetes.io/dockercfg':
    case 'kubernetes.io/dockerconfigjson': {
      const key = JSON_KEYS[type]!;
      if (!has(key)) errors.push(required(`data[${key}]`));
      else {
        const problem = goJsonError(textOf(data![key]!));
        if (problem !== undefined) errors.push(invalid(`data[${key}]`, '<secret contents redacted>', problem));
      }
      break;
    }
    case 'kubernetes.io/basic-auth':
      if (!has('username') && !has('password')) errors.push(required('data[username]'), required('data[password]'));
      break;
    case 'kubernetes.io/ssh-auth':
      if (isBlank(data?.['ssh-privatekey'])) errors.push(required('data[ssh-privatekey]'));
      break;
    case 'kubernetes.io/tls':
      for (const key of ['tls.crt', 'tls.key']) if (!has(key)) errors.push(required(`data[${key}]`));
  }
  return errors;
}
