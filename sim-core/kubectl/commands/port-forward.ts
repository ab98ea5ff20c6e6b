import { byteString, bytesOfString } from '../../api/byte-string.ts';
import { parseIP } from '../../api/ip.ts';
import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import type { HostConnection, HostPorts } from '../environment.ts';
import { asError, KubectlError, usageError } from '../errors.ts';
import { flag } from '../flags.ts';
import { containersOf, podFor, podRunningTimeoutOrUsage } from '../pod-of.ts';
import { queryResources } from '../resource-builder.ts';

interface Pair {
  local: number;
  remote: number;
}

function portNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= 65535) return value;
  const why = /^\d+$/.test(text) ? 'value out of range' : 'invalid syntax';
  throw new KubectlError(
    `error parsing local port '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
  );
}

function field<T>(value: unknown, ...path: string[]): T | undefined {
  let current = value;
  for (const key of path)
    current = typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[key] : undefined;
  return current as T | undefined;
}

interface ContainerPort {
  name?: string;
  containerPort: number;
}

function containerPorts(pod: ApiObject): ContainerPort[] {
  return (field<{ ports?: ContainerPort[] }[]>(pod, 'spec', 'containers') ?? []).flatMap(({ ports }) => ports ?? []);
}

/** The Pod's port for what the command line says: a number, a name, or a Service's port. */
function remotePort(word: string, object: ApiObject, pod: ApiObject): number {
  if (object.kind === 'Service') {
    const ports = field<{ name?: string; port: number; targetPort?: number | string }[]>(object, 'spec', 'ports') ?? [];
    const port = ports.find((item) => String(item.port) === word || item.name === word);
    if (port === undefined)
      throw new KubectlError(
        /^\d+$/.test(word)
          ? `Service ${object.metadata.name} does not have a service port ${word}`
          : `Service '${object.metadata.name}' does not have a named port '${word}'`,
      );
    const target = port.targetPort ?? port.port;
    if (typeof target === 'number') return target;
    const named = containerPorts(pod).find(({ name }) => name === target);
    if (named === undefined)
      throw new KubectlError(`Pod '${pod.metadata.name}' does not have a named port '${target}'`);
    return named.containerPort;
  }
  if (/^\d+$/.test(word)) return portNumber(word);
  const named = containerPorts(pod).find(({ name }) => name === word);
  if (named === undefined) throw new KubectlError(`Pod '${pod.metadata.name}' does not have a named port '${word}'`);
  return named.containerPort;
}

function parsePair(text: string, object: ApiObject, pod: ApiObject): Pair {
  const parts = text.split(':');
  if (parts.length > 2) throw new KubectlError(`invalid port format '${text}'`);
  const remote = remotePort(parts.at(-1)!, object, pod);
  if (remote === 0) throw new KubectlError('remote port must be > 0');
  if (parts.length === 1) return { local: /^\d+$/.test(text) ? portNumber(text) : remote, remote };
  return { local: parts[0] === '' ? 0 : portNumber(parts[0]!), remote };
}

async function forward(context: Context, pod: ApiObject, port: number, connection: HostConnection): Promise<void> {
  const api = await context.api();
  const begun = new Set<number>();
  const { stream, opened, ended } = api.open(
    'GET',
    `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/portforward`,
    { query: { ports: String(port) } },
    (chunk) => {
      if (chunk.kind !== 'data') return;
      const first = !begun.has(chunk.channel);
      begun.add(chunk.channel);
      // Each channel begins with the port, two bytes.
      const data = first ? chunk.data.slice(2) : chunk.data;
      if (data === '') return;
      if (chunk.channel === 1) context.err(`an error occurred forwarding ${port}: ${data}\n`);
      else if (chunk.channel === 0) connection.write(bytesOfString(data));
    },
  );
  connection.onData((bytes) => stream.send(0, byteString(bytes)));
  connection.onEnd(() => stream.closeInput());
  try {
    await opened;
    await ended;
  } catch (error) {
    context.err(`error forwarding port ${port} to pod ${pod.metadata.name}: ${asError(error).message}\n`);
  }
  connection.end();
}

/** Asks for the connection that everything goes over, before any port is opened: where the pod's kubelet is gone, that is all. */
async function dial(context: Context, pod: ApiObject, port: number): Promise<void> {
  const api = await context.api();
  const { stream, opened, ended } = api.open(
    'GET',
    `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}/portforward`,
    { query: { ports: String(port) } },
    () => {},
  );
  ended.catch(() => {});
  try {
    await opened;
  } catch (error) {
    throw new KubectlError(`error upgrading connection: ${asError(error).message}`);
  }
  stream.close();
}

/**
 * Opens a local port on the addresses: on both loopbacks for `localhost`, of which one is enough. Answers why it could not, in client-go's
 * words.
 */
async function listenOn(
  context: Context,
  pod: ApiObject,
  pair: Pair,
  addresses: readonly string[],
  ports: HostPorts,
): Promise<string | undefined> {
  const failed: string[] = [];
  // What failed of an address that was named itself, and what succeeded of localhost.
  let named = 0;
  let local = 0;
  for (const address of [...new Set(addresses)].sort()) {
    for (const host of address === 'localhost' ? ['127.0.0.1', '::1'] : [address]) {
      const accept = (connection: HostConnection) => {
        context.out(`Handling connection for ${pair.local}\n`);
        void forward(context, pod, pair.remote, connection);
      };
      const shown = host.includes(':') ? `[${host}]` : host;
      try {
        pair.local = await ports.listen(host, pair.local, accept, context.env.signal);
        context.out(`Forwarding from ${shown}:${pair.local} -> ${pair.remote}\n`);
        if (address === 'localhost') local++;
      } catch {
        const family = host.includes(':') ? 'tcp6' : 'tcp4';
        failed.push(
          `unable to create listener: Error listen ${family} ${shown}:${pair.local}: bind: address already in use`,
        );
        if (address !== 'localhost') named++;
      }
    }
  }
  const good = named === 0 && (local > 0 || failed.length === 0);
  return good ? undefined : `Listeners failed to create with the following errors: [${failed.join(' ')}]`;
}

async function run(context: Context): Promise<undefined> {
  const { flags, args, env } = context;
  if (args.length < 2) throw usageError(context.path, 'TYPE/NAME and list of ports are required for port-forward');
  const [word = '', ...ports] = args;
  const { namespace } = await context.config();
  const { infos, errors } = await queryResources(context, {
    ...(word.includes('/') ? { args: [word] } : { resourceNames: { resource: 'pods', names: [word] } }),
    namespace,
  });
  if (errors.length > 0) throw asError(errors[0]);
  const [info] = infos;
  if (info === undefined) throw new KubectlError('no objects found');
  const pod = await podFor(context, word, podRunningTimeoutOrUsage(context));
  const phase = field<string>(pod, 'status', 'phase');
  const pairs = ports.map((text) => parsePair(text, info.object, pod));
  if (phase !== 'Running')
    throw new KubectlError(`unable to forward port because pod is not running. Current status=${phase}`);
  if (containersOf(pod).length === 0) throw new KubectlError('no container found');
  for (const address of flags.list('address'))
    if (address !== 'localhost' && parseIP(address) === undefined)
      throw new KubectlError(`${address} is not a valid IP`);
  if (env.hostPorts === undefined)
    throw new KubectlError(
      'port-forward is not available here: this machine has no ports of its own. Use `kubectl exec` with curl or wget inside a Pod instead',
    );
  await dial(context, pod, pairs[0]!.remote);
  let listens = false;
  for (const pair of pairs) {
    const why = await listenOn(context, pod, pair, flags.list('address'), env.hostPorts);
    if (why === undefined) listens = true;
    else context.err(`Unable to listen on port ${pair.local}: ${why}\n`);
  }
  if (!listens) {
    const asked = pairs.map(({ local, remote }) => `{${local} ${remote}}`).join(' ');
    throw new KubectlError(`unable to listen on any of the requested ports: [${asked}]`);
  }
  await new Promise<void>((resolve) => {
    if (env.signal === undefined || env.signal.aborted) resolve();
    else env.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return undefined;
}

export const command: Command = {
  name: 'port-forward',
  use: 'port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]',
  short: 'Forward local ports to a Pod',
  flags: [
    flag('address', 'stringSlice', '[localhost]', 'Addresses to listen on'),
    flag('pod-running-timeout', 'duration', '1m0s', 'How long to wait for a Pod'),
  ],
  run,
};
