import { expect, it } from 'vitest';
import { formatReference, parseReference } from './reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

it.each([
  ['nginx', 'docker.io/library/nginx:latest'],
  ['nginx:1.27', 'docker.io/library/nginx:1.27'],
  ['jotasu/hello:1.0', 'docker.io/jotasu/hello:1.0'],
  ['docker.io/nginx', 'docker.io/library/nginx:latest'],
  ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
  ['localhost:5000/a/b', 'localhost:5000/a/b:latest'],
  [`nginx:1.27@${digest}`, `docker.io/library/nginx@${digest}`],
])('%s is %s', (text, full) => {
  expect(formatReference(parseReference(text))).toBe(full);
});

it.each([
  ['', 'invalid reference format'],
  ['nginx:', 'invalid reference format'],
  ['nginx:a b', 'invalid reference format'],
  ['NGINX', 'invalid reference format: repository name (library/NGINX) must be lowercase'],
  ['-x', 'invalid reference format'],
  ['a@sha256:12', 'invalid reference format'],
])('%s is no reference', (text, message) => {
  expect(() => parseReference(text)).toThrow(message);
});
