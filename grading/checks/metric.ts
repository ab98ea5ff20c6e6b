import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { NetworkError } from '../../sim-core/images/process.ts';
import type { MetricTest } from '../format/tests.ts';
import { failed, NOT_NOW, notRun, type Outcome, PASSED, type TestContext } from './context.ts';
import { compare } from './match.ts';
import { copyFor, placeName, runToEnd, standAt, TIMEOUT } from './place.ts';

interface Usage {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly usage?: Readonly<Record<string, string>>;
  readonly containers?: readonly { readonly name: string; readonly usage: Readonly<Record<string, string>> }[];
}

/** What the metrics API says of pods or nodes, or what a page of metrics says. */
export function testMetric(test: MetricTest, context: TestContext): Outcome {
  return test.url === undefined ? ofUsage(test, context) : ofPage(test, test.url, context);
}

function ofUsage(test: MetricTest, context: TestContext): Outcome {
  const { of = 'pods', namespace = 'default', name, labels, cpu, memory } = test;
  const copy = copyFor(context);
  if (copy === undefined) return NOT_NOW;
  const { cluster } = copy.local.session;
  const where = of === 'pods' ? `namespaces/${namespace}/pods` : 'nodes';
  const query = labels === undefined ? '' : `?labelSelector=${encodeURIComponent(labels)}`;
  const answer = cluster.answer({
    method: 'GET',
    path: `/apis/metrics.k8s.io/v1beta1/${where}${query}`,
    headers: { authorization: `Bearer ${adminToken(cluster.engine.seed)}` },
  });
  // Where nobody serves the metrics API, there are none.
  const items = ((answer.body as { items?: Usage[] } | null)?.items ?? []).filter(
    ({ metadata }) => name === undefined || metadata.name === name,
  );
  let first: Outcome | undefined;
  for (const item of items) {
    const usages = item.usage === undefined ? (item.containers ?? []).map(({ usage }) => usage) : [item.usage];
    const wanted = { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
    const differences = usages.map((usage) => compare(usage, wanted));
    if (differences.some((difference) => difference === undefined)) return PASSED;
    const difference = differences[0];
    if (difference === undefined) continue;
    first ??= failed('metric-different', {
      metric: `${item.metadata.name} ${difference.path}`,
      expected: difference.expected,
      found: difference.found ?? '—',
    });
  }
  return first ?? failed('metric-missing', { metric: `${of}${name === undefined ? '' : `/${name}`}` });
}

/** A page in Prometheus' text format: the first sample of that name, or of that name and those labels, as it is written. */
function ofPage(
  { metric = '', value = { $atLeast: 0 }, from }: MetricTest,
  url: string,
  context: TestContext,
): Outcome {
  const parts = /^http:\/\/([^/:]+)(?::(\d+))?(\/.*)?$/.exec(url);
  if (parts === null) return notRun(`${url} is not of the form http://host:port/path`);
  const place = standAt(from, context);
  if ('status' in place) return place;
  const request = { method: 'GET', path: parts[3] ?? '/metrics', headers: {}, body: '' };
  const answer = runToEnd(place.copy, place.stack.http(parts[1]!, Number(parts[2] ?? 80), request, TIMEOUT));
  if (answer instanceof NetworkError)
    return failed('url-failed', { url, from: placeName(from), found: answer.message });
  const line = answer.body
    .split('\n')
    .find((each) => each.startsWith(metric) && /^[{\s]/.test(each.slice(metric.length)));
  if (line === undefined) return failed('metric-missing', { metric });
  const found = Number(line.slice(line.lastIndexOf(' ') + 1));
  const difference = compare(found, value);
  return difference === undefined
    ? PASSED
    : failed('metric-different', { metric, expected: difference.expected, found: String(found) });
}
