import { ageOf } from '../../api/duration.ts';
import type { KubeObject } from '../../api/objects.ts';
import type { Column } from '../resource.ts';

/** The first column of nearly every kind. */
export const NAME: Column<KubeObject> = { name: 'Name', format: 'name', value: ({ metadata }) => metadata.name };

/** The age of the object, which most kinds show last (translateTimestampSince of its creation). */
export const AGE: Column<KubeObject> = {
  name: 'Age',
  value: ({ metadata }, now) => ageOf(metadata.creationTimestamp, now),
};

/** The creation time as it is, for kinds that show it so (Roles). */
export const CREATED: Column<KubeObject> = {
  name: 'Created At',
  type: 'date',
  value: ({ metadata }) => metadata.creationTimestamp,
};

export function noneIfEmpty(text: string | undefined | null): string {
  return text === undefined || text === null || text === '' ? '<none>' : text;
}
