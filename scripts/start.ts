/**
 * `npm start`: builds the site if its sources changed since the last build, and serves it on loopback.
 * `npm start -- --port 8080` asks for a port; if it is taken, the next free one is used.
 */
import { parseArgs } from 'node:util';
import { buildSite, dist, isBuilt } from './site/build-site.ts';
import { serveFolder } from './site/static-server.ts';

const DEFAULT_PORT = 4321;

function readPort(): number {
  const { values } = parseArgs({ options: { port: { type: 'string', default: String(DEFAULT_PORT) } } });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    console.error(`npm start: --port takes a number from 0 to 65535, found ${JSON.stringify(values.port)}`);
    process.exit(2);
  }
  return port;
}

const port = readPort();
if (!isBuilt()) {
  console.log('Building the site. The first time this takes about a minute …');
  const code = await buildSite();
  if (code !== 0) process.exit(code);
}
const { address, close } = await serveFolder({ folder: dist, port, fallbacks: 20 });
console.log(
  `\n  Jotasu 조타수\n\n  English  ${address}/en/\n  한국어   ${address}/ko/\n\n  Open ${address}/ for your browser's language. Ctrl-C stops.\n`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void close().then(() => process.exit(0));
  });
}
