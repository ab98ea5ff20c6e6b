import { beforeAll, expect, it } from 'vitest';
import { Lab } from '../apiserver/testing/lab.ts';

interface Listed {
  items: { metadata: { name: string }; spec: Record<string, unknown>; status: { conditions?: { reason: string }[] } }[];
}

let lab: Lab;
beforeAll(() => {
  lab = new Lab();
});
const list = (path: string) => (lab.get(path) as unknown as Listed).items;
const apiServices = () => list('/apis/apiregistration.k8s.io/v1/apiservices').map(({ metadata }) => metadata.name);

it('every group version that is served has an APIService, custom ones as long as they are served', () => {
  const groups = lab.get('/apis') as unknown as { groups: { name: string; versions: { version: string }[] }[] };
  const served = groups.groups
    .flatMap(({ name, versions }) => versions.map(({ version }) => `${version}.${name}`))
    .filter((name) => !name.endsWith('apiregistration.k8s.io'));
  expect(apiServices()).toEqual([...served, 'v1.'].sort());
  const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
  lab.create({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'ships.example.com' },
    spec: { group: 'example.com', scope: 'Namespaced', names: { plural: 'ships', kind: 'Ship' }, versions: [version] },
  });
  lab.settle();
  expect(apiServices()).toContain('v1.example.com');
  lab.send('DELETE', `${definition}/ships.example.com`);
  lab.settle();
  expect(apiServices()).not.toContain('v1.example.com');
});

it('what the server makes for itself, it would accept from others', () => {
  for (const path of [
    '/apis/apiregistration.k8s.io/v1/apiservices',
    '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
    '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
    '/apis/networking.k8s.io/v1/servicecidrs',
  ]) {
    const [first] = list(path);
    expect(first).toBeDefined();
    for (const { metadata } of list(path)) {
      const object = lab.get(`${path}/${metadata.name}`);
      const answer = lab.send('PUT', `${path}/${metadata.name}?fieldValidation=Strict`, object);
      expect([metadata.name, answer.body.message, answer.status]).toEqual([metadata.name, undefined, 200]);
    }
  }
});
