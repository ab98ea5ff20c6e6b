import { apiDocuments } from '../sim-core/apiserver/rest/documents.ts';
import { SECOND } from '../sim-core/engine/index.ts';
import { componentInputs } from '../sim-core/host/component-files.ts';
import { loadSandbox } from '../sim-core/host/load-sandbox.ts';
import { LocalCluster } from '../sim-core/host/local-client.ts';
import { type LineResult, LocalShell } from '../sim-core/host/local-shell.ts';
import type { Session } from '../sim-core/host/session.ts';
import { ANSWERS_FILE, answersIn } from './answers.ts';
import { clusterOptions } from './format/cluster-options.ts';
import type { Exercise } from './format/exercise.ts';
import type { Walkthrough } from './load.ts';

/** Virtual time between the end of a command and the next: someone has to type it. */
const TYPING = 2 * SECOND;

/** What a command printed, and how it ended. */
export type CommandResult = LineResult;

/** Starts an exercise as a learner finds it: the cluster up, its setup in place, everything at rest. `begun` is given its session before. */
export function startExercise(exercise: Exercise, seed: number, begun?: (session: Session) => void): LocalCluster {
  const local = new LocalCluster(clusterOptions(exercise, seed), begun);
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
  components: Readonly<Record<string, string>> = {},
): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  const shell = new LocalShell(local, files);
  const { engine } = local.session.cluster;
  try {
    for (const step of steps) {
      if (typeof step === 'string') results.push(await shell.run(step));
      else if ('wait' in step) {
        engine.runUntil(engine.now + step.wait * SECOND);
        continue;
      } else if ('answer' in step) answer(shell, step.answer);
      else await putInPlace(local, step.component, components);
      engine.runUntil(engine.now + TYPING);
    }
  } finally {
    shell.close();
  }
  engine.settle();
  return results;
}

/** Answers questions, as the page's form does: the answers are a file. */
function answer({ home }: LocalShell, given: Readonly<Record<string, string | number>>): void {
  const answers = { ...answersIn(home.read(ANSWERS_FILE)) };
  for (const [id, value] of Object.entries(given)) answers[id] = String(value);
  home.write(ANSWERS_FILE, JSON.stringify(answers));
}

/** Puts a file in its component's place, as the page's button does. */
async function putInPlace(
  { session }: LocalCluster,
  file: string,
  components: Readonly<Record<string, string>>,
): Promise<void> {
  await loadSandbox();
  const places = Object.fromEntries(Object.entries(components).filter(([name]) => name === file));
  for (const input of componentInputs(places, session.files)) session.apply(input);
}
