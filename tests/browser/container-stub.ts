/**
 * What stands in for the vendor of containers: a page that shakes hands as the vendor's does, on an origin of its own, and behind it a container
 * that is a folder and processes of this machine. The page's own code, its client library included, cannot tell the difference.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import type { ContainerProcess, FileTree } from '../../site/container/container.ts';
import { bootLocalContainer, type LocalContainer } from '../../site/container/testing/local-container.ts';

/** `silent`: the frame loads and says nothing. `stuck`: it says hello, and no container ever comes. */
export type StubMode = 'works' | 'silent' | 'stuck';

export interface Stub {
  readonly address: string;
  mode: StubMode;
  /** The containers that were booted. */
  readonly containers: readonly LocalContainer[];
  close(): Promise<void>;
}

const COMLINK = path.join(import.meta.dirname, '../../node_modules/@webcontainer/api/dist/vendor/index.js');
/** What lets an isolated page hold the frame. */
const HEADERS = {
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'cross-origin',
  'cache-control': 'no-store',
};

/** The frame: the client's calls become messages of a WebSocket, and back. */
const FRAME = `<!doctype html><script type="module">
import { Comlink } from '/comlink.js';
const mode = await (await fetch('/mode')).text();
const socket = new WebSocket('ws://' + location.host + '/bridge');
await new Promise((resolve) => socket.addEventListener('open', resolve));
const waiting = new Map();
const listeners = new Map();
let last = 0;
socket.addEventListener('message', ({ data }) => {
  const { id, result, error, to, value } = JSON.parse(data);
  if (to !== undefined) return listeners.get(to)?.(value);
  const { resolve, reject } = waiting.get(id);
  waiting.delete(id);
  if (error === undefined) resolve(result); else reject(new Error(error));
});
const ask = (op, ...args) => new Promise((resolve, reject) => {
  const id = ++last;
  waiting.set(id, { resolve, reject });
  socket.send(JSON.stringify({ id, op, args }));
});
const listen = (listener) => { const to = ++last; listeners.set(to, listener); return to; };
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const fs = {
  readFile: async (name) => bytes(await ask('readFile', name)),
  writeFile: (name, data) => ask('writeFile', name, data),
  readdir: (name) => ask('readdir', name),
  mkdir: (name) => ask('mkdir', name),
  rm: (name) => ask('rm', name),
  watch: async (name, options, listener) => {
    await ask('watch', name, listen(() => listener('change', '')));
    return Comlink.proxy({ close() {} });
  },
};
const instance = {
  fs: () => Comlink.proxy(fs),
  previewScript: () => ({}),
  runtimeInfo: () => ask('info'),
  loadFiles: (payload) => ask('mount', JSON.parse(new TextDecoder().decode(payload))),
  async run({ command, args, env, terminal }, stdout, stderr, output) {
    let finish;
    const onExit = new Promise((resolve) => { finish = resolve; });
    const said = listen(({ text, code }) => {
      if (code === undefined) output?.(new TextEncoder().encode(text));
      else { output?.(null); finish(code); }
    });
    const id = await ask('spawn', command, args, env, terminal, said);
    return Comlink.proxy({
      onExit,
      write: (text) => ask('write', id, text),
      kill: () => void ask('kill', id),
      resize() {},
    });
  },
  on: () => () => {},
  teardown() {},
};
const server = {
  build: async () => {
    if (mode === 'stuck') await new Promise(() => {});
    await ask('boot');
    return Comlink.proxy(instance);
  },
};
if (mode !== 'silent') {
  const { port1, port2 } = new MessageChannel();
  Comlink.expose(server, port1);
  parent.postMessage({ type: 'init' }, '*', [port2]);
}
</script>`;

export async function serveStub(): Promise<Stub> {
  const containers: LocalContainer[] = [];
  const stub = { mode: 'works' as StubMode };
  const http = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://stub');
    const [type, body] =
      pathname === '/comlink.js'
        ? ['text/javascript', readFileSync(COMLINK, 'utf8')]
        : pathname === '/mode'
          ? ['text/plain', stub.mode]
          : ['text/html', FRAME];
    response.writeHead(200, { ...HEADERS, 'content-type': type }).end(body);
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => {
    const send = (message: object) => socket.send(JSON.stringify(message));
    const tell = (to: number, value: unknown) => send({ to, value });
    const bridge = new Bridge(tell, containers);
    socket.on('message', async (data: Buffer) => {
      const { id, op, args } = JSON.parse(data.toString()) as { id: number; op: string; args: unknown[] };
      try {
        send({ id, result: (await bridge.ask(op, args)) ?? null });
      } catch (error) {
        send({ id, error: String(error) });
      }
    });
  });
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve);
  });
  return Object.assign(stub, {
    address: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    containers,
    async close() {
      await Promise.all(containers.map((container) => container.close()));
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((resolve) => {
        http.close(resolve);
        http.closeAllConnections();
      });
    },
  });
}

/** A tree as the client library sends it. */
type WireTree = { d: Record<string, WireTree | { f: { c: string; b?: true } }> };

function fromWire({ d }: WireTree): FileTree {
  return Object.fromEntries(
    Object.entries(d).map(([name, entry]) => [
      name,
      'd' in entry
        ? { directory: fromWire(entry) }
        : { file: { contents: entry.f.b ? new Uint8Array(Buffer.from(entry.f.c, 'latin1')) : entry.f.c } },
    ]),
  );
}

/** One page's container. */
class Bridge {
  private container: LocalContainer | undefined;
  private readonly processes: { process: ContainerProcess; writer: WritableStreamDefaultWriter<string> }[] = [];
  private readonly tell: (to: number, value: unknown) => void;
  private readonly containers: LocalContainer[];

  constructor(tell: (to: number, value: unknown) => void, containers: LocalContainer[]) {
    this.tell = tell;
    this.containers = containers;
  }

  async ask(op: string, args: unknown[]): Promise<unknown> {
    if (op === 'boot') {
      this.container = await bootLocalContainer();
      this.containers.push(this.container);
      return undefined;
    }
    const container = this.container!;
    const { fs } = container;
    const [first, second] = args as [string, string];
    switch (op) {
      case 'info':
        return { path: container.path, cwd: container.workdir };
      case 'mount':
        return container.mount(fromWire(args[0] as WireTree));
      case 'readFile':
        return Buffer.from(await fs.readFile(first)).toString('base64');
      case 'writeFile':
        return fs.writeFile(first, second);
      case 'readdir':
        return (await fs.readdir(first, { withFileTypes: true })).map((entry) => ({
          name: entry.name,
          'Symbol(type)': entry.isDirectory() ? 2 : 1,
        }));
      case 'mkdir':
        return fs.mkdir(first, { recursive: true });
      case 'rm':
        return fs.rm(first, { force: true });
      case 'watch':
        fs.watch(first, { recursive: true }, () => this.tell(args[1] as number, null));
        return undefined;
      case 'spawn':
        return this.spawn(args);
      case 'write':
        // What a terminal would make of the Enter key.
        return this.processes[args[0] as number]!.writer.write(second.replaceAll('\r', '\n'));
      case 'kill':
        return this.processes[args[0] as number]!.process.kill();
    }
    throw new Error(`the stub has no ${op}`);
  }

  private async spawn([command, args, env, , to]: unknown[]): Promise<number> {
    const process = await this.container!.spawn(command as string, args as string[], {
      env: env as Record<string, string>,
    });
    const said = (value: object) => this.tell(to as number, value);
    const reading = process.output.pipeTo(new WritableStream({ write: (text) => said({ text }) }));
    void Promise.all([reading, process.exit]).then(([, code]) => said({ code }));
    return this.processes.push({ process, writer: process.input.getWriter() }) - 1;
  }
}
