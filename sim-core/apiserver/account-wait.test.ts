import { expect, test } from 'vitest';
import '../host/programs.ts';
import { adminToken } from '../cluster/cluster.ts';
import { MILLISECOND } from '../engine/index.ts';
import { type Output, replay, Session } from '../host/session.ts';

const pod = (namespace: string, account?: string) => ({
  path: `/api/v1/namespaces/${namespace}/pods`,
  body: {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { serviceAccountName: account, containers: [{ name: 'c', image: 'nginx:1.27' }] },
  },
});
const namespace = (name: string) => ({
  path: '/api/v1/namespaces',
  body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
});

function opened(without: readonly 'controllers'[] = []) {
  const statuses: number[] = [];
  const output = (each: Output) => each.type === 'response' && statuses.push(each.response.status);
  const session = new Session({ preset: 'one-worker', seed: 3, trace: { level: 'off' }, without }, output);
  session.cluster.engine.settle();
  const post = (request: { path: string; body: unknown }) => {
    const headers = { authorization: `Bearer ${adminToken(3)}`, 'content-type': 'application/json' };
    session.apply({ type: 'request', id: statuses.length + 1, request: { method: 'POST', headers, ...request } });
    return statuses.at(-1);
  };
  return { session, post };
}

test('a pod that comes with its namespace waits for the account, and again when it is replayed', () => {
  const { session, post } = opened();
  expect(post(namespace('fresh'))).toBe(201);
  const before = session.cluster.engine.now;
  expect(post(pod('fresh'))).toBe(201);
  expect(session.cluster.engine.now - before).toBe(100 * MILLISECOND);
  const log = session.log();
  expect(log.entries).toHaveLength(2);
  const again = replay(log);
  expect(again.cluster.store.revision).toBe(session.cluster.store.revision);
});

test('an account of another name is not waited for', () => {
  const { session, post } = opened();
  post(namespace('fresh'));
  const before = session.cluster.engine.now;
  expect(post(pod('fresh', 'robot'))).toBe(403);
  expect(session.cluster.engine.now).toBe(before);
});

test('nobody makes accounts: the tenth look is the last', () => {
  const { session, post } = opened(['controllers']);
  post(namespace('fresh'));
  const before = session.cluster.engine.now;
  expect(post(pod('fresh'))).toBe(403);
  expect(session.cluster.engine.now - before).toBe(900 * MILLISECOND);
});
