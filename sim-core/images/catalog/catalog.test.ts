import { expect, it } from 'vitest';
import { SECOND } from '../../engine/index.ts';
import { TestNode } from '../../node/runtime/testing.ts';
import { CATALOG } from './index.ts';

const ask = (node: TestNode, url: string) => {
  const id = node.start('curlimages/curl', { args: ['-s', '-w', '\\n%{http_code}', url] });
  node.pass(10 * SECOND);
  return node.logs(id, 'stdout').join('\n');
};

it.each([
  ['httpd', [], 'http://app/', '<html><body><h1>It works!</h1></body></html>\n\n200'],
  ['httpd', [], 'http://app/no', /Not Found[\s\S]*404$/],
  ['hashicorp/http-echo', ['-text=hi'], 'http://app:5678/x', 'hi\n\n200'],
  ['jotasu/hello:2.0', [], 'http://app:8080/', 'Hello, version 2.0, from app\n\n200'],
  ['registry.k8s.io/e2e-test-images/agnhost:2.53', ['netexec'], 'http://app:8080/hostname', 'app\n200'],
  [
    'registry.k8s.io/e2e-test-images/agnhost:2.53',
    ['netexec'],
    'http://app:8080/shell?cmd=echo%20x',
    '{"output":"x\\n"}\n200',
  ],
  ['nginx:alpine', [], 'http://app/nope', /404 Not Found[\s\S]*404$/],
])('%s %j answers %s', (image, args, url, expected) => {
  const node = new TestNode();
  node.start(image, { args }, { hostname: 'app' });
  node.pass(SECOND);
  const answer = ask(node, url);
  if (typeof expected === 'string') expect(answer.replace(/\n+/g, '\n')).toBe(expected.replace(/\n+/g, '\n'));
  else expect(answer).toMatch(expected);
});

it.each([
  ['nginx:1.27', 0],
  ['nginx:alpine', 127],
])('has bash in %s only if it is made on Debian', (image, code) => {
  const node = new TestNode();
  const id = node.start(image, { command: ['sh', '-c', 'bash -c "echo here"'] });
  node.pass(SECOND);
  expect(node.runtime.containerStatus(id)).toMatchObject({ exitCode: code });
});

it('lets the broken release and the crasher fail', () => {
  const node = new TestNode();
  const broken = node.start('jotasu/hello:broken');
  const crasher = node.start('jotasu/crasher', { envs: [{ key: 'CODE', value: '42' }] });
  node.pass(5 * SECOND);
  expect(node.runtime.containerStatus(broken)).toMatchObject({ exitCode: 1, reason: 'Error' });
  expect(node.logs(broken).at(-1)).toBe('fatal: open /etc/hello/config.yaml: no such file or directory');
  expect(node.runtime.containerStatus(crasher).exitCode).toBe(42);
});

it('has every image under one name, and every tag once', () => {
  const names = CATALOG.map((repository) => repository.name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, releases } of CATALOG) {
    const tags = releases.flatMap((release) => release.tags);
    expect([name, new Set(tags).size]).toEqual([name, tags.length]);
  }
});
