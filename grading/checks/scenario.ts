import type { Cluster } from '../../sim-core/cluster/cluster.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import type { Action, Manifest, Test, Text } from '../format/exercise.ts';
import { applyManifest, deleteObject } from './requests.ts';
import { NOT_NOW, type Outcome, PASSED, runTest, select, type TestContext } from './test.ts';

/** How long a scenario waits for the cluster to come to rest. */
const SETTLE_LIMIT = 600 * SECOND;

/** Tries something in a fork of the cluster, and asks tests of what comes of it. The learner's own cluster is not touched. */
export function testScenario(
  { actions, expect }: { actions: readonly Action[]; expect: readonly Test[] },
  context: TestContext,
): Outcome {
  if (context.fork === undefined) return NOT_NOW;
  const cluster = context.fork();
  for (const action of actions) {
    if ('delete' in action) {
      // A scenario in which there is nothing to take away shows nothing.
      const present = runTest({ object: action.delete }, { cluster });
      if (present.status !== 'passed') return present;
    }
    act(cluster, action);
  }
  for (const test of expect) {
    const outcome = runTest(test, { cluster });
    if (outcome.status === 'passed') continue;
    const texts = actions.map(describeAction);
    const tried = { en: texts.map(({ en }) => en).join('; '), ko: texts.map(({ ko }) => ko).join(', ') };
    return {
      status: outcome.status,
      message: { key: 'after-scenario', values: { actions: tried, found: outcome.message } },
    };
  }
  return PASSED;
}

/** Does one thing to a cluster. */
export function act(cluster: Cluster, action: Action): void {
  const { engine } = cluster;
  if ('wait' in action) engine.runUntil(engine.now + action.wait * SECOND);
  else if ('settle' in action) engine.settle({ limit: SETTLE_LIMIT });
  else if ('delete' in action) {
    const chosen = select({ cluster }, action.delete).slice(0, action.delete.limit ?? Number.POSITIVE_INFINITY);
    for (const object of chosen) deleteObject(cluster, object);
  } else if ('apply' in action) applyManifest(cluster, action.apply);
  else {
    const { node, power, network } = action.fault;
    if (power !== undefined) cluster.inject({ type: 'node-power', node, on: power });
    if (network !== undefined) cluster.inject({ type: 'node-network', node, connected: network });
  }
}

function describeAction(action: Action): Text {
  if ('wait' in action) return { en: `wait ${action.wait} s`, ko: `${action.wait}초 기다리기` };
  if ('settle' in action) return { en: 'wait until the cluster is at rest', ko: '클러스터가 안정될 때까지 기다리기' };
  if ('delete' in action) {
    const { kind, name, labels, limit } = action.delete;
    const which = `${kind}${name === undefined ? '' : ` ${name}`}${labels === undefined ? '' : ` (${labels})`}`;
    return limit === undefined
      ? { en: `delete every ${which}`, ko: `${which} 모두 삭제` }
      : { en: `delete ${limit} ${which}`, ko: `${which} ${limit}개 삭제` };
  }
  if ('apply' in action) return { en: `apply ${nameOf(action.apply)}`, ko: `${nameOf(action.apply)} 적용` };
  const { node, power, network } = action.fault;
  if (power === false) return { en: `switch off ${node}`, ko: `${node} 전원 끄기` };
  if (network === false) return { en: `cut ${node} off the network`, ko: `${node}의 네트워크 끊기` };
  return { en: `mend ${node}`, ko: `${node} 복구` };
}

function nameOf(manifest: Manifest): string {
  const { name } = (manifest.metadata ?? {}) as { name?: string };
  return `${manifest.kind} ${name ?? ''}`;
}
