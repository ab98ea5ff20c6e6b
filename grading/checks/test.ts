import type { KubeObject } from '../../sim-core/api/objects.ts';
import { parseLabelSelector } from '../../sim-core/api/selector.ts';
import type { Cluster } from '../../sim-core/cluster/cluster.ts';
import { splitGroupVersion } from '../../sim-core/resources/registry.ts';
import type { ObjectSelection, Test } from '../format/exercise.ts';
import type { Message } from '../messages.ts';
import { testHttp } from './http.ts';
import { compare, type Difference } from './match.ts';
import { testScenario } from './scenario.ts';

/** What came of a test. */
export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly message: Message }
  /** It could not be asked here: never a pass. */
  | { readonly status: 'not-run'; readonly message: Message };

export interface TestContext {
  readonly cluster: Cluster;
  /** A copy of the cluster to try things in; undefined where forks are not to be had (while a learner types). */
  fork?(): Cluster;
}

export const PASSED: Outcome = { status: 'passed' };
export const NOT_NOW: Outcome = { status: 'not-run', message: { key: 'not-run', values: {} } };

/** Asks one test of a cluster. */
export function runTest(test: Test, context: TestContext): Outcome {
  if ('object' in test) return testObject(test.object, context);
  if ('absent' in test) return testAbsent(test.absent, context);
  if ('count' in test) return testCount(test.count, context);
  if ('http' in test) return testHttp(test.http, context);
  return testScenario(test.scenario, context);
}

/** The objects that a selection chooses, in name order. */
export function select({ cluster }: TestContext, selection: ObjectSelection): KubeObject[] {
  const { group, version } = splitGroupVersion(selection.apiVersion);
  const served = cluster.server.resources.kind(group, version, selection.kind);
  if (served === undefined) return [];
  const { plural, namespaced } = served.resource;
  const table = served.resource.group === '' ? plural : `${plural}.${served.resource.group}`;
  const labels = selection.labels === undefined ? undefined : parseLabelSelector(selection.labels);
  return cluster.store
    .list(table, namespaced ? `${selection.namespace ?? 'default'}/` : '')
    .filter(
      ({ metadata }) =>
        (selection.name === undefined || metadata.name === selection.name) &&
        labels?.matches(metadata.labels) !== false,
    );
}

function testObject(test: ObjectSelection & { match?: unknown }, context: TestContext): Outcome {
  const found = select(context, test);
  if (found.length === 0) return failed('object-missing', valuesOf(test));
  let first: { object: KubeObject; difference: Difference } | undefined;
  for (const object of found) {
    const difference = test.match === undefined ? undefined : compare(object, test.match);
    if (difference === undefined) return PASSED;
    first ??= { object, difference };
  }
  const { object, difference } = first!;
  const values = { ...valuesOf(test, object.metadata.name), path: difference.path, expected: difference.expected };
  return difference.found === undefined
    ? failed('object-field-missing', values)
    : failed('object-different', { ...values, found: difference.found });
}

function testAbsent(test: ObjectSelection & { match?: unknown }, context: TestContext): Outcome {
  const left = select(context, test).find(
    (object) => test.match === undefined || compare(object, test.match) === undefined,
  );
  return left === undefined ? PASSED : failed('object-present', valuesOf(test, left.metadata.name));
}

function testCount(test: ObjectSelection & { match?: unknown; is: unknown }, context: TestContext): Outcome {
  const fit = select(context, test).filter(
    (object) => test.match === undefined || compare(object, test.match) === undefined,
  );
  const difference = compare(fit.length, test.is);
  return difference === undefined
    ? PASSED
    : failed('wrong-count', { ...valuesOf(test), expected: difference.expected, found: String(fit.length) });
}

export function failed(key: Message['key'], values: Message['values']): Outcome {
  return { status: 'failed', message: { key, values } };
}

/** The words for a selection, and the command that looks at it. */
function valuesOf(
  { kind, namespace = 'default', name, labels }: ObjectSelection,
  found?: string,
): Record<string, string> {
  const which = name ?? found ?? '';
  const flags = `${namespace === 'default' ? '' : ` -n ${namespace}`}${labels === undefined || which !== '' ? '' : ` -l ${labels}`}`;
  const look =
    which === ''
      ? `kubectl get ${kind.toLowerCase()}${flags}`
      : `kubectl get ${kind.toLowerCase()} ${which}${flags} -o yaml`;
  return { kind, namespace, name: which, look };
}
