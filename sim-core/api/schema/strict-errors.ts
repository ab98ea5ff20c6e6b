import type { DecodeContext } from './decode-context.ts';

/** Listed once each, at most a hundred, as sigs.k8s.io/json does; sorted as the converter of patches does. */
export function strictErrors(context: DecodeContext, duplicates: readonly string[]): string[] {
  if (context.unknown.length === 0 && duplicates.length === 0) return [];
  const all = new Set(context.unknown.map((path) => `unknown field "${path}"`));
  for (const path of duplicates) {
    // What is below an unknown field is not looked at.
    const ignored = context.unknown.some(
      (unknown) => path.startsWith(unknown) && /^[.[]/.test(path.slice(unknown.length)),
    );
    if (!ignored) all.add(`duplicate field "${path}"`);
  }
  const list = [...all].slice(0, 100);
  return context.unstructured ? list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)) : list;
}

/** The message of the 400 that the API server answers with (transformDecodeError): `Pod in version "v1" cannot be handled as a Pod: …`. */
export function cannotBeHandled(kind: string, version: string, why: string): string {
  return `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`;
}

/** What strict decoding says of its list (runtime.strictDecodingError). */
export function strictDecodingError(unknownFields: readonly string[]): string {
  return `strict decoding error: ${unknownFields.join(', ')}`;
}
