import { isPlain, type PlainTest, type Test } from '../format/tests.ts';
import { testAnswer } from './answer.ts';
import { testCommand } from './command.ts';
import { type Outcome, PASSED, type TestContext } from './context.ts';
import { testDns } from './dns.ts';
import { testFile } from './file.ts';
import { testHistory } from './history.ts';
import { testHttp } from './http.ts';
import { testLog } from './log.ts';
import { testMetric } from './metric.ts';
import { askPlain, best, opposite } from './plain.ts';
import { testScenario } from './scenario.ts';
import { testScript } from './script.ts';
import { testTcp } from './tcp.ts';
import { testTraffic } from './traffic.ts';

/** Asks any test. */
export async function runTest(test: Test, context: TestContext): Promise<Outcome> {
  const known = context.known?.get(test);
  if (known !== undefined) return known;
  if (isPlain(test)) return askPlain(test as PlainTest, context);
  if ('http' in test) return testHttp(test.http, context);
  if ('log' in test) return testLog(test.log, context);
  if ('command' in test) return testCommand(test.command, context);
  if ('file' in test) return testFile(test.file, context);
  if ('dns' in test) return testDns(test.dns, context);
  if ('tcp' in test) return testTcp(test.tcp, context);
  if ('metric' in test) return testMetric(test.metric, context);
  if ('history' in test) return testHistory(test.history, context, askPlain);
  if ('traffic' in test) return testTraffic(test.traffic, context);
  if ('answer' in test) return testAnswer(test.answer, context, askPlain);
  if ('script' in test) return testScript(test.script, context);
  if ('scenario' in test) return testScenario(test.scenario, context, runTest);
  if ('all' in test) {
    for (const each of test.all) {
      const outcome = await runTest(each, context);
      if (outcome.status !== 'passed') return outcome;
    }
    return PASSED;
  }
  if ('any' in test) {
    const outcomes: Outcome[] = [];
    for (const each of test.any) outcomes.push(await runTest(each, context));
    return best(outcomes);
  }
  if ('not' in test) return opposite(await runTest(test.not, context));
  return askPlain(test, context);
}
