import { SECOND } from '../../sim-core/engine/index.ts';
import { ANSWERS_FILE, answersIn } from '../answers.ts';
import { type Answer, type Exercise, questionsOf } from '../format/exercise.ts';
import { isPlain, type PlainTest, type Test } from '../format/tests.ts';
import { evaluateCel } from './cel.ts';
import { runLine } from './command.ts';
import { failed, NOT_NOW, notRun, type Outcome, PASSED, select, type TestContext } from './context.ts';
import type { Copy } from './copies.ts';
import { describe } from './match.ts';
import { matching } from './object.ts';
import { type AskPlain, firstTime } from './past.ts';
import { copyAfter } from './scenario.ts';

/** The learner's answer is what the simulation comes to, in a cluster as the exercise begins. */
export async function testAnswer(
  { question: id }: { readonly question: string },
  { exercise, here, copies }: TestContext,
  ask: AskPlain,
): Promise<Outcome> {
  const question = exercise === undefined ? undefined : questionsOf(exercise).find((each) => each.id === id);
  if (here === undefined || copies === undefined) return NOT_NOW;
  if (question === undefined) return notRun(`there is no question "${id}"`);
  const given = answersIn(here.local.session.files.get(ANSWERS_FILE))[id];
  if (given === undefined || given === '') return failed('answer-missing', {});
  const right = await rightAnswer(
    question.answer,
    exercise!,
    { exercise, here, copies, cluster: here.local.session.cluster },
    ask,
  );
  if (typeof right !== 'string') return right;
  const [said, is] = [Number(given), Number(right)];
  const close = right !== '' && Number.isFinite(said) && Math.abs(said - is) <= (question.within ?? 0);
  if (close || given.trim().toLowerCase() === right.toLowerCase()) return PASSED;
  const option = question.options?.find((each) => each.id === given);
  return failed('answer-wrong', { found: option?.text ?? describe(given) });
}

/** What the simulation comes to, as text. An outcome: why it comes to nothing. */
async function rightAnswer(
  { actions, value }: Answer,
  exercise: Exercise,
  { copies, ...context }: TestContext,
  ask: AskPlain,
): Promise<string | Outcome> {
  const beginning = copies!.ofBeginning(exercise);
  const copy = await copyAfter(beginning, actions);
  if ('status' in copy) return notRun(JSON.stringify(copy));
  try {
    return await lookUp(value, copy, context, ask);
  } finally {
    beginning.giveBack(actions, copy);
  }
}

async function lookUp(
  value: Answer['value'],
  copy: Copy,
  context: Omit<TestContext, 'copies'>,
  ask: AskPlain,
): Promise<string | Outcome> {
  const { cluster } = copy.local.session;
  if ('count' in value) return String(matching(value.count, { cluster }).length);
  if ('run' in value) return (await runLine(copy, value.run)).stdout.trim();
  if ('cel' in value) {
    const { expression, ...selection } = value.cel;
    const answer = evaluateCel(expression, select({ cluster }, selection));
    return 'error' in answer ? notRun(`${expression}: ${answer.error}`) : String(answer.value);
  }
  const inside: TestContext = { ...context, cluster, here: copy };
  if ('seconds' in value) {
    const at = timeOf(value.seconds, copy, inside, ask);
    return at === undefined ? notRun('it never came true') : String(Math.round((at - copy.begun) / SECOND));
  }
  let first: { id: string; at: number } | undefined;
  for (const [id, test] of Object.entries(value.first)) {
    const at = timeOf(test, copy, inside, ask);
    if (at !== undefined && (first === undefined || at < first.at)) first = { id, at };
  }
  return first?.id ?? notRun('none of them came true');
}

function timeOf(test: Test, copy: Copy, context: TestContext, ask: AskPlain): number | undefined {
  if (!isPlain(test)) throw new TypeError('of the past, only tests of objects can be asked');
  return firstTime(copy, test as PlainTest, copy.begun, copy.local.session.cluster.engine.now, ask, context);
}
