import { type Micros, SmallMap } from '../../engine/index.ts';
import type { SandboxNetwork } from '../cri/network-plugin.ts';
import type { PodSandbox, PodSandboxConfig, PodSandboxState, PodSandboxStatus } from '../cri/sandbox.ts';
import type { RuntimeContainer } from './container.ts';
import { PidNamespace } from './process-table.ts';

const NO_LABELS = Object.freeze({});

/** A pod's sandbox: what its containers share. */
export class Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly runtimeHandler: string;
  readonly network: SandboxNetwork;
  readonly createdAt: Micros;
  readonly containers = new SmallMap<string, RuntimeContainer>();
  state: PodSandboxState = 'SANDBOX_READY';
  private pids: PidNamespace | undefined;

  constructor(
    id: string,
    config: PodSandboxConfig,
    runtimeHandler: string,
    network: SandboxNetwork,
    createdAt: Micros,
  ) {
    this.id = id;
    this.config = config;
    this.runtimeHandler = runtimeHandler;
    this.network = network;
    this.createdAt = createdAt;
  }

  get hostname(): string {
    return this.config.hostname === '' ? this.network.stack.hostname : this.config.hostname;
  }

  /** The PID namespace of a pod with shareProcessNamespace; its PID 1 is the sandbox's own `/pause`. */
  sharedNamespace(): PidNamespace {
    if (this.pids === undefined) {
      this.pids = new PidNamespace(2);
      const pause = { pid: 1, parent: 0, user: 65_535, argv: ['/pause'], startedAt: this.createdAt, memory: 0 };
      // It ends with its sandbox, by no signal of those that it keeps company.
      this.pids.daemons = () => [{ ...pause, signal: () => {} }];
    }
    return this.pids;
  }

  summary(): PodSandbox {
    return {
      id: this.id,
      metadata: this.config.metadata,
      state: this.state,
      createdAt: this.createdAt,
      labels: this.config.labels ?? NO_LABELS,
      annotations: this.config.annotations ?? NO_LABELS,
      runtimeHandler: this.runtimeHandler,
    };
  }

  status(): PodSandboxStatus {
    const [ip = '', ...additionalIps] = this.network.ips;
    return { ...this.summary(), ip, additionalIps, namespaces: this.config.namespaces ?? NO_LABELS };
  }
}
