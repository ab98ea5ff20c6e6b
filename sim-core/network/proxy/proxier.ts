import type { EndpointSlice, Service } from '../../api/objects.ts';

/** What a proxier sees of the cluster. Keys are `namespace/name` of Services. */
export interface ProxyState {
  /** Name of the node that it works for. */
  readonly node: string;
  /** Zone of the node, from its label. */
  zone(): string | undefined;
  service(key: string): Service | undefined;
  /** The Service's EndpointSlices. */
  slices(key: string): readonly EndpointSlice[];
}

/** Turns Services and their endpoints into something that the node's kernel obeys. */
export interface Proxier {
  /** Brings the kernel up to date with the Services that have changed, were made or are gone. */
  sync(changed: ReadonlySet<string>, state: ProxyState): void;
}
