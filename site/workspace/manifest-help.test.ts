import { describe, expect, it } from 'vitest';
import { explainAt, suggestionsAt } from './manifest-help.ts';

/** Labels offered where `|` stands in the text. */
function offered(text: string): string[] {
  const position = text.indexOf('|');
  const found = suggestionsAt(text.replace('|', ''), position);
  const typed = text.slice(found?.from ?? position, position);
  return (found?.suggestions ?? []).map(({ label }) => label).filter((label) => label.startsWith(typed));
}

const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n';

describe('what the editor offers', () => {
  it.each<[string, string[]]>([
    ['|', ['apiVersion', 'kind', 'metadata', 'spec']],
    ['apiVersion: apps/v1\nkind: Dep|', ['Deployment']],
    ['kind: Ingress\napiVersion: net|', ['networking.k8s.io/v1']],
    [`${DEPLOYMENT}  repl|`, ['replicas']],
    [`${DEPLOYMENT}  template:\n    spec:\n      containers:\n      - name: a\n        imageP|`, ['imagePullPolicy']],
    [`${DEPLOYMENT}  template:\n    spec:\n      containers:\n        - na|`, ['name']],
    [
      `${DEPLOYMENT}  template:\n    spec:\n      containers:\n      - name: a\n        ports:\n        - containerP|`,
      ['containerPort'],
    ],
    [
      `${DEPLOYMENT}  template:\n    spec:\n      containers:\n      - name: a\n        imagePullPolicy: If|`,
      ['IfNotPresent'],
    ],
    [`${DEPLOYMENT}  paused: |`, ['true', 'false']],
    [`${DEPLOYMENT}  replicas: 2\n  repl|`, []],
    [`kind: X\napiVersion: v1\n---\n${DEPLOYMENT}  strat|`, ['strategy']],
    [`${DEPLOYMENT}  # repl|`, []],
    [`${DEPLOYMENT}  nonsense:\n    a|`, []],
  ])('%s', (text, labels) => {
    expect(offered(text)).toEqual(labels);
  });

  it('goes on in the next line where a field holds more', () => {
    const text = `${DEPLOYMENT}  temp`;
    expect(suggestionsAt(text, text.length)?.suggestions.find(({ label }) => label === 'template')?.text).toBe(
      'template:\n    ',
    );
  });

  it('explains a field under the pointer', async () => {
    const text = `${DEPLOYMENT}  replicas: 2\n`;
    const found = await explainAt(text, text.indexOf('replicas') + 3);
    expect(found).toMatchObject({ name: 'replicas', detail: 'integer' });
    expect(found?.description).toContain('Number of desired pods');
    expect(await explainAt(text, text.indexOf('web'))).toBeUndefined();
  });
});
