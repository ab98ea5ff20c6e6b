import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exerciseSchemas } from '../grading/format/json-schema.ts';
import { UNWRITTEN } from '../grading/proof-texts.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const KINDS = ['do', 'fix', 'predict', 'code', 'operate'];
const WORD = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Lays out an exercise. Answers the exit code: 0, or 2 when the arguments make no sense. Nothing that is there is overwritten. */
export function newExercise(id: string, kind: string, at = root): number {
  const say = (text: string) => {
    process.stderr.write(`${text}\n`);
    return 2;
  };
  const parts = id.split('/');
  if (parts.length !== 2 || !parts.every((part) => WORD.test(part)))
    return say(`"${id}" is not of the form module/name, in lower-case words joined by hyphens.`);
  if (!KINDS.includes(kind)) return say(`There is no kind "${kind}"; there are: ${KINDS.join(', ')}.`);
  const exercise = join(at, 'exercises', ...parts);
  const solutions = join(at, 'solutions', ...parts);
  for (const folder of [exercise, solutions])
    if (existsSync(folder)) return say(`${folder} is there already; nothing was written.`);
  for (const folder of [exercise, solutions]) mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(exerciseSchemas())) {
    const file = join(at, 'exercises', name);
    if (!existsSync(file)) writeFileSync(file, text);
  }
  writeFileSync(join(exercise, 'exercise.yaml'), exerciseText(kind));
  for (const [name, text] of Object.entries(solutionTexts(kind))) writeFileSync(join(solutions, name), text);
  process.stdout.write(`exercises/${id}/exercise.yaml and solutions/${id}/ are there, with ${UNWRITTEN.en} where something is missing.
Next:
  1. Write the exercise. docs/authoring-exercises.md has an example of every check.
  2. Write solution.yaml, another way that is right too, and each mistake that people really make.
  3. npx jotasu check-exercise ${id}
     It fails now, and says what is missing, until the exercise is whole.
`);
  return 0;
}

const both = (indent: string) => `\n${indent}en: ${UNWRITTEN.en}\n${indent}ko: ${UNWRITTEN.ko}`;

function exerciseText(kind: string): string {
  return `# yaml-language-server: $schema=../../exercise.schema.json
title:${both('  ')}
summary:${both('  ')}
# 1 warm-up, 2 practice, 3 challenge
level: 1
kind: ${kind}
minutes: 10
# What differs from learner to learner; <<name>> anywhere below and in solutions stands for what was drawn.
variants:
  name: { oneOf: [apple, cherry, lemon] }
cluster:
  preset: three-workers
${kind === 'operate' ? OPERATE : '  # Manifests that are there when the learner begins; the same name again changes it, { wait: 30 } lets time pass.\n'}  setup: []
${kind === 'code' ? CODE : `files:\n  notes.yaml: |\n    # ${UNWRITTEN.en}\n`}steps:
  - id: first
    title:${both('      ')}
    text:${both('      ')}
${kind === 'predict' ? PREDICT : ''}    # From a nudge to nearly the answer.
    hints:
      - en: ${UNWRITTEN.en}
        ko: ${UNWRITTEN.ko}
    checks:
      - id: done
        points: 5
        title:${both('          ')}
        test: ${TESTS[kind] ?? '{ object: { apiVersion: apps/v1, kind: Deployment, name: <<name>>, match: { status: { availableReplicas: 3 } } } }'}
        # Mistakes worth a word of their own: say what was found and where to look, not what to type.
        mistakes:
          - id: too-few
            when:
              - object: { apiVersion: apps/v1, kind: Deployment, name: <<name>>, match: { spec: { replicas: 1 } } }
            say:${both('              ')}
`;
}

const OPERATE = `  # Seconds are counted from the end of the setup.
  visitors:
    - { name: customers, every: 1, from: 120, service: <<name>> }
  incidents:
    - at: 180
      text: { en: ${UNWRITTEN.en}, ko: ${UNWRITTEN.ko} }
      fault: { type: node-power, node: worker-1, on: false }
`;

const CODE = `components:
  controller.ts: replicaset-controller
files:
  controller.ts: |
    export default { setUp() {} };
`;

const PREDICT = `    questions:
      - id: how-many
        text: { en: ${UNWRITTEN.en}, ko: ${UNWRITTEN.ko} }
        # What is right is never written down: it is looked up after these actions, in a cluster as the exercise begins.
        answer:
          actions: [{ wait: 60 }]
          value: { count: { apiVersion: v1, kind: Pod, namespace: kube-system } }
`;

const TESTS: Readonly<Record<string, string>> = {
  predict: '{ answer: { question: how-many } }',
  operate: '{ traffic: { visitor: customers, from: 120, until: 600, answered: { $atLeast: 0.95 } } }',
  code: '{ component: { name: replicaset-controller, problems: false } }',
};

function solutionTexts(kind: string): Readonly<Record<string, string>> {
  const schema = '# yaml-language-server: $schema=../../../exercises/solution.schema.json\n';
  const step = kind === 'code' ? '  - component: controller.ts\n' : '';
  const steps = (line: string) => `${schema}steps:\n${step}  - ${line}\n`;
  return {
    'solution.yaml': steps(`echo "${UNWRITTEN.en}"`),
    'alternative-other-way.yaml': steps(`echo "${UNWRITTEN.en}"`),
    'mistake-too-few.yaml': `${steps('kubectl create deployment <<name>> --image=nginx:1.27')}# Points that are earned all the same.
points: 0
expect: { check: done, mistake: too-few }
`,
  };
}
