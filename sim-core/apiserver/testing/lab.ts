import '../../host/programs.ts';
import type { RestResponse } from '../../client/rest.ts';
import type { SetupManifest } from '../../cluster/cluster.ts';
import { adminToken, type Cluster, createCluster } from '../../cluster/cluster.ts';

type Body = { message?: string; [key: string]: unknown };

/** A laboratory cluster, spoken to over its REST door: what API server tests ask from outside. */
export class Lab {
  readonly cluster: Cluster;
  private readonly token: string;

  constructor(preset = 'lab') {
    this.cluster = createCluster({ preset, trace: { level: 'full' } });
    this.cluster.engine.onFault = (actor, error) => {
      throw new Error(`${actor}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    this.token = adminToken(1);
    this.settle();
  }

  settle(seconds = 5): void {
    const { engine } = this.cluster;
    engine.runUntil(engine.now + seconds * 1_000_000);
  }

  /** Sends a request as the administrator, or as someone else through impersonation. */
  send(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    as?: string,
    groups = '',
    headers: Readonly<Record<string, string>> = {},
  ): RestResponse & { body: Body } {
    return this.cluster.answer({
      method,
      path,
      body,
      headers: {
        authorization: `Bearer ${this.token}`,
        'user-agent': 'kubectl/v1.33.0',
        ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}),
        ...(as === undefined ? {} : { 'impersonate-user': as }),
        ...(groups === '' ? {} : { 'impersonate-group': groups.replaceAll(',', '\n') }),
        ...headers,
      },
    }) as RestResponse & { body: Body };
  }

  /** Creates objects, which must succeed. */
  create(...manifests: SetupManifest[]): void {
    for (const manifest of manifests) {
      const answer = this.post(manifest);
      if (answer.status >= 300) throw new Error(answer.body.message);
    }
  }

  post(manifest: SetupManifest, as?: string): RestResponse & { body: Body } {
    const served = this.cluster.server.resources.of(manifest);
    if (served === undefined) throw new Error(`${manifest.apiVersion} ${manifest.kind} is not served`);
    const { namespace = 'default' } = manifest.metadata as { namespace?: string };
    return this.send(
      'POST',
      pathOf(manifest.apiVersion, served.resource.plural, served.resource.namespaced ? namespace : undefined),
      manifest,
      as,
    );
  }

  get(path: string): Body {
    return this.send('GET', path).body;
  }
}

export function pathOf(apiVersion: string, plural: string, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${plural}`;
}

/** A pod of one nginx container. */
export function pod(
  name: string,
  spec: Record<string, unknown> = {},
  container: Record<string, unknown> = {},
  namespace = 'default',
): SetupManifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { containers: [{ name: 'main', image: 'nginx:1.25', ...container }], ...spec },
  };
}
