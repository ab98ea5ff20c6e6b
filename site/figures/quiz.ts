/** Questions of lessons that a cluster answers: what was done beside a fresh cluster of the lesson's exercise, and what is asked then. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadExercise } from '../../grading/load.ts';
import { PRACTICE_SEED } from '../../grading/seed.ts';
import { startExercise } from '../../grading/walkthrough.ts';
import { SECOND } from '../../sim-core/engine/index.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';
import { ScenarioError } from './scenario.ts';

/** Virtual time between two commands: someone has to type them. */
const TYPING = 2 * SECOND;

const answers = new Map<string, Promise<string>>();

/**
 * What `ask` prints in the cluster of a lesson's workspace after the lines of `after`; `wait 30` lets half a minute pass. Computed once for
 * both languages. Throws a ScenarioError when one of the lines fails.
 */
export function askLesson(lesson: string, after: string, ask: string): Promise<string> {
  const key = JSON.stringify([lesson, after, ask]);
  let answer = answers.get(key);
  if (answer === undefined) {
    answer = compute(lesson, after, ask);
    answers.set(key, answer);
  }
  return answer;
}

async function compute(lesson: string, after: string, ask: string): Promise<string> {
  const file = path.join('lessons', lesson, 'en.mdx');
  const exercise = /<Workspace exercise="([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1];
  if (exercise === undefined) throw new ScenarioError(`${file}: a <Predict after> needs the lesson's <Workspace>`);
  const loaded = loadExercise('exercises', exercise);
  const local = startExercise(loaded, PRACTICE_SEED);
  const { engine } = local.session.cluster;
  const shell = new LocalShell(local, loaded.files);
  try {
    for (const line of after.split('\n').filter((each) => each.trim() !== '')) {
      const wait = /^wait (\d+)$/.exec(line)?.[1];
      if (wait !== undefined) {
        engine.runUntil(engine.now + Number(wait) * SECOND);
        continue;
      }
      const { code, stderr } = await shell.run(line);
      if (code !== 0) throw new ScenarioError(`${file}: <Predict after>: "${line}" fails: ${stderr.trim()}`);
      engine.runUntil(engine.now + TYPING);
    }
    return (await shell.run(ask)).stdout.trim();
  } finally {
    shell.close();
  }
}
