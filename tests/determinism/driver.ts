/**
 * What is run in every engine alike: makes a cluster, lets a Deployment roll out, kills a pod and a node, and sums up all objects and the
 * whole trace in one hash. Host code calls `run`; nothing here may touch the host.
 */
import { canonicalJson } from '../../sim-core/api/equality.ts';
import { sha256Hex } from '../../sim-core/api/sha256.ts';
import { encodeUtf8 } from '../../sim-core/api/utf8.ts';
import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { providePrograms } from '../../sim-core/cluster/packs.ts';
import * as programs from '../../sim-core/cluster/program-pack.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { Session } from '../../sim-core/host/session.ts';

// Without CEL, whose library touches the host's Date when it is loaded, though it never asks it for the time.
providePrograms(programs);

/** A digest of everything, and a few words for a human who compares two of them. */
export function run(seed: number): string {
  const session = new Session({ preset: 'three-workers', seed });
  const { engine, store } = session.cluster;
  let fault = '';
  engine.onFault = (actor, error) => {
    fault ||= `${actor}: ${error instanceof Error ? error.message : String(error)}`;
  };
  engine.settle();
  let id = 0;
  const send = (method: 'POST' | 'DELETE', path: string, body?: unknown) =>
    session.apply({
      type: 'request',
      id: ++id,
      request: {
        method,
        path,
        headers: {
          authorization: `Bearer ${adminToken(seed)}`,
          'content-type': 'application/json',
          'user-agent': 'driver',
        },
        ...(body === undefined ? {} : { body }),
      },
    });
  const labels = { app: 'web' };
  send('POST', '/apis/apps/v1/namespaces/default/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 4,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          containers: [
            { name: 'nginx', image: 'nginx:1.27', readinessProbe: { httpGet: { path: '/', port: 80 } } },
            { name: 'sh', image: 'busybox:1.36', command: ['sh', '-c', 'while true; do echo tick; sleep 5; done'] },
          ],
        },
      },
    },
  });
  send('POST', '/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { type: 'NodePort', selector: labels, ports: [{ port: 80 }] },
  });
  engine.settle();
  const [pod] = store.list('pods', 'default/');
  send('DELETE', `/api/v1/namespaces/default/pods/${pod?.metadata.name}`);
  session.apply({ type: 'fault', fault: { type: 'node-power', node: 'worker-2', on: false } });
  engine.runUntil(engine.now + 500 * SECOND);
  engine.settle();
  const tables = store.tableNames().map((table) => [table, store.list(table)]);
  const events = engine.trace.since(0);
  const digest = sha256Hex(encodeUtf8(canonicalJson({ tables, events, now: engine.now })));
  return `${digest} revision ${store.revision}, ${engine.executed} events, trace ${engine.trace.lastId}${fault}`;
}
