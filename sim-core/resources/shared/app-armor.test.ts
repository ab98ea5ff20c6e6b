import { expect, it } from 'vitest';
import { Lab, pod } from '../../apiserver/testing/lab.ts';
import { APP_ARMOR } from './app-armor.ts';

const lab = new Lab('lab');

function created(name: string, annotation: string, spec: Record<string, unknown> = {}) {
  const manifest = pod(name, spec);
  Object.assign(manifest.metadata as object, { annotations: { [`${APP_ARMOR}main`]: annotation } });
  const { body, headers } = lab.post(manifest);
  const { containers } = body.spec as { containers: { securityContext?: unknown }[] };
  return { context: containers[0]!.securityContext, warning: headers.warning ?? '' };
}

const ADVICE = 'deprecated since v1.30';

it('an annotation of a new pod becomes the field, and its author is told', () => {
  const { context, warning } = created('a', 'localhost/deny-write');
  expect(context).toEqual({ appArmorProfile: { type: 'Localhost', localhostProfile: 'deny-write' } });
  expect(warning).toContain(ADVICE);
  expect(created('b', 'unconfined').context).toEqual({ appArmorProfile: { type: 'Unconfined' } });
});

it('nothing changes where the pod says the same, or the container says something itself', () => {
  const profile = { appArmorProfile: { type: 'RuntimeDefault' } };
  expect(created('c', 'runtime/default', { securityContext: profile })).toEqual({ context: undefined, warning: '' });
  const own = { containers: [{ name: 'main', image: 'nginx:1.25', securityContext: profile }] };
  expect(created('d', 'runtime/default', own)).toEqual({ context: profile, warning: '' });
});

it('a profile of the pod or the container becomes an annotation', () => {
  const annotations = (name: string, spec: Record<string, unknown>, container = {}) =>
    (lab.post(pod(name, spec, container)).body.metadata as { annotations?: unknown }).annotations;
  const localhost = { appArmorProfile: { type: 'Localhost', localhostProfile: 'deny-write' } };
  expect(annotations('e', { securityContext: localhost })).toEqual({ [`${APP_ARMOR}main`]: 'localhost/deny-write' });
  const unconfined = { securityContext: { appArmorProfile: { type: 'Unconfined' } } };
  expect(annotations('f', { securityContext: localhost }, unconfined)).toEqual({ [`${APP_ARMOR}main`]: 'unconfined' });
  expect(annotations('g', {})).toBeUndefined();
});
