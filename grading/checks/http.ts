import type { Service } from '../../sim-core/api/objects.ts';
import { type HttpResponse, NetworkError } from '../../sim-core/images/process.ts';
import type { HttpTest } from '../format/tests.ts';
import { failed, NOT_NOW, notRun, type Outcome, PASSED, select, type TestContext } from './context.ts';
import { compare } from './match.ts';
import { copyFor, placeName, runToEnd, standAt, TIMEOUT } from './place.ts';

/** Sends a request in a copy of the cluster: to a Service's node port, or to an address from a place. */
export function testHttp(test: HttpTest, context: TestContext): Outcome {
  return test.url === undefined ? toService(test, test.service ?? '', context) : toUrl(test, test.url, context);
}

function toService(test: HttpTest, name: string, context: TestContext): Outcome {
  const { namespace = 'default' } = test;
  const [service] = select(context, { apiVersion: 'v1', kind: 'Service', namespace, name }) as Service[];
  if (service === undefined) return failed('no-service', { name, namespace });
  const port = (service.spec.ports ?? []).find((entry) => test.port === undefined || entry.port === test.port);
  if (port?.nodePort === undefined) return failed('no-node-port', { name, found: service.spec.type ?? '' });
  const copy = copyFor(context);
  if (copy === undefined) return NOT_NOW;
  const answer = copy.local.session.cluster.outside(port.nodePort, {
    method: test.method ?? 'GET',
    path: test.path ?? '/',
    headers: test.headers ?? {},
    body: test.send ?? '',
  });
  if ('error' in answer) {
    if (test.fails === true) return PASSED;
    const endpoints = String(readyEndpoints(context, namespace, name));
    return failed('http-failed', { name, found: answer.error, endpoints });
  }
  return judge(test, answer, 'http-different', { name });
}

function toUrl(test: HttpTest, url: string, context: TestContext): Outcome {
  const parts = /^http:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(url);
  if (parts === null) return notRun(`${url} is not of the form http://host:port/path`);
  const place = standAt(test.from, context);
  if ('status' in place) return place;
  const request = {
    method: test.method ?? 'GET',
    path: parts[3] ?? '/',
    headers: test.headers ?? {},
    body: test.send ?? '',
  };
  const answer = runToEnd(place.copy, place.stack.http(parts[1]!, Number(parts[2] ?? 80), request, TIMEOUT));
  const where = { url, from: placeName(test.from) };
  if (answer instanceof NetworkError)
    return test.fails === true ? PASSED : failed('url-failed', { ...where, found: answer.message });
  return judge(test, answer, 'url-different', where);
}

function judge(
  { status = 200, body, fails }: HttpTest,
  answer: Pick<HttpResponse, 'status' | 'body'>,
  key: 'http-different' | 'url-different',
  values: Readonly<Record<string, string>>,
): Outcome {
  const about = { ...values, status: String(answer.status) };
  if (fails === true) return failed('http-answered', { ...about, name: values.name ?? values.url ?? '' });
  const difference = compare(answer, { status, ...(body === undefined ? {} : { body }) });
  if (difference === undefined) return PASSED;
  const { path, expected, found = '—' } = difference;
  return failed(key, { ...about, path, expected, found });
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
