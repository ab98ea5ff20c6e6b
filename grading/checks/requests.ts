import type { KubeObject } from '../../sim-core/api/objects.ts';
import type { RestResponse } from '../../sim-core/client/rest.ts';
import { adminToken, type Cluster } from '../../sim-core/cluster/cluster.ts';
import { splitGroupVersion } from '../../sim-core/resources/registry.ts';
import type { Manifest } from '../format/exercise.ts';

/** The collection of a kind in a namespace: `/apis/apps/v1/namespaces/default/deployments`. */
function pathOf(
  cluster: Cluster,
  { apiVersion, kind }: { apiVersion: string; kind: string },
  namespace: string | undefined,
): string {
  const { group, version } = splitGroupVersion(apiVersion);
  const served = cluster.server.resources.kind(group, version, kind);
  if (served === undefined) throw new Error(`the cluster does not serve ${apiVersion} ${kind}`);
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const where = served.resource.namespaced ? `/namespaces/${namespace ?? 'default'}` : '';
  return `${root}${where}/${served.resource.plural}`;
}

function headers(cluster: Cluster, type: string): Record<string, string> {
  return {
    authorization: `Bearer ${adminToken(cluster.engine.seed)}`,
    'content-type': type,
    'user-agent': 'jotasu-grading',
  };
}

/** Creates or changes an object, by server-side apply. Throws what the API server refuses. */
export function applyManifest(cluster: Cluster, manifest: Manifest): void {
  const { name = '', namespace } = (manifest.metadata ?? {}) as { name?: string; namespace?: string };
  const path = `${pathOf(cluster, manifest, namespace)}/${name}?fieldManager=jotasu&force=true`;
  expectSuccess(
    cluster.answer({
      method: 'PATCH',
      path,
      headers: headers(cluster, 'application/apply-patch+yaml'),
      body: manifest,
    }),
  );
}

/** Deletes an object; one that is gone already is no error. */
export function deleteObject(cluster: Cluster, object: KubeObject): void {
  const { namespace, name } = object.metadata;
  const path = `${pathOf(cluster, object, namespace)}/${name}`;
  const answer = cluster.answer({ method: 'DELETE', path, headers: headers(cluster, 'application/json') });
  if (answer.status !== 404) expectSuccess(answer);
}

/** Changes an object that is there, by a JSON merge patch. Throws what the API server refuses. */
export function mergeManifest(cluster: Cluster, manifest: Manifest): void {
  const { name = '', namespace } = (manifest.metadata ?? {}) as { name?: string; namespace?: string };
  const path = `${pathOf(cluster, manifest, namespace)}/${name}`;
  const type = 'application/merge-patch+json';
  expectSuccess(cluster.answer({ method: 'PATCH', path, headers: headers(cluster, type), body: manifest }));
}

/** The cluster, as the learner made it, does not let it be done. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

function expectSuccess({ status, body }: RestResponse): void {
  if (status >= 200 && status < 300) return;
  const { message } = (typeof body === 'object' && body !== null ? body : {}) as { message?: string };
  throw new Refused(message ?? `the API server answered ${status}`);
}
