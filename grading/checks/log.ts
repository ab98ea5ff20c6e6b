import type { StreamHandler } from '../../sim-core/client/rest.ts';
import { adminToken, credentialsOf } from '../../sim-core/cluster/cluster.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { fromByteString } from '../../sim-core/node/kubelet/byte-string.ts';
import type { LogTest } from '../format/tests.ts';
import { failed, NOT_NOW, type Outcome, PASSED, select, type TestContext } from './context.ts';
import type { Copy } from './copies.ts';
import { compare } from './match.ts';
import { copyFor } from './place.ts';

/** The log of one of the chosen pods, as `kubectl logs` reads it, is so. */
export function testLog(test: LogTest, context: TestContext): Outcome {
  const { namespace = 'default', name, labels, container, previous = false, text } = test;
  const copy = copyFor(context);
  if (copy === undefined) return NOT_NOW;
  const pods = select(
    { cluster: copy.local.session.cluster },
    { apiVersion: 'v1', kind: 'Pod', namespace, name, labels },
  );
  const who = name ?? (labels === undefined ? '' : `-l ${labels}`);
  const flags = `${namespace === 'default' ? '' : ` -n ${namespace}`}${container === undefined ? '' : ` -c ${container}`}${previous ? ' --previous' : ''}`;
  if (pods.length === 0)
    return failed('object-missing', { kind: 'Pod', name: who, namespace, look: `kubectl get pods${flags}` });
  let first: Outcome | undefined;
  for (const { metadata } of pods) {
    const read = readLog(copy, namespace, metadata.name, container, previous);
    const values = { name: metadata.name, look: `kubectl logs ${metadata.name}${flags}` };
    if ('error' in read) {
      first ??= failed('log-unreadable', { ...values, found: read.error });
      continue;
    }
    const difference = compare(read.text, text);
    if (difference === undefined) return PASSED;
    const lines = read.text.trimEnd().split('\n');
    first ??= failed('log-different', { ...values, expected: difference.expected, found: lines.at(-1) || '—' });
  }
  return first!;
}

function readLog(
  { local }: Copy,
  namespace: string,
  pod: string,
  container: string | undefined,
  previous: boolean,
): { text: string } | { error: string } {
  const { cluster } = local.session;
  const query = [
    ...(container === undefined ? [] : [`container=${encodeURIComponent(container)}`]),
    ...(previous ? ['previous=true'] : []),
  ].join('&');
  const request = {
    method: 'GET' as const,
    path: `/api/v1/namespaces/${namespace}/pods/${pod}/log${query === '' ? '' : `?${query}`}`,
    headers: { authorization: `Bearer ${adminToken(cluster.engine.seed)}`, 'user-agent': 'jotasu-grading' },
  };
  let text = '';
  let status = 0;
  let refused = '';
  let over = false;
  const handler: StreamHandler = {
    head(response) {
      status = response.status;
      const { message } = (typeof response.body === 'object' && response.body !== null ? response.body : {}) as {
        message?: string;
      };
      refused = message ?? String(response.body);
    },
    chunk(chunk) {
      if (chunk.kind === 'data') text += chunk.data;
    },
    end() {
      over = true;
    },
  };
  const stream = cluster.rest.stream(request, credentialsOf(request, cluster.engine.now), handler);
  const { engine } = cluster;
  const end = engine.now + 10 * SECOND;
  while (!over && (engine.nextTime() ?? Number.POSITIVE_INFINITY) <= end) engine.step();
  if (!over) stream.close();
  return status >= 200 && status < 300 ? { text: fromByteString(text) } : { error: refused };
}
