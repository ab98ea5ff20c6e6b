import type { RestResponse } from '../../client/rest.ts';
import { ISSUER } from '../account-tokens.ts';
import { tableOf } from '../resource-storage.ts';
import type { ApiServer } from '../server.ts';
import { VERSION } from './meta.ts';

const json = (type: string, body: unknown): RestResponse => ({ status: 200, headers: { 'content-type': type }, body });

/** `/metrics`, and how service-account tokens are to be checked (routes.OpenIDMetadataServer). Undefined: no such page. */
export function page(server: ApiServer, path: string): RestResponse | undefined {
  switch (path.replace(/\/$/, '')) {
    case '/metrics':
      return {
        status: 200,
        headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' },
        body: metrics(server),
      };
    case '/.well-known/openid-configuration':
      return json('application/json', {
        issuer: ISSUER,
        jwks_uri: 'https://10.0.0.10:6443/openid/v1/jwks',
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['HS256'],
      });
    case '/openid/v1/jwks':
      // Tokens are signed with a secret here: there is no public key to give away.
      return json('application/jwk-set+json', { keys: [] });
    default:
      return undefined;
  }
}

/** What this server counts, in Prometheus' text format. */
function metrics({ resources, store }: ApiServer): string {
  const { compiler, goVersion, platform, gitVersion, gitCommit, gitTreeState, buildDate, major, minor } = VERSION;
  const counts = new Map<string, number>();
  for (const target of resources.served()) counts.set(tableOf(target), store.count(tableOf(target)));
  const build = Object.entries({
    build_date: buildDate,
    compiler,
    git_commit: gitCommit,
    git_tree_state: gitTreeState,
    git_version: gitVersion,
    go_version: goVersion,
    major,
    minor,
    platform,
  });
  return [
    '# HELP apiserver_storage_objects [STABLE] Number of stored objects at the time of last check, by resource.',
    '# TYPE apiserver_storage_objects gauge',
    ...[...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `apiserver_storage_objects{resource="${name}"} ${count}`),
    '# HELP kubernetes_build_info [ALPHA] What this server was built from; the value is always 1.',
    '# TYPE kubernetes_build_info gauge',
    `kubernetes_build_info{${build.map(([name, value]) => `${name}="${value}"`).join(',')}} 1`,
    '',
  ].join('\n');
}
