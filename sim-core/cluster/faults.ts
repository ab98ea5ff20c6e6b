/** Something that goes wrong with a cluster, or right again. */
export type Fault =
  /** A machine loses power, or gets it back. */
  | { readonly type: 'node-power'; readonly node: string; readonly on: boolean }
  /** A machine's network cable is pulled out, or plugged in. */
  | { readonly type: 'node-network'; readonly node: string; readonly connected: boolean }
  /** The kubelet's service on a machine stops, or starts; its containers go on. */
  | { readonly type: 'kubelet'; readonly node: string; readonly running: boolean };
