import { type Coroutine, formatNanoTime, SECOND, suspend } from '../../../engine/index.ts';
import type { LogLine } from '../../cri/log.ts';
import type { RuntimeContainer } from '../../runtime/container.ts';
import { containerStats, containerStatus, containerSummary } from '../../runtime/container-report.ts';
import { type Call, type Command, Fatal } from './call.ts';
import { ago, moment, nanoseconds, STATES, size } from './words.ts';

/** The commands for containers. */

function chosen(call: Call): RuntimeContainer[] {
  const state = call.option('state', 's')?.toLowerCase();
  if (state !== undefined && !/^(created|running|exited|unknown)$/.test(state))
    throw new Fatal(
      'listing containers: list containers: --state should be one of created, running, exited or unknown',
    );
  const all = call.has('a', 'all', 'l', 'latest', 'n', 'last');
  const found = call.node.runtime
    .all()
    .filter(
      (container) =>
        (state === undefined ? all || container.running : STATES[container.state]!.toLowerCase() === state) &&
        container.id.startsWith(call.option('id') ?? '') &&
        container.sandbox.id.startsWith(call.option('p', 'pod') ?? '') &&
        call.matches('name', container.config.metadata.name) &&
        call.matches('namespace', container.sandbox.config.metadata.namespace) &&
        hasImage(call, container),
    );
  found.sort((a, b) => b.createdAt - a.createdAt);
  const last = Number(call.option('n', 'last') ?? 0);
  return call.has('l', 'latest') ? found.slice(0, 1) : last > 0 ? found.slice(0, last) : found;
}

function hasImage(call: Call, container: RuntimeContainer): boolean {
  const image = call.option('image');
  return image === undefined || call.node.images.imageStatus({ image })?.id === container.image.id;
}

function* list(call: Call): Coroutine<number> {
  yield* [];
  const found = chosen(call);
  const listed = () => ({
    containers: found.map((container) => {
      const { id, podSandboxId, metadata, image, imageRef, imageId, state, createdAt, labels, annotations } =
        containerSummary(container);
      return {
        id,
        podSandboxId,
        metadata,
        image: { image: imageId, annotations: {}, userSpecifiedImage: image, runtimeHandler: '' },
        imageRef,
        state,
        createdAt: nanoseconds(createdAt),
        labels,
        annotations,
        imageId,
      };
    }),
  });
  if (call.structured(listed)) return 0;
  call.table(
    found.map(({ id }) => id),
    ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'],
    found.map((container) => [
      call.short(container.id),
      call.has('r', 'resolve-image-path')
        ? (call.node.images.imageStatus({ image: container.image.id })?.repoTags[0] ?? container.image.id)
        : call.short(container.image.id),
      ago(call.now, container.createdAt),
      STATES[container.state]!,
      container.config.metadata.name,
      String(container.config.metadata.attempt),
      call.short(container.sandbox.id),
      container.sandbox.config.metadata.name,
      container.sandbox.config.metadata.namespace,
    ]),
  );
  return 0;
}

function* inspect(call: Call): Coroutine<number> {
  yield* [];
  const container = call.container(call.operands[0]);
  const { mounts, createdAt, startedAt, finishedAt, image, podSandboxId, user, group, supplementalGroups, ...status } =
    containerStatus(container);
  const first = container.running ? container.namespace.processes[0] : undefined;
  const pid = first === undefined ? 0 : call.node.runtime.nodeNamespace.pidOf(first);
  const answer = {
    info: {
      sandboxID: podSandboxId,
      pid,
      removing: false,
      snapshotKey: container.id,
      snapshotter: 'overlayfs',
      runtimeType: 'io.containerd.runc.v2',
    },
    status: {
      ...status,
      createdAt: moment(createdAt),
      startedAt: moment(startedAt),
      finishedAt: moment(finishedAt),
      image: { annotations: {}, image, runtimeHandler: '', userSpecifiedImage: '' },
      mounts: mounts.map(({ containerPath, hostPath, readonly }) => ({
        containerPath,
        hostPath,
        readonly: readonly === true,
      })),
      user: { linux: { gid: String(group), supplementalGroups: supplementalGroups.map(String), uid: String(user) } },
    },
  };
  if (call.option('o', 'output') === undefined || !call.structured(() => answer)) call.json(answer);
  return 0;
}

/** The moment from which on `--since` asks for lines: `10m`, `2026-01-05T09:00:00Z`. */
function since(call: Call): string {
  const text = call.option('since') ?? '';
  const [, digits, unit] = /^(\d+)([smh])$/.exec(text) ?? [];
  if (digits === undefined) return text;
  const seconds = Number(digits) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
  return formatNanoTime(call.now - seconds * SECOND);
}

function* logs(call: Call): Coroutine<number> {
  const container = call.container(call.operands[0]);
  const timed = call.has('t', 'timestamps');
  const write = ({ time, text, tag, stream }: LogLine) =>
    (stream === 'stdout' ? call.tool.process.stdout : call.tool.process.stderr).write(
      `${timed ? `${formatNanoTime(time)} ` : ''}${text}${tag === 'F' ? '\n' : ''}`,
    );
  const from = since(call);
  const lines = container.log.lines().filter(({ time }) => from === '' || formatNanoTime(time) >= from);
  const tail = Number(call.option('tail') ?? -1);
  for (const line of tail >= 0 ? lines.slice(Math.max(0, lines.length - tail)) : lines) write(line);
  if (!call.has('f', 'follow') || !container.running) return 0;
  yield* suspend<void>((resume) => {
    const stop = container.log.subscribe(write);
    container.onEnd(() => resume());
    return stop;
  });
  return 0;
}

function* stop(call: Call): Coroutine<number> {
  if (call.operands.length === 0) throw new Fatal('ID cannot be empty');
  const timeout = Number(call.option('t', 'timeout') ?? 0);
  for (const word of call.operands) {
    yield* call.node.runtime.stopContainer(call.container(word).id, timeout);
    call.tool.out(`${word}\n`);
  }
  return 0;
}

function* remove(call: Call): Coroutine<number> {
  const all = call.has('a', 'all');
  const words = all ? call.node.runtime.all().map(({ id }) => id) : call.operands;
  if (words.length === 0) throw new Fatal('ID cannot be empty');
  let failed = false;
  for (const word of words) {
    const container = call.container(word);
    if (container.running && !call.has('f', 'force')) {
      call.tool.process.stderr.write(`ERRO[0000] container "${word}" is running, please stop it first\n`);
      failed = true;
      continue;
    }
    yield* call.node.runtime.removeContainer(container.id);
    call.tool.out(`${word}\n`);
  }
  if (failed) throw new Fatal('unable to remove container(s)');
  return 0;
}

function* stats(call: Call): Coroutine<number> {
  yield* [];
  const found = call.node.runtime
    .all()
    .filter(({ running }) => running || call.has('a', 'all'))
    .filter(({ id }) => id.startsWith(call.option('id') ?? call.operands[0] ?? ''))
    .filter(({ sandbox }) => sandbox.id.startsWith(call.option('p', 'pod') ?? ''))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const value = (number: number) => ({ value: String(number) });
  const answer = () => ({
    stats: found.map((container) => {
      const { id, metadata, timestamp, cpu, memory, writableLayer } = containerStats(container);
      const at = nanoseconds(timestamp);
      return {
        attributes: { id, metadata, labels: container.config.labels, annotations: container.config.annotations },
        cpu: {
          timestamp: at,
          usageCoreNanoSeconds: value(cpu.usageCoreNanoSeconds),
          usageNanoCores: value(cpu.usageNanoCores),
        },
        memory: {
          timestamp: at,
          workingSetBytes: value(memory.workingSetBytes),
          availableBytes: value(memory.availableBytes),
          usageBytes: value(memory.usageBytes),
        },
        writableLayer: {
          timestamp: at,
          usedBytes: value(writableLayer.usedBytes),
          inodesUsed: value(writableLayer.inodesUsed),
        },
      };
    }),
  });
  if (call.structured(answer)) return 0;
  const rows = found.map((container) => {
    const { cpu, memory, writableLayer } = containerStats(container);
    return [
      call.short(container.id),
      container.config.metadata.name,
      (cpu.usageNanoCores / 10_000_000).toFixed(2),
      size(memory.workingSetBytes, 4),
      size(writableLayer.usedBytes, 4),
      String(writableLayer.inodesUsed),
    ];
  });
  call.table([], ['CONTAINER', 'NAME', 'CPU %', 'MEM', 'DISK', 'INODES'], rows);
  return 0;
}

function* exec(call: Call): Coroutine<number> {
  const [word, ...command] = call.operands;
  const container = call.container(word);
  if (command.length === 0) throw new Fatal('execing command in container: command cannot be empty');
  const { stdin, stdout, stderr } = call.tool.process;
  const process = container.execute(command, { stdin, stdout, stderr });
  const { code } = yield* process.wait();
  // The code of the command is told, not taken over.
  if (code !== 0) throw new Fatal(`execing command in container: command terminated with exit code ${code}`);
  return 0;
}

export const CONTAINERS: Readonly<Record<string, Command>> = {
  exec: { usage: 'Run a command in a running container', valued: 'timeout transport r', run: exec },
  inspect: { usage: 'Display the status of one or more containers', valued: 'o output template', run: inspect },
  logs: { usage: 'Fetch the logs of a container', valued: 'tail since limit-bytes', run: logs },
  ps: { usage: 'List containers', valued: 'name state s p pod o output n last id image label namespace', run: list },
  rm: { usage: 'Remove one or more containers', run: remove },
  stats: {
    usage: 'List container(s) resource usage statistics',
    valued: 'id p pod o output s seconds label',
    run: stats,
  },
  stop: { usage: 'Stop one or more running containers', valued: 't timeout', run: stop },
};
