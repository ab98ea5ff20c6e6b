import { plain, recurse } from '../flow.ts';
import { deletePaths, getPath, type Path, setPath } from '../paths.ts';
import type { Json } from '../values.ts';
import { array, type Entry, withValues } from './builtin.ts';

/** Paths, and what lies at them. */
export const PATHS: readonly Entry[] = [
  [
    'path/1',
    function* (machine, { value }, args, scope) {
      for (const path of machine.paths(args[0]!, value, scope)) yield plain(path as Json);
    },
  ],
  [
    'getpath/1',
    function* (machine, flow, args, scope) {
      for (const given of machine.values(args[0]!, flow.value, scope)) {
        const path = array(given, 'used as a path') as Path;
        yield { value: getPath(flow.value, path), path: flow.path === undefined ? undefined : [...flow.path, ...path] };
      }
    },
  ],
  ['setpath/2', withValues((value, path, leaf) => setPath(value, array(path, 'used as a path') as Path, leaf))],
  ['delpaths/1', withValues((value, paths) => deletePaths(value, array(paths, 'used as paths') as Path[]))],
  [
    'tostream/0',
    function* (_machine, { value }) {
      for (const { value: item, path } of recurse({ value, path: [] }))
        if (typeof item !== 'object' || item === null) yield plain([path as Json, item]);
    },
  ],
];
