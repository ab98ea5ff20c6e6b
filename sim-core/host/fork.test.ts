import './programs.ts';
import { expect, it } from 'vitest';
import { SECOND } from '../engine/index.ts';
import { fork, goOn } from './fork.ts';
import { Session } from './session.ts';

it('stands where the original stood, and goes another way from there', () => {
  const original = new Session({ preset: 'two-workers', seed: 3 });
  const { engine, store } = original.cluster;
  engine.runUntil(engine.now + 30 * SECOND);
  original.apply({ type: 'note', text: 'before' });
  engine.runUntil(engine.now + 10 * SECOND);
  const moment = engine.now;
  const then = store.tableNames().map((table) => store.list(table));
  original.apply({ type: 'fault', fault: { type: 'node-power', node: 'worker-2', on: false } });
  engine.runUntil(engine.now + 60 * SECOND);

  const copy = fork(original.log(), moment - 1);
  copy.cluster.engine.runUntil(moment);
  expect(copy.cluster.store.tableNames().map((table) => copy.cluster.store.list(table))).toEqual(then);
  expect(copy.log().entries.map(({ input }) => input.type)).toEqual(['note']);
  // Nobody pulled the plug there.
  copy.cluster.engine.runUntil(engine.now);
  expect(copy.cluster.store.list('nodes')).not.toEqual(store.list('nodes'));
});

it('ends where the log ends', () => {
  const original = new Session({ preset: 'one-worker', seed: 3 });
  const { engine } = original.cluster;
  engine.runUntil(engine.now + 5 * SECOND);
  expect(fork(original.log(), engine.now + 60 * SECOND).cluster.engine.now).toBe(engine.now);
});

it('is taken on as its original goes on, and stands where a fork made then would stand', () => {
  const original = new Session({ preset: 'one-worker', seed: 3 });
  const { engine } = original.cluster;
  engine.runUntil(engine.now + 20 * SECOND);
  original.apply({ type: 'note', text: 'before' });
  const early = fork(original.log(), engine.now);
  engine.runUntil(engine.now + 3 * SECOND);
  original.apply({ type: 'fault', fault: { type: 'node-power', node: 'worker-1', on: false } });
  engine.runUntil(engine.now + 60 * SECOND);
  const log = original.log();
  expect(goOn(early, log, engine.now)).toBe(true);
  const fresh = fork(log, engine.now);
  expect(early.log()).toEqual(fresh.log());
  const tables = (session: Session) => {
    const { store } = session.cluster;
    return store.tableNames().map((table) => store.list(table));
  };
  expect(tables(early)).toEqual(tables(fresh));
  // Neither back in time, nor with another past.
  expect(goOn(early, log, engine.now - 1)).toBe(false);
  early.apply({ type: 'note', text: 'another way' });
  expect(goOn(early, log, engine.now)).toBe(false);
});
