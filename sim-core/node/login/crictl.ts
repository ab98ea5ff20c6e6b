import { type Coroutine, type Micros, SECOND, suspend } from '../../engine/index.ts';
import type { Program } from '../../images/process.ts';
import { applet, type Tool, ToolError } from '../../images/shell/applets/tool.ts';
import { CriError } from '../cri/error.ts';
import type { NodeMachine } from '../node.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import { containerStats, containerStatus } from '../runtime/container-report.ts';
import type { Sandbox } from '../runtime/sandbox.ts';

const ID = 13;
const TWO_DAYS = 48 * 3600;

/** Ages as crictl words them: `5 minutes ago`. */
function ago(now: Micros, then: Micros): string {
  const seconds = Math.floor((now - then) / SECOND);
  if (seconds < 1) return 'Less than a second ago';
  if (seconds < 60) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'} ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute ago';
  if (minutes < 60) return `${minutes} minutes ago`;
  const hours = Math.floor(minutes / 60);
  if (hours === 1) return 'About an hour ago';
  return seconds < TWO_DAYS ? `${hours} hours ago` : `${Math.floor(hours / 24)} days ago`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at]! + 4))
          .join('')
          .trimEnd()}\n`,
    )
    .join('');
}

/** A size as crictl counts it: thousands, three digits. */
function size(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 1000 || unit === 'GB') return `${Number(value.toPrecision(3))}${unit}`;
    value /= 1000;
  }
  return `${bytes}B`;
}

const STATES: Readonly<Record<string, string>> = {
  CONTAINER_CREATED: 'Created',
  CONTAINER_RUNNING: 'Running',
  CONTAINER_EXITED: 'Exited',
  CONTAINER_UNKNOWN: 'Unknown',
  SANDBOX_READY: 'Ready',
  SANDBOX_NOTREADY: 'NotReady',
};

/** crictl: looks at a node's containers past the kubelet, through the CRI. */
export function crictl(node: NodeMachine): Program {
  return applet(function* (tool): Coroutine<number> {
    const args = [...tool.args];
    while (/^(-r|--runtime-endpoint|-i|--image-endpoint|-t|--timeout)$/.test(args[0] ?? '')) args.splice(0, 2);
    const [command = 'help', ...rest] = args;
    const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
    if (run === undefined) {
      tool.out(`crictl here knows: ${Object.keys(COMMANDS).sort().join(', ')}\n`);
      return command === 'help' || command === '--help' ? 0 : 1;
    }
    try {
      return yield* run(new Call(tool, node, rest));
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      throw new ToolError(`FATA[0000] ${error.message}`);
    }
  });
}

/** One command line: its options and what it asks of the node. */
class Call {
  readonly tool: Tool;
  readonly node: NodeMachine;
  readonly operands: string[] = [];
  private readonly options = new Map<string, string>();

  constructor(tool: Tool, node: NodeMachine, words: readonly string[]) {
    this.tool = tool;
    this.node = node;
    for (let index = 0; index < words.length; index++) {
      const word = words[index]!;
      if (!word.startsWith('-') || word === '-') {
        this.operands.push(...(this.operands.length > 0 ? words.slice(index) : [word]));
        if (this.operands.length > 1) break;
        continue;
      }
      const [name = '', value] = word.replace(/^--?/, '').split('=', 2);
      if (value !== undefined) this.options.set(name, value);
      else if (VALUED.has(name)) this.options.set(name, words[++index] ?? '');
      else if (/^-[a-z]{2,}$/.test(word)) for (const letter of name) this.options.set(letter, '');
      else this.options.set(name, '');
    }
  }

  get now(): Micros {
    return this.tool.process.now();
  }

  option(...names: string[]): string | undefined {
    for (const name of names) if (this.options.has(name)) return this.options.get(name);
    return undefined;
  }

  /** The containers that an ID's beginning means. */
  container(word: string | undefined): RuntimeContainer {
    if (word === undefined) throw new ToolError('FATA[0000] ID cannot be empty');
    const found = this.node.runtime.all().filter(({ id }) => id.startsWith(word));
    if (found.length !== 1)
      throw new ToolError(
        `FATA[0000] rpc error: code = NotFound desc = an error occurred when try to find container "${word}": not found`,
      );
    return found[0]!;
  }

  sandbox(word: string | undefined): Sandbox {
    const found = this.node.runtime.allSandboxes().filter(({ id }) => word !== undefined && id.startsWith(word));
    if (found.length !== 1)
      throw new ToolError(
        `FATA[0000] rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found`,
      );
    return found[0]!;
  }
}

const VALUED = new Set([
  'name',
  'state',
  'p',
  'pod',
  'o',
  'output',
  'tail',
  'n',
  'namespace',
  'label',
  'image',
  't',
  'timeout',
  'last',
]);

type Action = (call: Call) => Coroutine<number>;

function shown(call: Call, container: RuntimeContainer): boolean {
  const all = call.option('a', 'all') !== undefined;
  const state = call.option('state', 's');
  const name = call.option('name');
  const pod = call.option('p', 'pod');
  if (state !== undefined ? STATES[container.state]!.toLowerCase() !== state.toLowerCase() : !all && !container.running)
    return false;
  return (
    (name === undefined || container.config.metadata.name.includes(name)) &&
    (pod === undefined || container.sandbox.id.startsWith(pod))
  );
}

function* ps(call: Call): Coroutine<number> {
  yield* [];
  const found = call.node.runtime.all().filter((container) => shown(call, container));
  const newest = found.sort((a, b) => b.createdAt - a.createdAt);
  if (call.option('q', 'quiet') !== undefined) {
    for (const { id } of newest) call.tool.out(`${id}\n`);
    return 0;
  }
  const rows = newest.map((container) => [
    container.id.slice(0, ID),
    container.image.id.replace(/^sha256:/, '').slice(0, ID),
    ago(call.now, container.createdAt),
    STATES[container.state]!,
    container.config.metadata.name,
    String(container.config.metadata.attempt),
    container.sandbox.id.slice(0, ID),
    container.sandbox.config.metadata.name,
  ]);
  call.tool.out(table([['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD'], ...rows]));
  return 0;
}

function* pods(call: Call): Coroutine<number> {
  yield* [];
  const name = call.option('name');
  const namespace = call.option('namespace');
  const found = call.node.runtime
    .allSandboxes()
    .filter(({ config: { metadata } }) => name === undefined || metadata.name.includes(name))
    .filter(({ config: { metadata } }) => namespace === undefined || metadata.namespace === namespace)
    .sort((a, b) => b.createdAt - a.createdAt);
  if (call.option('q', 'quiet') !== undefined) {
    for (const { id } of found) call.tool.out(`${id}\n`);
    return 0;
  }
  const rows = found.map(({ id, createdAt, state, runtimeHandler, config: { metadata } }) => [
    id.slice(0, ID),
    ago(call.now, createdAt),
    STATES[state]!,
    metadata.name,
    metadata.namespace,
    String(metadata.attempt),
    runtimeHandler === '' ? '(default)' : runtimeHandler,
  ]);
  call.tool.out(table([['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'], ...rows]));
  return 0;
}

function* images(call: Call): Coroutine<number> {
  yield* [];
  const rows = call.node.images.listImages(call.operands[0]).flatMap(({ id, repoTags, size: bytes }) =>
    (repoTags.length === 0 ? ['<none>:<none>'] : repoTags).map((tag) => {
      const colon = tag.lastIndexOf(':');
      return [tag.slice(0, colon), tag.slice(colon + 1), id.replace(/^sha256:/, '').slice(0, ID), size(bytes)];
    }),
  );
  call.tool.out(table([['IMAGE', 'TAG', 'IMAGE ID', 'SIZE'], ...rows.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))]));
  return 0;
}

function* inspect(call: Call): Coroutine<number> {
  yield* [];
  const container = call.container(call.operands[0]);
  const { mounts, ...status } = containerStatus(container);
  const first = container.running ? container.namespace.processes[0] : undefined;
  const pid = first === undefined ? undefined : call.node.runtime.nodeNamespace.pidOf(first);
  const info = { sandboxID: container.sandbox.id, pid, runtimeType: 'io.containerd.runc.v2' };
  const shownMounts = mounts.map(({ containerPath, hostPath, readonly }) => ({
    containerPath,
    hostPath,
    readonly: readonly === true,
  }));
  call.tool.out(`${JSON.stringify({ info, status: { ...status, mounts: shownMounts } }, null, 2)}\n`);
  return 0;
}

function* inspectPod(call: Call): Coroutine<number> {
  yield* [];
  const { ip, additionalIps, ...status } = call.sandbox(call.operands[0]).status();
  const network = { ip, additionalIps: additionalIps.map((address) => ({ ip: address })) };
  call.tool.out(`${JSON.stringify({ status: { ...status, network } }, null, 2)}\n`);
  return 0;
}

function* logs(call: Call): Coroutine<number> {
  const container = call.container(call.operands[0]);
  const tail = call.option('tail');
  const lines = container.log.lines();
  const write = ({ text, tag, stream }: (typeof lines)[number]) =>
    (stream === 'stdout' ? call.tool.process.stdout : call.tool.process.stderr).write(
      `${text}${tag === 'F' ? '\n' : ''}`,
    );
  for (const line of tail === undefined || !(Number(tail) >= 0)
    ? lines
    : lines.slice(Math.max(0, lines.length - Number(tail))))
    write(line);
  if (call.option('f', 'follow') === undefined || !container.running) return 0;
  yield* suspend<void>((resume) => {
    const stop = container.log.subscribe(write);
    container.onEnd(() => resume());
    return stop;
  });
  return 0;
}

function* pull(call: Call): Coroutine<number> {
  const [image] = call.operands;
  if (image === undefined) throw new ToolError('FATA[0000] image name cannot be empty');
  const id = yield* call.node.images.pullImage({ image });
  call.tool.out(`Image is up to date for ${call.node.images.imageRef(id)}\n`);
  return 0;
}

function* stop(call: Call): Coroutine<number> {
  const timeout = Number(call.option('t', 'timeout') ?? 0);
  for (const word of call.operands) {
    const { id } = call.container(word);
    yield* call.node.runtime.stopContainer(id, timeout);
    call.tool.out(`${word}\n`);
  }
  return 0;
}

function* remove(call: Call): Coroutine<number> {
  for (const word of call.operands) {
    const container = call.container(word);
    if (container.running && call.option('f', 'force') === undefined)
      throw new ToolError(`FATA[0000] container "${word}" is running, please stop it first`);
    yield* call.node.runtime.removeContainer(container.id);
    call.tool.out(`${word}\n`);
  }
  return 0;
}

function* stopPod(call: Call): Coroutine<number> {
  for (const word of call.operands) {
    yield* call.node.runtime.stopPodSandbox(call.sandbox(word).id);
    call.tool.out(`Stopped sandbox ${word}\n`);
  }
  return 0;
}

function* removeImage(call: Call): Coroutine<number> {
  yield* [];
  for (const word of call.operands) {
    if (call.node.images.imageStatus({ image: word }) === undefined)
      throw new ToolError(`FATA[0000] no such image ${word}`);
    call.node.images.removeImage({ image: word });
    call.tool.out(`Deleted: ${word}\n`);
  }
  return 0;
}

function* stats(call: Call): Coroutine<number> {
  yield* [];
  const rows = call.node.runtime
    .all()
    .filter(({ running }) => running)
    .map((container) => {
      const { cpu, memory, writableLayer } = containerStats(container);
      return [
        container.id.slice(0, ID),
        container.config.metadata.name,
        (cpu.usageNanoCores / 10_000_000).toFixed(2),
        size(memory.workingSetBytes),
        size(writableLayer.usedBytes),
        String(writableLayer.inodesUsed),
      ];
    });
  call.tool.out(table([['CONTAINER', 'NAME', 'CPU %', 'MEM', 'DISK', 'INODES'], ...rows]));
  return 0;
}

function* exec(call: Call): Coroutine<number> {
  const [word, ...command] = call.operands;
  const container = call.container(word);
  const { stdin, stdout, stderr } = call.tool.process;
  const process = container.execute(command, { stdin, stdout, stderr });
  return (yield* process.wait()).code;
}

function* info(call: Call): Coroutine<number> {
  yield* [];
  const { conditions } = call.node.runtime.status();
  call.tool.out(`${JSON.stringify({ status: { conditions } }, null, 2)}\n`);
  return 0;
}

function* version(call: Call): Coroutine<number> {
  yield* [];
  const { version: own, runtimeName, runtimeVersion, runtimeApiVersion } = call.node.runtime.version();
  call.tool.out(
    `Version:  ${own}\nRuntimeName:  ${runtimeName}\nRuntimeVersion:  ${runtimeVersion}\nRuntimeApiVersion:  ${runtimeApiVersion}\n`,
  );
  return 0;
}

const COMMANDS: Readonly<Record<string, Action>> = {
  exec,
  images,
  img: images,
  info,
  inspect,
  inspectp: inspectPod,
  logs,
  pods,
  ps,
  pull,
  rm: remove,
  rmi: removeImage,
  stats,
  stop,
  stopp: stopPod,
  version,
};
