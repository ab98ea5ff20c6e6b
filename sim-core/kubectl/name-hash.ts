import { sha256Hex } from '../api/sha256.ts';
import { encodeUtf8 } from '../api/utf8.ts';
import type { ApiObject } from './api.ts';
import { compactJson } from './printers/json.ts';

const SWAPS: Record<string, string> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

/** The hash that --append-hash and kustomize add to names of ConfigMaps and Secrets (kubectl/pkg/util/hash). */
export function hashName(object: ApiObject, name = object.metadata.name): string {
  const data = (object.data ?? '') as unknown;
  const content: Record<string, unknown> =
    object.kind === 'ConfigMap'
      ? {
          kind: 'ConfigMap',
          name,
          data,
          ...(object.binaryData === undefined ? {} : { binaryData: object.binaryData }),
        }
      : { kind: 'Secret', type: object.type ?? '', name, data };
  const hex = sha256Hex(encodeUtf8(compactJson(content)));
  return [...hex.slice(0, 10)].map((character) => SWAPS[character] ?? character).join('');
}
