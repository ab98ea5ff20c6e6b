/** The suite of every runtime, with the cluster in a Web Worker of a real browser. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import { type BuildOptions, build } from 'esbuild';
import { RUNTIME_CASES } from '../../sim-core/host/runtime/conformance.ts';

const host = path.join(import.meta.dirname, '../../sim-core/host');
/** The page: the suite, and its runtimes behind a Worker each. */
const PAGE = `
  import { RUNTIME_CASES, runCase } from ${JSON.stringify(path.join(host, 'runtime/conformance.ts'))};
  import { DoorRuntime } from ${JSON.stringify(path.join(host, 'runtime/door-runtime.ts'))};
  import { workerPort } from ${JSON.stringify(path.join(host, 'door-client.ts'))};
  window.runCase = (name) =>
    runCase(
      RUNTIME_CASES.find((each) => each.name === name),
      () => new DoorRuntime(workerPort(new Worker('/worker.js', { type: 'module' }))),
    );
`;

let server: Server;

test.beforeAll(async () => {
  const options: BuildOptions & { write: false } = {
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    external: ['node:*', '@jitl/quickjs-wasmfile-release-sync/*'],
    logLevel: 'warning',
  };
  const [page, worker] = await Promise.all([
    build({ ...options, stdin: { contents: PAGE, resolveDir: host, loader: 'ts' } }),
    build({ ...options, entryPoints: [path.join(host, 'worker.ts')] }),
  ]);
  const scripts: Readonly<Record<string, string>> = {
    '/page.js': page.outputFiles[0]!.text,
    '/worker.js': worker.outputFiles[0]!.text,
  };
  server = createServer((request, response) => {
    const script = scripts[request.url ?? ''];
    response.writeHead(200, { 'content-type': script === undefined ? 'text/html' : 'text/javascript' });
    response.end(script ?? '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
test.afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('a runtime in a Web Worker behaves as every other', async ({ page }) => {
  test.slow();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => 'runCase' in window);
  for (const { name } of RUNTIME_CASES) {
    await test.step(name, async () => {
      const problem = await page.evaluate(async (wanted) => {
        const { runCase } = window as unknown as { runCase(name: string): Promise<void> };
        return runCase(wanted).then(
          () => '',
          (error: unknown) => String(error),
        );
      }, name);
      expect(problem).toBe('');
    });
  }
});
