import type { Service } from '../../sim-core/api/objects.ts';
import type { HttpTest } from '../format/exercise.ts';
import { compare } from './match.ts';
import { failed, NOT_NOW, type Outcome, PASSED, select, type TestContext } from './test.ts';

/** Sends a request from outside to a Service's node port, in a fork, since a request moves the cluster's time. */
export function testHttp(test: HttpTest, context: TestContext): Outcome {
  const { namespace = 'default', service: name } = test;
  const [service] = select(context, { apiVersion: 'v1', kind: 'Service', namespace, name }) as Service[];
  if (service === undefined) return failed('no-service', { name, namespace });
  const port = (service.spec.ports ?? []).find((entry) => test.port === undefined || entry.port === test.port);
  if (port?.nodePort === undefined) return failed('no-node-port', { name, found: service.spec.type ?? '' });
  if (context.fork === undefined) return NOT_NOW;
  const answer = context
    .fork()
    .outside(port.nodePort, { method: 'GET', path: test.path ?? '/', headers: {}, body: '' });
  if ('error' in answer)
    return failed('http-failed', {
      name,
      found: answer.error,
      endpoints: String(readyEndpoints(context, namespace, name)),
    });
  const wanted = { status: test.status ?? 200, ...(test.body === undefined ? {} : { body: test.body }) };
  const difference = compare(answer, wanted);
  if (difference === undefined) return PASSED;
  return failed('http-different', {
    name,
    path: difference.path,
    expected: difference.expected,
    found: difference.found ?? '—',
  });
}

function readyEndpoints(context: TestContext, namespace: string, service: string): number {
  const slices = select(context, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    namespace,
    labels: `kubernetes.io/service-name=${service}`,
  });
  const endpoints = slices.flatMap(
    (slice) => (slice as unknown as { endpoints?: { conditions?: { ready?: boolean } }[] }).endpoints ?? [],
  );
  return endpoints.filter(({ conditions }) => conditions?.ready !== false).length;
}
