import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DESCRIPTIONS } from './descriptions.gen.ts';
import type { ServedResource } from './openapi-paths.ts';
import { describeFrom } from './openapi-schema.ts';
import { openApiV2 } from './openapi-v2.ts';
import { encodeOpenApiV2 } from './openapi-v2-proto.ts';
import { openApiV3, openApiV3Index } from './openapi-v3.ts';

/** The kubectl executables of this machine: the one on PATH, and those of other versions beside it. */
function kubectls(): string[] {
  try {
    const found = realpathSync(execFileSync('which', ['kubectl'], { encoding: 'utf8' }).trim());
    const beside = ['1.27', '1.28', '1.31', '1.33'].map((version) => join(dirname(found), `kubectl.${version}`));
    const versions = beside.filter((path) => existsSync(path));
    return versions.length > 0 ? versions : [found];
  } catch {
    return [];
  }
}

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const resources: ServedResource[] = [
  { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true, verbs },
  { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false, verbs },
  { group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', namespaced: true, verbs },
  {
    group: 'golden.example',
    version: 'v1',
    kind: 'Team',
    plural: 'teams',
    namespaced: true,
    verbs,
    schema: {
      type: 'object',
      description: 'A team of people.',
      properties: {
        spec: {
          type: 'object',
          required: ['size'],
          properties: { size: { type: 'integer', description: 'How many.' } },
        },
      },
    },
  },
];
const source = { resources, serverVersion: 'v1.33.0', describe: describeFrom(DESCRIPTIONS) };

/** Answers with discovery and OpenAPI documents only, and gives back what is created. */
function answer(path: string, accept: string, body: string): { type: string; data: string | Uint8Array } | undefined {
  const json = (value: unknown) => ({ type: 'application/json', data: JSON.stringify(value) });
  const groups = [...new Set(resources.map((one) => one.group))].filter((group) => group !== '');
  if (path === '/version') return json({ major: '1', minor: '33', gitVersion: 'v1.33.0' });
  if (path === '/api') return json({ kind: 'APIVersions', versions: ['v1'] });
  if (path === '/apis') {
    const one = (group: string) => ({ groupVersion: `${group}/v1`, version: 'v1' });
    return json({
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: groups.map((name) => ({ name, versions: [one(name)], preferredVersion: one(name) })),
    });
  }
  if (path === '/openapi/v2') {
    const document = openApiV2(source);
    if (!accept.includes('proto-openapi')) return json(document);
    return { type: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf', data: encodeOpenApiV2(document) };
  }
  if (path === '/openapi/v3') return json(openApiV3Index(source));
  if (path.startsWith('/openapi/v3/')) return json(openApiV3(source, path.slice('/openapi/v3/'.length)));
  const list = /^\/(?:api|apis\/([^/]+))\/v1$/.exec(path);
  if (list !== null) {
    const served = resources.filter((one) => one.group === (list[1] ?? ''));
    return json({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: list[1] === undefined ? 'v1' : `${list[1]}/v1`,
      resources: served.map((one) => ({
        name: one.plural,
        singularName: one.kind.toLowerCase(),
        namespaced: one.namespaced,
        kind: one.kind,
        verbs,
      })),
    });
  }
  return body === '' ? undefined : { type: 'application/json', data: body };
}

let server: Server;
let folder: string;
const asked: string[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  writeFileSync(
    join(folder, 'team.yaml'),
    'apiVersion: golden.example/v1\nkind: Team\nmetadata: {name: a}\nspec: {size: 1}\n',
  );
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (data) => {
      body += data;
    });
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`);
      const found = answer(request.url!.split('?')[0]!, request.headers.accept ?? '', body);
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': found?.type ?? 'text/plain' });
      response.end(found?.data ?? '404 page not found');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function run(kubectl: string, ...args: string[]): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const options = { env: { HOME: folder, KUBECONFIG: join(folder, 'none') }, cwd: folder };
  const all = ['-s', `http://127.0.0.1:${port}`, '--cache-dir', join(folder, kubectl.slice(-4)), ...args];
  return new Promise((resolve) => {
    execFile(kubectl, all, options, (_, stdout, stderr) =>
      resolve(stdout + stderr.replace(/^W.*Config not found.*\n/gm, '')),
    );
  });
}

describe('real kubectl', () => {
  test('explains built-in kinds and custom resources', async () => {
    for (const kubectl of kubectls()) {
      const strategy = await run(kubectl, 'explain', 'deployments.spec.strategy');
      expect(strategy).toContain('KIND:       Deployment');
      expect(strategy).toMatch(/rollingUpdate\t<RollingUpdateDeployment>/);
      expect(strategy).toContain('The deployment strategy to use to replace existing pods with new ones.');
      const limits = await run(kubectl, 'explain', 'pods.spec.containers.resources.limits');
      expect(limits).toContain('FIELD: limits <map[string]Quantity>');
      const team = await run(kubectl, 'explain', 'teams.spec.size');
      expect(team).toContain('FIELD: size <integer>');
      expect(team).toContain('How many.');
      expect(await run(kubectl, 'explain', 'pods.spec.nothing')).toContain('error: field "nothing" does not exist');
      expect(await run(kubectl, 'explain', 'pods', '--recursive')).toMatch(/ {6}imagePullPolicy\t<string>/);
    }
  }, 60_000);

  test('leaves validation to the server, since the documents say that it can', async () => {
    for (const kubectl of kubectls()) {
      asked.length = 0;
      expect(await run(kubectl, 'create', '-f', 'team.yaml')).toContain('team.golden.example/a created');
      expect(asked).toContain(
        'POST /apis/golden.example/v1/namespaces/default/teams?fieldManager=kubectl-create&fieldValidation=Strict',
      );
    }
  }, 60_000);
});
