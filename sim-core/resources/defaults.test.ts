import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ValidationServer } from './testing/validation-server.ts';

type Manifest = Parameters<ValidationServer['create']>[0];
interface Recorded {
  readonly id: string;
  readonly final?: readonly { readonly items?: readonly Manifest[] }[];
}

const DATA = new URL('../../tests/golden/data/', import.meta.url);
/** Stand-ins for what the recordings leave open. */
const PLACEHOLDERS: readonly (readonly [string, string])[] = [
  ['<UID>', 'ca218d45-dd24-4858-9d51-34fd3971c5f3'],
  ['<CLUSTER_IP>', '10.96.0.5'],
  ['<TIME>', '2026-01-05T09:00:00Z'],
  ['"<NODE_PORT>"', '30001'],
];

function filledIn(item: Manifest): Manifest {
  let text = JSON.stringify(item);
  for (const [placeholder, value] of PLACEHOLDERS) text = text.replaceAll(placeholder, value);
  const { status: _status, ...object } = JSON.parse(text) as Manifest & { spec?: Record<string, unknown> };
  const { name, namespace, labels, annotations } = object.metadata;
  // A Job that brings its labels and selector is taken as it is only when it says that they are its own.
  if (object.kind === 'Job') object.spec!.manualSelector = true;
  for (const port of (object.spec?.ports as { nodePort?: unknown }[] | undefined) ?? [])
    if (port.nodePort !== undefined) port.nodePort = Number(port.nodePort);
  return { ...object, metadata: JSON.parse(JSON.stringify({ name, namespace, labels, annotations })) };
}

function content(object: Record<string, unknown>): unknown {
  const {
    metadata: _metadata,
    status: _status,
    ...rest
  } = JSON.parse(JSON.stringify(object)) as Record<string, unknown>;
  // v1.33 fills in a field that the recorded v1.28 did not know.
  if (rest.kind === 'Job') delete (rest.spec as Record<string, unknown>).podReplacementPolicy;
  return rest;
}

/** Objects as a real control plane completed them: nothing is left to complete, and nothing is wrong with them. */
describe('recorded objects', () => {
  const recorded = readdirSync(DATA)
    .filter((file) => file.endsWith('.jsonl'))
    .flatMap((file) => readFileSync(new URL(file, DATA), 'utf8').trim().split('\n'))
    .map((line) => JSON.parse(line) as Recorded)
    .flatMap(({ id, final = [] }) => final.flatMap(({ items = [] }) => items.map((item) => ({ id, item }))))
    .filter(({ item }) => new ValidationServer().server.resources.of(item) !== undefined)
    .map(({ id, item }) => ({ name: `${id}: ${item.kind} ${item.metadata.name}`, item }));

  it.each(recorded)('$name', ({ item }) => {
    const manifest = filledIn(item);
    const before = content(manifest);
    const { object, errors } = new ValidationServer().create(manifest);
    expect(errors).toEqual([]);
    expect(content(object!)).toEqual(before);
  });
});
