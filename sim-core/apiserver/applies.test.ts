import { beforeEach, describe, expect, it } from 'vitest';
import type { ManagedFieldsEntry } from '../api/objects.ts';
import { Lab } from './testing/lab.ts';

const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
let lab: Lab;

beforeEach(() => {
  lab = new Lab();
  lab.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 0,
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  lab.settle();
});

const apply = (path: string, manager: string, body: object) =>
  lab.send('PATCH', `${path}?fieldManager=${manager}`, body, undefined, '', APPLY);
const managers = (path: string) =>
  (lab.get(path).metadata as { managedFields?: ManagedFieldsEntry[] }).managedFields?.map(
    ({ manager, operation, subresource }) => [manager, operation, subresource],
  );

it('who manages which field is the same whether it is asked at once or after hours', () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  const spec = { replicas: 4, selector: { matchLabels: { a: 'b' } }, template };
  const podsOf = (asking: Lab) => asking.get('/api/v1/namespaces/default/pods').items;
  const at = (hour: number) => {
    const one = new Lab();
    one.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop' }, spec });
    one.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'cart' }, spec });
    one.settle(30);
    if (hour === 0) podsOf(one);
    one.settle(3600);
    return podsOf(one);
  };
  const late = at(1);
  expect(late).toEqual(at(0));
  expect(JSON.stringify(late)).toContain('k:{\\"ip\\":');
});

describe('server-side apply to a subresource', () => {
  it('writes the status alone, and owns what it wrote', () => {
    const answer = apply(`${DEPLOYMENTS}/web/status`, 'mine', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas: 7 },
      status: { conditions: [{ type: 'Reviewed', status: 'True' }] },
    });
    expect(answer.status).toBe(200);
    const { spec, status } = lab.get(`${DEPLOYMENTS}/web`) as unknown as {
      spec: { replicas: number };
      status: { conditions: { type: string }[] };
    };
    expect(spec.replicas).toBe(0);
    expect(status.conditions.map(({ type }) => type)).toContain('Reviewed');
    expect(managers(`${DEPLOYMENTS}/web`)).toContainEqual(['mine', 'Apply', 'status']);
  });

  it('does not create', () => {
    const answer = apply(`${DEPLOYMENTS}/none/status`, 'mine', { apiVersion: 'apps/v1', kind: 'Deployment' });
    expect(answer.body.message).toBe('deployments.apps "none" not found');
  });

  it('scales, against the owner of the number only with force', () => {
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'web' }, spec: { replicas: 2 } };
    const refused = apply(`${DEPLOYMENTS}/web/scale`, 'mine', scale);
    expect(refused.status).toBe(409);
    expect(refused.body.message).toContain('.spec.replicas');
    expect(apply(`${DEPLOYMENTS}/web/scale`, 'mine&force=true', scale).body.spec).toEqual({ replicas: 2 });
    expect(managers(`${DEPLOYMENTS}/web`)).toContainEqual(['mine', 'Apply', 'scale']);
  });
});

describe('metadata.managedFields of a client', () => {
  const path = `${DEPLOYMENTS}/web`;

  it('can be forgotten with one empty entry, not with an empty list', () => {
    lab.send('PATCH', path, { metadata: { managedFields: [] } });
    expect(managers(path)).not.toBeUndefined();
    lab.send('PATCH', path, { metadata: { managedFields: [{}] } });
    expect(managers(path)).toBeUndefined();
  });

  it('can be handed from one manager to another, as kubectl does before its first server-side apply', () => {
    const { metadata } = lab.get(path) as unknown as { metadata: { managedFields: ManagedFieldsEntry[] } };
    const mine = metadata.managedFields.map((entry) =>
      entry.manager === 'kubectl' ? { ...entry, manager: 'kubectl', operation: 'Apply' } : entry,
    );
    const patch = [{ op: 'replace', path: '/metadata/managedFields', value: mine }];
    const answer = lab.send('PATCH', path, patch, undefined, '', { 'content-type': 'application/json-patch+json' });
    expect(answer.status).toBe(200);
    expect(managers(path)).toContainEqual(['kubectl', 'Apply', undefined]);
    expect(managers(path)).not.toContainEqual(['kubectl', 'Update', undefined]);
  });
});
