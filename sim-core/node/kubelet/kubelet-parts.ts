import type { Pod } from '../../api/objects.ts';
import type { Client, EventRecorder } from '../../client/index.ts';
import type { Engine } from '../../engine/index.ts';
import type { Machine, NetworkStack } from '../../images/process.ts';
import type { ImageService } from '../cri/image-service.ts';
import type { RuntimeService } from '../cri/runtime-service.ts';
import type { KubeletConfiguration } from './configuration.ts';
import type { EnvironmentSources } from './environment.ts';
import type { ImageManager } from './image-manager.ts';
import type { ProbeManager } from './probe-manager.ts';
import type { NodeDns } from './sandbox-config.ts';
import type { StatusManager } from './status-manager.ts';
import type { VolumeHost } from './volumes/volume.ts';

/** What the parts of a kubelet share. */
export interface KubeletParts {
  /** What it was told when it started. */
  readonly configuration: KubeletConfiguration;
  readonly engine: Engine;
  /** For the trace: `kubelet/worker-1`. */
  readonly actor: string;
  readonly nodeName: string;
  readonly hostIps: readonly string[];
  readonly client: Client;
  readonly events: EventRecorder;
  readonly runtime: RuntimeService;
  readonly images: ImageService;
  /** The node's own network. */
  readonly network: NetworkStack;
  readonly machine: Machine;
  readonly dns: NodeDns;
  readonly imageManager: ImageManager;
  readonly probes: ProbeManager;
  readonly statuses: StatusManager;
  readonly volumeHost: VolumeHost;
  environmentSources(pod: Pod, podIps: readonly string[]): EnvironmentSources;
  /** Removes a container from the runtime, in an event of its own. */
  removeContainer(id: string): void;
  /** The runtime handler of a RuntimeClass. Throws when there is no such class. */
  runtimeHandler(name: string): string;
}
