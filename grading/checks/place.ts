import { type Coroutine, type Micros, SECOND, Task, type TaskOutcome } from '../../sim-core/engine/index.ts';
import { NetworkError, type NetworkStack } from '../../sim-core/images/process.ts';
import type { From } from '../format/tests.ts';
import { failed, NOT_NOW, type Outcome, select, type TestContext } from './context.ts';
import type { Copy } from './copies.ts';

/** How long an answer may take before there is none. */
export const TIMEOUT: Micros = 10 * SECOND;

/** The copy of the cluster in which a test may send things about: this one if it is one already. */
export function copyFor({ here, copies }: TestContext): Copy | undefined {
  if (copies !== undefined) return copies.forReading();
  if (here !== undefined) here.spent = true;
  return here;
}

/** The network as seen from a place, in a copy of the cluster. An outcome: why there is none. */
export function standAt(
  from: From | undefined,
  context: TestContext,
): { readonly copy: Copy; readonly stack: NetworkStack } | Outcome {
  const copy = copyFor(context);
  if (copy === undefined) return NOT_NOW;
  const { cluster } = copy.local.session;
  if (from === undefined || from === 'outside') return { copy, stack: cluster.stackAt('outside')! };
  if ('node' in from) {
    const stack = cluster.stackAt(from);
    return stack === undefined ? failed('from-missing', { from: placeName(from) }) : { copy, stack };
  }
  const pods = select({ cluster }, { apiVersion: 'v1', kind: 'Pod', ...from.pod });
  for (const { metadata } of pods) {
    const stack = cluster.stackAt({ namespace: metadata.namespace ?? 'default', pod: metadata.name });
    if (stack !== undefined) return { copy, stack };
  }
  return failed('from-missing', { from: placeName(from) });
}

/** Lets virtual time run until a coroutine has ended, at most `limit`. */
export function runToEnd<T>({ local }: Copy, body: Coroutine<T>, limit: Micros = 60 * SECOND): T | NetworkError {
  const { engine } = local.session.cluster;
  let outcome: TaskOutcome<T> | undefined;
  const task = new Task(engine, body, (ended) => {
    outcome = ended;
  });
  const end = engine.now + limit;
  while (outcome === undefined && (engine.nextTime() ?? Number.POSITIVE_INFINITY) <= end) engine.step();
  if (outcome === undefined) task.cancel();
  const ended = outcome as TaskOutcome<T> | undefined;
  if (ended?.status === 'returned') return ended.value;
  if (ended?.status === 'threw' && ended.error instanceof NetworkError) return ended.error;
  if (ended?.status === 'threw') throw ended.error;
  return new NetworkError('ETIMEDOUT', 'no answer came');
}

/** A place in words that are the same in every language. */
export function placeName(from: From | undefined): string {
  if (from === undefined || from === 'outside') return 'outside';
  if ('node' in from) return `node/${from.node}`;
  const { namespace = 'default', name, labels } = from.pod;
  return `pod/${name ?? `[${labels ?? '*'}]`}${namespace === 'default' ? '' : ` -n ${namespace}`}`;
}
