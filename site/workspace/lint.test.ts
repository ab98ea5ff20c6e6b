import { describe, expect, it } from 'vitest';
import { strings } from '../i18n/index.ts';
import { lintManifests } from './lint.ts';

const en = strings('en').workspace.lint;

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: nginx
          image: nginx:1.27
          ports:
            - containerPort: 80
          resources:
            limits: {cpu: 1, memory: 64Mi}
`;

/** The texts at which problems are found, with what is said. */
function problems(text: string) {
  return lintManifests(text, en).map(({ from, to, message }) => [text.slice(from, to), message]);
}

describe('marks in a manifest', () => {
  it('has none for a good one, for several, and for an empty file', () => {
    expect(problems(deployment)).toEqual([]);
    expect(problems(`${deployment}---\n# nothing\n---\n${deployment}`)).toEqual([]);
    expect(problems('')).toEqual([]);
  });

  it('stands at an unknown field, in the words of its type', () => {
    expect(problems(deployment.replace('replicas', 'replica'))).toEqual([
      ['replica', en.unknownField('replica', 'DeploymentSpec')],
    ]);
    expect(problems(deployment.replace('image:', 'imagee:'))).toEqual([
      ['imagee', en.unknownField('imagee', 'Container')],
    ]);
  });

  it('stands at a value of another type', () => {
    expect(problems(deployment.replace('replicas: 3', 'replicas: "3"'))).toEqual([
      ['"3"', en.wrongType('replicas', en.kinds.number, en.kinds.string)],
    ]);
    expect(problems(deployment.replace('{app: web}\n  template', '[app]\n  template'))).toEqual([
      ['[app]', en.wrongType('matchLabels', en.kinds.map, en.kinds.list)],
    ]);
    expect(problems('apiVersion: v1\nkind: ConfigMap\ndata:\n  a: 1\n')).toEqual([
      ['1', en.wrongType('a', en.kinds.string, en.kinds.number)],
    ]);
  });

  it('stands at fields written twice, unknown kinds, and what is no manifest', () => {
    expect(problems('apiVersion: v1\nkind: Pod\nkind: Pod\n').map(([, message]) => message)).toEqual([
      en.duplicate('kind'),
    ]);
    expect(problems('apiVersion: v1\nkind: Pid\n')).toEqual([['Pid', en.unknownKind('v1 Pid')]]);
    expect(problems('just words')[0]?.[1]).toBe(en.noKind);
  });

  it('stands where YAML cannot be read', () => {
    const [found] = problems('a: [1, 2\nb: 3\n');
    expect(found?.[1]).toContain('not valid YAML');
  });

  it('takes what nobody should write', () => {
    const deep = `apiVersion: v1\nkind: Pod\nspec: ${'{a: '.repeat(500)}1${'}'.repeat(500)}`;
    expect(() => lintManifests(deep, en)).not.toThrow();
    expect(() =>
      lintManifests('__proto__: 1\nconstructor: {a: 1}\nkind: constructor\napiVersion: v1', en),
    ).not.toThrow();
    const aliases = `a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\napiVersion: v1\nkind: Pod`;
    expect(() => lintManifests(aliases, en)).not.toThrow();
  });

  it('says it in the learner’s language', () => {
    const ko = strings('ko').workspace.lint;
    expect(lintManifests('apiVersion: v1\nkind: Pod\nspek: 1', ko)[0]?.message).toMatch(/[가-힣]/);
  });
});
