import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseManifests } from '../../sim-core/kubectl/manifests.ts';
import { findKubectls } from './find-kubectl.ts';

/** Manifests in which every line is spoilt in every way that people spoil one; what the real kubectl says of that, ours must say. */
const MANIFESTS = [
  `apiVersion: v1
kind: ConfigMap
metadata:
  name: web
  labels:
    app: web
addresses:
- 10.96.0.10
- 10.96.0.11
domain: cluster.local
evictionHard:
  memory.available: "200Mi"
authentication:
  anonymous:
    enabled: false
  webhook:
    enabled: true
`,
  `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: web
          image: nginx:1.27
          command: ["sh", "-c", "sleep 1"]
          ports:
            - containerPort: 80
          env:
            - name: A
              value: "x"
            - name: B
              value: 'y'
      volumes:
      - name: v
        emptyDir: {}
`,
  `apiVersion: v1
kind: Pod
metadata: { name: a, labels: { app: a } }
spec:
  # what runs
  containers:
  - name: a
    image: busybox   # small
    resources: {}
    args: [a, b]
    command:
    - sh
    - -c
    - |
      echo a: b
      sleep 5
    env: []
    volumeMounts:
    - { name: v, mountPath: /v }
    - name: w
      mountPath: "/w"
  tolerations:
  - key: a
    operator: Exists
  restartPolicy: Never
`,
];

const MISTAKES: Readonly<Record<string, (line: string) => string>> = {
  'two deeper': (line) => `  ${line}`,
  'one deeper': (line) => ` ${line}`,
  'two less deep': (line) => line.replace(/^ {2}/, ''),
  'one less deep': (line) => line.replace(/^ /, ''),
  'no colon': (line) => line.replace(':', ''),
  'no space': (line) => line.replace(': ', ':'),
  tab: (line) => (line.startsWith('  ') ? `\t${line.trim()}` : line),
  'no quote': (line) => line.replace('"', ''),
  'no bracket': (line) => line.replace(']', ''),
  'no brace': (line) => line.replace('}', ''),
  'no dash': (line) => line.replace('- ', ''),
  'dash without space': (line) => line.replace('- ', '-'),
  'two colons': (line) => (/: \w/.test(line) ? `${line}: x` : line),
  'a dash more': (line) => line.replace(/\S/, '- $&'),
  at: (line) => line.replace(/: (?=\w)/, ': @'),
  alias: (line) => line.replace(/: (?=[a-z])/, ': *'),
  percent: (line) => line.replace(/: (?=\w)/, ': %'),
};

/** Where ours says something else, or nothing. */
const KNOWN = new Set([
  // A collection as a key, and an alias with a character that Go's reader has no room for.
  '3:3 two colons',
  '3:19 two colons',
  '1:10 alias',
  '2:1 alias',
  // A comment where a value should be, or behind a tab; a text without its dash.
  '3:5 tab',
  '3:5 a dash more',
  '3:14 no dash',
  '3:3 at',
  '3:3 percent',
]);

const [kubectl] = findKubectls();

describe.runIf(kubectl !== undefined)('YAML with a mistake', () => {
  const folder = mkdtempSync(join(tmpdir(), 'yaml-mistakes-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'manifest.yaml');

  /** `line 4: did not find expected key`; empty for YAML that can be read, whatever is in it. */
  const complaintOf = (said: string): string => /(?<=yaml: )(?!unmarshal).*/.exec(said)?.[0] ?? '';

  function theirs(text: string): string {
    writeFileSync(file, text);
    const { stderr } = spawnSync(
      kubectl!.path,
      ['create', '--dry-run=client', '--validate=false', '-s', 'http://127.0.0.1:1', '-f', file],
      { encoding: 'utf8', env: { HOME: folder, KUBECONFIG: '/dev/null' } },
    );
    return complaintOf(stderr.slice(Math.max(0, stderr.indexOf('error parsing'))).replace(/^.*manifest\.yaml: /, ''));
  }

  function ours(text: string): string {
    try {
      parseManifests(text, 'manifest.yaml');
      return '';
    } catch (error) {
      return complaintOf((error as Error).message.replace('manifest.yaml', ''));
    }
  }

  it.each(MANIFESTS.map((text, index) => [index + 1, text] as const))(
    'in any line of manifest %i is worded as the real kubectl words it',
    (number, text) => {
      const lines = text.split('\n').slice(0, -1);
      const differences: string[] = [];
      for (const [index, line] of lines.entries())
        for (const [name, spoil] of Object.entries(MISTAKES)) {
          const id = `${number}:${index + 1} ${name}`;
          const spoilt = spoil(line);
          if (spoilt === line || KNOWN.has(id)) continue;
          const manifest = `${lines.with(index, spoilt).join('\n')}\n`;
          const [expected, found] = [theirs(manifest), ours(manifest)];
          if (expected !== found) differences.push(`${id}\n  ${spoilt}\n  kubectl: ${expected}\n  ours:    ${found}`);
        }
      expect(differences.join('\n')).toBe('');
    },
    120_000,
  );
});
