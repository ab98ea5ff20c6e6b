import { apiDocuments } from '../sim-core/apiserver/rest/documents.ts';
import type { ClusterOptions } from '../sim-core/cluster/cluster.ts';
import { SECOND } from '../sim-core/engine/index.ts';
import { LocalCluster } from '../sim-core/host/local-client.ts';
import { type LineResult, LocalShell } from '../sim-core/host/local-shell.ts';
import type { Exercise } from './format/exercise.ts';
import type { Walkthrough } from './load.ts';

/** Virtual time between the end of a command and the next: someone has to type it. */
const TYPING = 2 * SECOND;

/** What a command printed, and how it ended. */
export type CommandResult = LineResult;

/** Options of an exercise's cluster for a learner's seed. The setup is part of them, so that a log needs no more than its inputs. */
export function clusterOptions(exercise: Exercise, seed: number): ClusterOptions {
  return { preset: exercise.cluster.preset, seed, setup: exercise.cluster.setup };
}

/** Starts an exercise as a learner finds it: the cluster up, its setup in place, everything at rest. */
export function startExercise(exercise: Exercise, seed: number): LocalCluster {
  const local = new LocalCluster(clusterOptions(exercise, seed));
  Object.assign(local.session.cluster.meta, apiDocuments());
  local.session.cluster.engine.settle();
  return local;
}

/**
 * Carries out a solution or a recorded mistake as a learner would, in the learner's shell, and lets the cluster come to rest. A line may be all
 * that a learner may type: pipes, loops, here-documents, `curl`.
 */
export async function carryOut(
  local: LocalCluster,
  { steps, files }: Pick<Walkthrough, 'steps' | 'files'>,
): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  const shell = new LocalShell(local, files);
  const { engine } = local.session.cluster;
  try {
    for (const step of steps) {
      if (typeof step !== 'string') {
        engine.runUntil(engine.now + step.wait * SECOND);
        continue;
      }
      results.push(await shell.run(step));
      engine.runUntil(engine.now + TYPING);
    }
  } finally {
    shell.close();
  }
  engine.settle();
  return results;
}
