import { expect, it } from 'vitest';
import { Lab } from '../testing/lab.ts';
import { page } from './pages.ts';

const lab = new Lab();
lab.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });

it('counts what is stored, in the format of Prometheus', () => {
  const { headers, body } = page(lab.cluster.server, '/metrics')!;
  expect(headers['content-type']).toMatch(/^text\/plain; version=0.0.4/);
  const count = () =>
    Number(
      /^apiserver_storage_objects\{resource="configmaps"\} (\d+)$/m.exec(
        String(page(lab.cluster.server, '/metrics')!.body),
      )?.[1],
    );
  const before = count();
  lab.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } });
  expect(count()).toBe(before + 1);
  expect(body).toMatch(/^kubernetes_build_info\{.*git_version="v1.33.\d+".*\} 1$/m);
  for (const line of String(body).trimEnd().split('\n'))
    expect(line).toMatch(/^(# (HELP|TYPE) |[a-z_]+(\{.*\})? \d+$)/);
});

it('tells how tokens are checked', () => {
  expect(page(lab.cluster.server, '/.well-known/openid-configuration')!.body).toMatchObject({
    issuer: 'https://kubernetes.default.svc.cluster.local',
    id_token_signing_alg_values_supported: ['HS256'],
  });
  expect(page(lab.cluster.server, '/openid/v1/jwks')!.body).toEqual({ keys: [] });
  expect(page(lab.cluster.server, '/nosuch')).toBeUndefined();
});
