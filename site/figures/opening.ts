/** Opening frames of scenarios, made by sim-core when the site is built. */
import { apiDocuments } from '../../sim-core/apiserver/rest/documents.ts';
import type { SetupManifest } from '../../sim-core/cluster/cluster.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { explainPod } from '../../sim-core/host/door-host.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';
import type { SessionLog } from '../../sim-core/host/session.ts';
import { type ClusterView, clusterView } from '../workspace/view.ts';
import { type Answer, type AnswersModel, answerOf } from './lenses/answers.ts';
import { LENSES, type LensModels, type LensName, lensModel } from './lenses/index.ts';
import { podToExplain } from './lenses/scheduler.ts';
import { type LensSource, parseFocus } from './lenses/source.ts';
import { type Scenario, ScenarioError } from './scenario.ts';
import { mirrorOf } from './snapshot.ts';

/** A scenario at its first frame, as plain data, and the log with which a Worker can make the same cluster and go on. */
export interface ScenarioOpening {
  readonly view: ClusterView;
  readonly models: Partial<LensModels>;
  /** What was answered, where the scenario asks something. */
  readonly answers: AnswersModel | undefined;
  readonly log: SessionLog;
}

/** Virtual time between two commands: someone has to type them. */
const TYPING = 2 * SECOND;

/** What a scenario's questions are answered now. */
async function ask(scenario: Scenario, shell: LocalShell): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const { run } of scenario.asks) {
    const { code, stdout, stderr } = await shell.run(run);
    answers.push(answerOf(`${stdout}\n${stderr}`, code));
  }
  return answers;
}

/**
 * A cluster in which a scenario's commands were carried out, with what was answered on the way. Throws a ScenarioError when one of them fails.
 */
async function playScenario(
  scenario: Scenario,
  file: string,
): Promise<{ local: LocalCluster; moments: AnswersModel['moments'] }> {
  const { preset, seed, manifests, files, run, open } = scenario;
  const local = new LocalCluster({ preset, seed, setup: manifests as SetupManifest[] });
  const { cluster } = local.session;
  Object.assign(cluster.meta, apiDocuments());
  const { engine } = cluster;
  engine.settle();
  const shell = new LocalShell(local, files);
  const moments: AnswersModel['moments'][number][] = [];
  try {
    for (const [index, step] of run.entries()) {
      if (typeof step !== 'string' && 'read' in step) {
        moments.push({ label: step.read, answers: await ask(scenario, shell) });
        continue;
      }
      if (typeof step !== 'string') {
        engine.runUntil(engine.now + step.wait * SECOND);
        continue;
      }
      const fails = step.startsWith('!');
      const { code, stderr, line } = await shell.run(fails ? step.slice(1).trim() : step);
      if ((code !== 0) !== fails) {
        throw new ScenarioError(
          `${file}: run: the command "${line}" ${fails ? 'succeeds, and was to fail' : `fails: ${stderr.trim()}`}`,
        );
      }
      if (index < run.length - 1) engine.runUntil(engine.now + TYPING);
    }
  } finally {
    shell.close();
  }
  if (open === undefined) engine.settle();
  else engine.runUntil(engine.now + Math.round(open * SECOND));
  return { local, moments };
}

/** What a command prints in a scenario's cluster at its opening. */
export async function askScenario(scenario: Scenario, file: string, command: string): Promise<string> {
  const { local } = await playScenario(scenario, file);
  const shell = new LocalShell(local);
  try {
    return (await shell.run(command)).stdout.trim();
  } finally {
    shell.close();
  }
}

const openings = new Map<string, Promise<ScenarioOpening>>();

/** A scenario at its first frame; made once for both languages. */
export function openScenario(scenario: Scenario, file: string): Promise<ScenarioOpening> {
  const key = JSON.stringify([file, scenario]);
  let opening = openings.get(key);
  if (opening === undefined) {
    opening = makeOpening(scenario, file);
    openings.set(key, opening);
  }
  return opening;
}

async function makeOpening(scenario: Scenario, file: string): Promise<ScenarioOpening> {
  const { local, moments } = await playScenario(scenario, file);
  const source = lensSource(local, scenario.focus);
  const wanted = new Set([scenario.lens, ...scenario.lenses]);
  const models = Object.fromEntries(
    LENSES.filter((name) => wanted.has(name)).map((name: LensName) => [name, lensModel(name, source)]),
  );
  const opening = { view: clusterView(source.mirror), models, log: local.log() };
  if (scenario.asks.length === 0) return { ...opening, answers: undefined };
  const shell = new LocalShell(local);
  try {
    const now = { label: undefined, answers: await ask(scenario, shell) };
    return { ...opening, answers: { questions: scenario.asks, moments: [...moments, now] } };
  } finally {
    shell.close();
  }
}

/** What the lenses look at, of a cluster in this process. */
export function lensSource(local: LocalCluster, focus: string | undefined): LensSource {
  const { cluster } = local.session;
  const { store, engine } = cluster;
  const seen = {
    mirror: mirrorOf(local),
    events: engine.trace.since(0),
    focus: focus === undefined ? undefined : parseFocus(focus),
  };
  const pod = podToExplain(seen);
  return {
    ...seen,
    changes: store.history(store.oldestRevision, store.revision),
    now: engine.now,
    explanation: pod === undefined ? undefined : explainPod(cluster, pod),
  };
}
