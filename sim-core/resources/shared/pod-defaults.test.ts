import { expect, it } from 'vitest';
import { applyPodSpecDefaults } from './pod-defaults.ts';

type Spec = Parameters<typeof applyPodSpecDefaults>[0];

function defaulted(spec: object): Spec {
  const copy = structuredClone(spec) as Spec;
  applyPodSpecDefaults(copy, true);
  return copy;
}

const mount = (name: string) => ({ name, mountPath: `/${name}` });

// Both gates are off in v1.33.
it('drops image volumes with their mounts', () => {
  const image = { name: 'image', image: { reference: 'quay.io/crio/artifact:v2' } };
  const container = { name: 'a', image: 'debian', volumeMounts: [mount('image')] };
  const alone = defaulted({ containers: [container], volumes: [image] });
  expect(alone.volumes).toBeUndefined();
  expect(alone.containers[0]!.volumeMounts).toBeUndefined();
  const beside = defaulted({
    initContainers: [{ ...container, volumeMounts: [mount('data'), mount('image')] }],
    containers: [{ ...container, volumeMounts: [mount('data')] }],
    volumes: [image, { name: 'data' }],
  });
  expect(beside.volumes).toEqual([{ name: 'data', emptyDir: {} }]);
  expect(beside.initContainers![0]!.volumeMounts).toEqual([mount('data')]);
  expect(beside.containers[0]!.volumeMounts).toEqual([mount('data')]);
});

it('drops resources of whole pods', () => {
  const { resources } = defaulted({ containers: [{ name: 'a', image: 'b' }], resources: { limits: { cpu: '1' } } });
  expect(resources).toBeUndefined();
});

it('drops signals and trust bundles', () => {
  const { containers, volumes } = defaulted({
    containers: [
      { name: 'a', image: 'b', lifecycle: { stopSignal: 'SIGUSR1' } },
      { name: 'c', image: 'b', lifecycle: { stopSignal: 'SIGUSR1', preStop: { sleep: { seconds: 1 } } } },
    ],
    volumes: [{ name: 'roots', projected: { sources: [{ clusterTrustBundle: { name: 'example', path: 'a.pem' } }] } }],
  });
  expect(containers.map(({ lifecycle }) => lifecycle)).toEqual([undefined, { preStop: { sleep: { seconds: 1 } } }]);
  expect(volumes![0]!.projected!.sources).toEqual([{}]);
});
