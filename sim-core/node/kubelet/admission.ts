import type { Node, Pod } from '../../api/objects.ts';
import { SAFE_SYSCTLS } from '../../api/sysctls.ts';
import { matchesNode } from './node-affinity.ts';
import { qosOf } from './qos.ts';
import { type PodRequests, podRequests, SYSTEM_CRITICAL_PRIORITY } from './resources.ts';

/** Why a node refuses a pod that was bound to it: becomes the pod's reason and message. */
export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** What a node holds already, kept as pods come and go. */
export class NodeUsage {
  readonly requests: PodRequests = new Map();
  /** `TCP/0.0.0.0/80` of every host port in use. */
  private readonly ports = new Set<string>();
  private pods = 0;

  add(pod: Pod): void {
    this.pods++;
    for (const [name, amount] of podRequests(pod)) this.requests.set(name, (this.requests.get(name) ?? 0) + amount);
    for (const port of hostPorts(pod)) this.ports.add(port);
  }

  remove(pod: Pod): void {
    this.pods--;
    for (const [name, amount] of podRequests(pod)) this.requests.set(name, (this.requests.get(name) ?? 0) - amount);
    for (const port of hostPorts(pod)) this.ports.delete(port);
  }

  get count(): number {
    return this.pods;
  }

  conflicts(pod: Pod): boolean {
    return hostPorts(pod).some((port) => this.ports.has(port));
  }
}

function hostPorts({ spec }: Pod): string[] {
  const found: string[] = [];
  for (const { ports } of spec.containers) {
    for (const { hostPort = 0, protocol = 'TCP', hostIP = '0.0.0.0' } of ports ?? []) {
      if (hostPort > 0) found.push(`${protocol}/${hostIP}/${hostPort}`);
    }
  }
  return found;
}

export interface AdmissionState {
  /** The node as last seen in the API; absent while no API server has been reached. */
  readonly node: Node | undefined;
  readonly usage: NodeUsage;
  /** What the node can give, in a pod's units; `pods` included. */
  readonly allocatable: ReadonlyMap<string, number>;
  readonly memoryPressure: boolean;
  readonly diskPressure: boolean;
  readonly shuttingDown: boolean;
  /** Names of sysctls, or beginnings of names with a `*` behind. */
  readonly allowedUnsafeSysctls: readonly string[];
}

/** Whether the node takes a pod (lifecycle.PodAdmitHandlers): the last word after the scheduler's. */
export function admitPod(pod: Pod, isStatic: boolean, state: AdmissionState): Rejection | undefined {
  const { node, usage, allocatable } = state;
  if (state.shuttingDown) return { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' };
  const critical = isStatic || (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY;
  if (!critical && (state.diskPressure || (state.memoryPressure && qosOf(pod) === 'BestEffort'))) {
    const conditions = [
      ...(state.memoryPressure ? ['MemoryPressure'] : []),
      ...(state.diskPressure ? ['DiskPressure'] : []),
    ];
    const list = `[${conditions.join(' ')}]`;
    if (state.diskPressure || !toleratesMemoryPressure(pod)) {
      return { reason: 'Evicted', message: `The node had condition: ${list}. ` };
    }
  }
  for (const { name } of pod.spec.securityContext?.sysctls ?? []) {
    const refusal = sysctlRefusal(name.replaceAll('/', '.'), pod, state.allowedUnsafeSysctls);
    if (refusal !== undefined) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${name}" ${refusal}` };
  }
  if ((pod.spec.os?.name ?? 'linux') !== 'linux') {
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  }
  const pods = allocatable.get('pods') ?? Number.POSITIVE_INFINITY;
  if (usage.count + 1 > pods) return insufficient('pods', 1, usage.count, pods);
  for (const [name, requested] of podRequests(pod)) {
    const capacity = allocatable.get(name);
    // Extended resources that the node does not know are the cluster's own affair.
    if (requested === 0 || capacity === undefined) continue;
    const used = usage.requests.get(name) ?? 0;
    if (used + requested > capacity) return insufficient(name, requested, used, capacity);
  }
  if (node !== undefined && !matchesNode(pod, node)) {
    return predicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  }
  if (usage.conflicts(pod)) {
    return predicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  }
  return undefined;
}

/** Why a pod may not set a kernel setting (sysctl.patternAllowlist): it is neither safe nor allowed on this node. */
function sysctlRefusal(name: string, { spec }: Pod, allowed: readonly string[]): string | undefined {
  const matches = (pattern: string) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
  const namespace = SAFE_SYSCTLS.get(name) ?? (allowed.some(matches) ? namespaceOf(name) : undefined);
  if (namespace === undefined) return 'not allowlisted';
  const shared = namespace === 'net' ? spec.hostNetwork : spec.hostIPC;
  return shared === true ? `not allowed with host ${namespace} enabled` : undefined;
}

/** Whose namespace has a setting of its own: the network's, or that of processes' talk (sysctl.GetNamespace). */
function namespaceOf(name: string): 'net' | 'ipc' {
  return name.startsWith('net.') ? 'net' : 'ipc';
}

function toleratesMemoryPressure({ spec }: Pod): boolean {
  return (spec.tolerations ?? []).some(
    ({ key, operator }) => key === 'node.kubernetes.io/memory-pressure' || (key === undefined && operator === 'Exists'),
  );
}

/** What is said of a resource of which not enough is left (InsufficientResourceError). */
export function insufficientResource(name: string, requested: number, used: number, capacity: number): string {
  return `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`;
}

function insufficient(name: string, requested: number, used: number, capacity: number): Rejection {
  return { reason: `OutOf${name}`, message: insufficientResource(name, requested, used, capacity) };
}

function predicate(name: string, description: string): Rejection {
  return { reason: name, message: `Predicate ${name} failed: ${description}` };
}
