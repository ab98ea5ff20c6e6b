import type { Coroutine } from '../../../engine/index.ts';
import { type Call, type Command, Fatal } from './call.ts';
import { ago, moment, nanoseconds, STATES } from './words.ts';

/** The commands for sandboxes. */

function* list(call: Call): Coroutine<number> {
  yield* [];
  const state = call.option('s', 'state')?.toLowerCase();
  const found = call.node.runtime
    .allSandboxes()
    .filter(
      (sandbox) =>
        (state === undefined || STATES[sandbox.state]!.toLowerCase() === state) &&
        sandbox.id.startsWith(call.option('id') ?? '') &&
        call.matches('name', sandbox.config.metadata.name) &&
        call.matches('namespace', sandbox.config.metadata.namespace),
    )
    .sort((a, b) => b.createdAt - a.createdAt);
  const listed = () => ({
    items: found.map((sandbox) => {
      const summary = sandbox.summary();
      return { ...summary, createdAt: nanoseconds(summary.createdAt) };
    }),
  });
  if (call.structured(listed)) return 0;
  call.table(
    found.map(({ id }) => id),
    ['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'],
    found.map(({ id, createdAt, state: at, runtimeHandler, config: { metadata } }) => [
      call.short(id),
      ago(call.now, createdAt),
      STATES[at]!,
      metadata.name,
      metadata.namespace,
      String(metadata.attempt),
      runtimeHandler === '' ? '(default)' : runtimeHandler,
    ]),
  );
  return 0;
}

function* inspect(call: Call): Coroutine<number> {
  yield* [];
  const { ip, additionalIps, namespaces, createdAt, ...status } = call.sandbox(call.operands[0]).status();
  const { ipc = 'POD', network = 'POD', pid = 'POD', targetId = '' } = namespaces;
  const answer = {
    status: {
      ...status,
      createdAt: moment(createdAt),
      linux: { namespaces: { options: { ipc, network, pid, targetId, usernsOptions: null } } },
      network: { additionalIps: additionalIps.map((address) => ({ ip: address })), ip },
    },
  };
  if (call.option('o', 'output') === undefined || !call.structured(() => answer)) call.json(answer);
  return 0;
}

function* stop(call: Call): Coroutine<number> {
  if (call.operands.length === 0) throw new Fatal('ID cannot be empty');
  for (const word of call.operands) {
    yield* call.node.runtime.stopPodSandbox(call.sandbox(word).id);
    call.tool.out(`Stopped sandbox ${word}\n`);
  }
  return 0;
}

function* remove(call: Call): Coroutine<number> {
  if (call.operands.length === 0) throw new Fatal('ID cannot be empty');
  for (const word of call.operands) {
    const { id, state } = call.sandbox(word);
    if (state === 'SANDBOX_READY' && !call.has('f', 'force'))
      throw new Fatal(
        `removing the pod sandbox "${word}": rpc error: code = Unknown desc = sandbox container "${id}" is not fully stopped`,
      );
    yield* call.node.runtime.removePodSandbox(id);
    call.tool.out(`Removed sandbox ${word}\n`);
  }
  return 0;
}

export const PODS: Readonly<Record<string, Command>> = {
  inspectp: { usage: 'Display the status of one or more pods', valued: 'o output template', run: inspect },
  pods: { usage: 'List pods', valued: 'name namespace s state id label o output n last', run: list },
  rmp: { usage: 'Remove one or more pods', run: remove },
  stopp: { usage: 'Stop one or more running pods', run: stop },
};
