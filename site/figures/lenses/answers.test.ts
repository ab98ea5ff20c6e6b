import { describe, expect, it } from 'vitest';
import { openScenario } from '../opening.ts';
import { parseScenario, ScenarioError } from '../scenario.ts';
import { answerOf } from './answers.ts';

const SCENARIO = `
alt: { en: a, ko: b }
preset: one-worker
run:
  - kubectl create configmap note --from-literal=colour=blue
  - read: { en: Before, ko: 전 }
  - kubectl patch configmap note -p '{"data":{"colour":"green"}}'
asks:
  - label: { en: The colour, ko: 색 }
    run: kubectl get configmap note -o jsonpath='{.data.colour}'
  - label: { en: Another, ko: 다른 것 }
    run: kubectl get configmap nothing
lens: answers
`;

describe('answers', () => {
  it('are those of the moments at which they were asked, the last one being now', async () => {
    const { answers, log } = await openScenario(parseScenario(SCENARIO, 'answers.yaml'), 'answers.yaml');
    expect(answers?.moments.map(({ label }) => label?.en)).toEqual(['Before', undefined]);
    expect(answers?.moments.map(({ answers: [first] }) => first)).toEqual([
      { text: 'blue', ok: true },
      { text: 'green', ok: true },
    ]);
    expect(answers?.moments[1]?.answers[1]).toEqual({
      text: 'Error from server (NotFound): configmaps "nothing" not found',
      ok: false,
    });
    // What is asked at the opening is not part of what the reader's cluster is made of.
    const asked = JSON.stringify(log).split('get configmap nothing').length - 1;
    expect(asked).toBe(1);
  });

  it('need questions', () => {
    expect(() => parseScenario('alt: { en: a, ko: b }\nlens: answers\n', 'none.yaml')).toThrow(ScenarioError);
  });

  it('are shown without what kubectl says about exit codes, and not for ever', () => {
    expect(answerOf('a\nb\nc\nd\ncommand terminated with exit code 1\n', 1)).toEqual({ text: 'b\nc\nd', ok: false });
  });
});
