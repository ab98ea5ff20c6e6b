import type { Pod } from '../api/objects.ts';
import { badRequest } from '../api/status.ts';
import type { ResourceDefinition } from '../resources/resource.ts';
import type { ApiRequest, Verb } from './request.ts';
import type { ApiServer } from './server.ts';

/** An open connection through the API server to a kubelet: bytes as code units 0–255, on the channels of `v5.channel.k8s.io`. */
export interface ConnectionInput {
  send(channel: number, data: string): void;
  closeInput(): void;
  close(): void;
}

export interface ConnectionOutput {
  /** Data on a channel: 1 stdout (and logs), 2 stderr, 3 a Status as JSON. */
  data(channel: number, data: string): void;
  end(): void;
}

/** What the API server asks of the kubelet of a node, on its port 10250. Errors are StatusErrors. */
export interface KubeletConnector {
  connect(
    server: ApiServer,
    node: string,
    pod: Pod,
    subresource: string,
    query: ReadonlyMap<string, readonly string[]>,
    output: ConnectionOutput,
  ): ConnectionInput;
}

/** A subresource that is a connection to a kubelet rather than a request to the store. */
export interface ConnectSubresource {
  readonly name: string;
  readonly verbs: readonly Verb[];
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  serves(resource: ResourceDefinition): boolean;
}

const ofPods = (resource: ResourceDefinition) => resource.group === '' && resource.plural === 'pods';
const optionsKind = (kind: string) => ({ group: '', version: 'v1', kind });

export const connectSubresources: readonly ConnectSubresource[] = [
  { name: 'log', verbs: ['get'], serves: ofPods },
  { name: 'exec', verbs: ['create', 'get'], kind: optionsKind('PodExecOptions'), serves: ofPods },
  { name: 'attach', verbs: ['create', 'get'], kind: optionsKind('PodAttachOptions'), serves: ofPods },
  { name: 'portforward', verbs: ['create', 'get'], kind: optionsKind('PodPortForwardOptions'), serves: ofPods },
];

/** The pod of a connect request, which must have been given a node (LogLocation, streamLocation). */
export function podToConnect(server: ApiServer, request: ApiRequest): { pod: Pod; node: string } {
  const pod = server.storage.find(request) as unknown as Pod;
  const node = pod.spec.nodeName ?? '';
  if (node === '') throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  return { pod, node };
}

/** The container that a connect request means: named, or the only one, or the annotated default. */
export function containerOf(pod: Pod, asked: string | undefined): string {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  if (asked !== undefined && asked !== '') {
    const known = [...containers, ...initContainers, ...ephemeralContainers].some(({ name }) => name === asked);
    if (!known) throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
    return asked;
  }
  const chosen = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (containers.length === 1) return containers[0]!.name;
  if (chosen !== undefined && containers.some(({ name }) => name === chosen)) return chosen;
  const list = (some: readonly { name: string }[]) => some.map(({ name }) => name).join(' ');
  const init = initContainers.length > 0 ? ` or one of the init containers: [${list(initContainers)}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${list(containers)}]${init}`,
  );
}
