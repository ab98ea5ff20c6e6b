import { expect, it } from 'vitest';
import { encodeBase64 } from '../../api/base64.ts';
import type { Secret } from '../../api/objects.ts';
import { credentialsFor, dockerConfigOf } from './pull-secrets.ts';

function secret(auths: unknown): Secret {
  const text = typeof auths === 'string' ? auths : JSON.stringify({ auths });
  return {
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': encodeBase64(text) },
  } as unknown as Secret;
}

const user = (name: string) => ({ username: name, password: 'p' });

it('credentials fit by host, star and path, the nearest first', () => {
  const config = dockerConfigOf(
    secret({
      'https://index.docker.io/v1/': user('hub'),
      'registry.example.com': user('host'),
      'registry.example.com/team': user('team'),
      '*.example.org': { auth: encodeBase64('star:p:q') },
    }),
  )!;
  const names = (image: string) => credentialsFor(image, [config]).map(({ username }) => username);
  expect(names('nginx')).toEqual(['hub']);
  expect(names('registry.example.com/team/app:1')).toEqual(['team', 'host']);
  expect(names('registry.example.com/teams/app:1')).toEqual(['host']);
  expect(credentialsFor('a.example.org/x', [config])).toEqual([{ username: 'star', password: 'p:q' }]);
  expect(names('a.b.example.org/x')).toEqual([]);
});

it('what cannot be read gives none', () => {
  expect(dockerConfigOf(secret('{'))).toBeUndefined();
  expect(dockerConfigOf(secret('null'))).toBeUndefined();
  expect(dockerConfigOf({ type: 'Opaque', data: {} } as unknown as Secret)).toBeUndefined();
  expect([...(dockerConfigOf(secret({ 'a.example.com': { auth: '%' } })) ?? [])]).toEqual([]);
});
