import { eventsOf, header, labelsAndAnnotations } from './common.ts';
import type { Describer, DescriptionWriter, Json } from './writer.ts';

const SKIPPED = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
]);
const ACRONYMS = new Set(['URL', 'ID', 'API', 'UID', 'OSB', 'GUID']);

/** `creationTimestamp` as `Creation Timestamp` (smartLabelFor). */
export function smartLabel(field: string): string {
  if (/[^A-Za-z-]/.test(field)) return field;
  const parts = field.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[A-Z]/g) ?? [field];
  return parts
    .map((part) => {
      const upper = part.toUpperCase();
      if (ACRONYMS.has(upper)) return upper;
      return /^[A-Z0-9]+$/.test(part) ? part : part.charAt(0).toUpperCase() + part.slice(1);
    })
    .join(' ');
}

function contentLines(writer: DescriptionWriter, level: number, content: Json, prefix: string, depth = 0): void {
  if (depth > 60) return;
  for (const field of Object.keys(content).sort()) {
    const path = `${prefix}.${field}`;
    const value = content[field];
    if (SKIPPED.has(path) || value === undefined) continue;
    const label = smartLabel(field);
    if (Array.isArray(value)) {
      writer.write(level, `${label}:\n`);
      for (const item of value as unknown[]) {
        if (typeof item === 'object' && item !== null && !Array.isArray(item))
          contentLines(writer, level + 1, item as Json, path, depth + 1);
        else writer.write(level + 1, `${String(item)}\n`);
      }
    } else if (typeof value === 'object' && value !== null) {
      writer.write(level, `${label}:\n`);
      contentLines(writer, level + 1, value as Json, path, depth + 1);
    } else writer.line(level, `${label}:`, value === null ? '<nil>' : String(value));
  }
}

/** Every field of an object of a kind that kubectl does not know. */
export const describeGeneric: Describer = async (writer, object, describe) => {
  header(writer, object);
  labelsAndAnnotations(writer, object);
  contentLines(writer, 0, object as Json, '');
  await eventsOf(writer, object, describe);
};
