import type { RestResponse } from '../../client/rest.ts';
import type { ApiServer } from '../server.ts';
import type { ParsedUrl } from './path.ts';

/** What must be true of a healthy API server, in the order in which it tells (genericapiserver.AddHealthChecks, and the hooks after its start). */
const HOOKS = [
  'start-apiserver-admission-initializer',
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'priority-and-fairness-filter',
  'storage-object-count-tracker-hook',
  'start-apiextensions-informers',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'start-kube-apiserver-identity-lease-controller',
  'start-kube-apiserver-identity-lease-garbage-collector',
  'start-legacy-token-tracking-controller',
  'start-service-ip-repair-controllers',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
  'start-kubernetes-service-cidr-controller',
  'aggregator-reload-proxy-client-cert',
  'start-kube-aggregator-informers',
  'apiservice-status-local-available-controller',
  'apiservice-status-remote-available-controller',
  'apiservice-registration-controller',
  'apiservice-discovery-controller',
  'kube-apiserver-autoregistration',
].map((name) => `poststarthook/${name}`);
const LAST = [
  'autoregister-completion',
  'poststarthook/apiservice-openapi-controller',
  'poststarthook/apiservice-openapiv3-controller',
];
const LIVE = ['ping', 'log', 'etcd', ...HOOKS, ...LAST];
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: LIVE,
  livez: LIVE,
  readyz: ['ping', 'log', 'etcd', 'etcd-readiness', 'informer-sync', ...HOOKS, ...LAST, 'shutdown'],
};

const TEXT = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/**
 * `/healthz`, `/livez`, `/readyz` and their single checks (`/livez/etcd`), with `?verbose` and `?exclude=`, as healthz.handleRootHealth
 * answers them. Undefined: there is no such check.
 */
export function answerHealth(server: ApiServer, { segments, query }: ParsedUrl): RestResponse | undefined {
  const [root = '', ...rest] = segments;
  const checks = CHECKS[root];
  if (checks === undefined) return undefined;
  const fails = (check: string) => check.startsWith('etcd') && !server.hasStorage;
  if (rest.length > 0) {
    const check = rest.join('/');
    if (!checks.includes(check)) return undefined;
    return fails(check)
      ? { status: 500, headers: TEXT, body: `internal server error: etcd failed: reason withheld\n` }
      : { status: 200, headers: TEXT, body: 'ok' };
  }
  const excluded = new Set(query.get('exclude') ?? []);
  const lines = checks.map((check) =>
    excluded.has(check)
      ? `[+]${check} excluded: ok`
      : fails(check)
        ? `[-]${check} failed: reason withheld`
        : `[+]${check} ok`,
  );
  for (const name of excluded) {
    if (!checks.includes(name)) lines.push(`warn: some health checks cannot be excluded: no matches for "${name}"`);
  }
  const failed = checks.some((check) => fails(check) && !excluded.has(check));
  if (failed) return { status: 500, headers: TEXT, body: `${lines.join('\n')}\n${root} check failed\n` };
  const body = query.has('verbose') ? `${lines.join('\n')}\n${root} check passed\n` : 'ok';
  return { status: 200, headers: TEXT, body };
}
