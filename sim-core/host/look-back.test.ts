import './programs.ts';
import { expect, it } from 'vitest';
import type { AnyObject } from '../api/objects.ts';
import { SECOND } from '../engine/index.ts';
import { changesBetween, timelineMarks, timeOf } from './look-back.ts';
import { Session } from './session.ts';

/** Revision of each object of a cluster, by table and key. */
type Picture = Map<string, string | undefined>;

function revisions(objects: readonly AnyObject[]): (string | undefined)[] {
  return objects.map(({ metadata }) => metadata.resourceVersion);
}

const session = new Session({ preset: 'one-worker', seed: 7 });
const { engine, store } = session.cluster;
engine.runUntil(engine.now + 40 * SECOND);
session.apply({ type: 'note', text: 'a command' });
session.apply({ type: 'fault', fault: { type: 'node-power', node: 'worker-1', on: false } });
engine.runUntil(engine.now + 60 * SECOND);

it('leads from any revision to any other, both ways', () => {
  const oldest = store.oldestRevision;
  const stops = [oldest, 40, 200, 90, store.revision, 120, 121, 3, store.revision];
  const picture: Picture = new Map();
  let at = oldest;
  for (const stop of stops) {
    for (const { type, table, key, object } of changesBetween(store, at, stop)) {
      if (type === 'DELETED') picture.delete(`${table} ${key}`);
      else picture.set(`${table} ${key}`, object.metadata.resourceVersion);
    }
    at = stop;
    const expected = store.tableNames().flatMap((table) => revisions(store.listAt(table, stop)));
    expect([...picture.values()].sort()).toEqual(expected.sort());
  }
});

it('knows when a revision was made', () => {
  const change = store.history(100, 101)[0]!;
  expect(timeOf(store, 101)).toBe(change.time);
});

it('marks commands and incidents at the revision at which the cluster stood', () => {
  const marks = timelineMarks(store, session.log().entries);
  expect(marks.map(({ type, text }) => [type, text])).toEqual([
    ['command', 'a command'],
    ['incident', 'worker-1 power off'],
  ]);
  const [{ revision, time }] = marks as [(typeof marks)[0]];
  expect(timeOf(store, revision)).toBeLessThanOrEqual(time);
  expect(timeOf(store, revision + 1)).toBeGreaterThan(time);
});
