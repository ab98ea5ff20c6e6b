import { beforeAll, describe, expect, it } from 'vitest';
import { apiDocuments } from '../rest/documents.ts';
import { Lab } from '../testing/lab.ts';

const GROUP = '/apis/stable.example.com';
let lab: Lab;

function version(name: string, storage: boolean, properties: object, more: object = {}) {
  const spec = { type: 'object', properties };
  return {
    name,
    storage,
    served: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
    ...more,
  };
}

function definition(plural: string, kind: string, versions: unknown[]) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.stable.example.com` },
    spec: { group: 'stable.example.com', scope: 'Namespaced', names: { plural, kind }, versions },
  };
}

beforeAll(() => {
  lab = new Lab();
  Object.assign(lab.cluster.meta, apiDocuments());
  const text = { type: 'string' };
  const fields = { selectableFields: [{ jsonPath: '.spec.host' }, { jsonPath: '.spec.count' }] };
  const open = { schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } };
  lab.create(
    definition('tabs', 'Tab', [
      version('v1beta1', false, { host: text }),
      version('v1', true, { host: text, count: { type: 'integer', default: 3 } }, fields),
    ]),
    definition('boxes', 'Box', [version('v1', true, {}, open)]),
  );
  lab.settle(1);
});

describe('a custom resource of several versions', () => {
  const TABS = `${GROUP}/v1/namespaces/default/tabs`;
  const names = (selector: string) => {
    const { body } = lab.send('GET', `${TABS}?fieldSelector=${encodeURIComponent(selector)}`);
    return (
      (body.items as { metadata: { name: string } }[] | undefined)?.map(({ metadata }) => metadata.name) ?? body.message
    );
  };

  it('has the defaults of its storage version, however it came, and is selected by its fields', () => {
    const tab = (name: string, host: string) => ({
      apiVersion: 'stable.example.com/v1beta1',
      kind: 'Tab',
      metadata: { name },
      spec: { host },
    });
    lab.create(tab('a', 'one'), tab('b', 'two'));
    expect(lab.get(`${TABS}/a`)).toMatchObject({
      apiVersion: 'stable.example.com/v1',
      spec: { host: 'one', count: 3 },
    });
    expect(names('spec.host=two')).toEqual(['b']);
    expect(names('spec.count=3,spec.host!=two')).toEqual(['a']);
    expect(names('spec.other=x')).toContain('field label not supported: spec.other');
  });

  it('is replaced only by those who have read it', () => {
    const tab = lab.get(`${TABS}/a`) as unknown as { metadata: { resourceVersion?: string } };
    expect(lab.send('PUT', `${TABS}/a`, tab).status).toBe(200);
    delete tab.metadata.resourceVersion;
    expect(lab.send('PUT', `${TABS}/a`, tab).body.message).toBe(
      'tabs.stable.example.com "a" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    );
  });
});

it('OpenAPI 2 lists no property of what holds unknown fields: clients would refuse the others', () => {
  const { definitions } = lab.send('GET', '/openapi/v2', undefined, undefined, '', { accept: 'application/json' })
    .body as unknown as { definitions: Record<string, object> };
  expect(definitions['com.example.stable.v1.Box']).toEqual({
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'stable.example.com', kind: 'Box', version: 'v1' }],
  });
});
