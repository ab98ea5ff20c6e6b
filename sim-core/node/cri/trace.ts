/** What the trace tells of a runtime's doings; `name` is a CRI call (`RunPodSandbox`) or a container event's type. */
export interface CriTrace {
  readonly name: string;
  readonly id: string;
  /** `namespace/name` of the pod. */
  readonly pod?: string;
  readonly podUid?: string;
  readonly container?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly exitCode?: number;
  readonly reason?: string;
  readonly error?: string;
}

declare module '../../engine/trace.ts' {
  interface TraceEventMap {
    cri: CriTrace;
  }
}
