import type { Input } from './session.ts';

/**
 * The inputs that put a learner's files in the places of components: `places` says which file is which component
 * (`{ 'controller.ts': 'replicaset-controller' }`). A file that is not there gives its place back.
 */
export function componentInputs(
  places: Readonly<Record<string, string>>,
  files: ReadonlyMap<string, string>,
): readonly Extract<Input, { type: 'component' }>[] {
  return Object.entries(places).map(([file, name]) => ({
    type: 'component',
    name,
    file,
    source: files.get(file) ?? null,
  }));
}
