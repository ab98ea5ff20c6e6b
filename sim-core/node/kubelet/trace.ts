/** What the trace tells of a kubelet's doings, beside its requests and CRI calls. */
export interface PodSyncTrace {
  /** `namespace/name` */
  readonly pod: string;
  readonly uid: string;
  /** What the worker does: bring the pod to its desired state, end it, or clean up after it. */
  readonly phase: 'syncing' | 'terminating' | 'terminated';
  /** What it found to do, in words: `create sandbox`, `start web`, `kill web: …`; empty when all is as it should be. */
  actions: readonly string[];
  error?: string;
}

declare module '../../engine/trace.ts' {
  interface TraceEventMap {
    podSync: PodSyncTrace;
    /** The kubelet tells the API server what became of a pod. */
    podStatus: { readonly pod: string; readonly uid: string; readonly phase: string; readonly ready: boolean };
    /** A probe's outcome that differs from the one before. */
    probe: {
      readonly pod: string;
      readonly uid: string;
      readonly container: string;
      readonly type: 'Liveness' | 'Readiness' | 'Startup';
      readonly result: 'success' | 'failure';
      readonly message: string;
    };
    /** Power, network, process: what befell a node. */
    nodeFault: { readonly node: string; readonly fault: string };
    /** The kubelet refuses a pod, or throws it out. */
    podRejected: { readonly pod: string; readonly uid: string; readonly reason: string; readonly message: string };
  }
}
