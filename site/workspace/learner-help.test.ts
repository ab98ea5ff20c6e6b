import { expect, test } from 'vitest';
import { explainLearnerName, learnerNames, learnerSuggestions } from './learner-help.ts';

const at = (text: string) => {
  const position = text.indexOf('|');
  return learnerSuggestions(text.replace('|', ''), position);
};
const names = (text: string) => at(text)?.options.map(({ name }) => name);

test('knows what the module has, with signatures and comments', () => {
  expect(learnerNames.find(({ owner, name }) => owner === 'Client' && name === 'patch')?.signature).toMatch(
    /^patch\( resource: string, .*\): KubeObject$/,
  );
  expect(learnerNames.find(({ owner, name }) => owner === 'Client' && name === 'bind')?.doc).toBe(
    'Puts a pod on a node, as a scheduler does.',
  );
  expect(learnerNames.find(({ name }) => name === 'matches')?.signature).toMatch(/^function matches/);
  expect(learnerNames.find(({ owner, name }) => owner === 'events' && name === 'warning')).toBeDefined();
});

test('offers the members of what stands before the dot', () => {
  expect(names('context.client.|')).toEqual([
    'get',
    'list',
    'create',
    'update',
    'updateStatus',
    'patch',
    'delete',
    'bind',
    'evict',
  ]);
  expect(names('context.events.n|')).toEqual(['normal', 'warning']);
  expect(names('pods.|')).toContain('addHandler');
  expect(at('context.informers.fo|')).toMatchObject({ from: 18 });
});

test('offers what is exported, and the parts of a component, elsewhere', () => {
  expect(names('import { con| }')).toEqual(expect.arrayContaining(['controllerRef', 'isNotFound', 'filter', 'score']));
});

test('explains a name by what it belongs to', () => {
  const text = 'context.queue((key) => 1); queue.add("x");';
  expect(explainLearnerName(text, text.indexOf('.add') + 2)?.names.map(({ owner }) => owner)).toEqual(['WorkQueue']);
  expect(explainLearnerName(text, 10)?.names[0]?.doc).toMatch(/^Makes a work queue/);
  expect(explainLearnerName('const nothing = 1', 8)).toBeUndefined();
});
