/** Something that goes wrong with a cluster, or right again. */
export type Fault =
  /** A machine loses power, or gets it back. */
  | { readonly type: 'node-power'; readonly node: string; readonly on: boolean }
  /** A machine's network cable is pulled out, or plugged in. */
  | { readonly type: 'node-network'; readonly node: string; readonly connected: boolean }
  /** The kubelet's service on a machine stops, or starts; its containers go on. */
  | { readonly type: 'kubelet'; readonly node: string; readonly running: boolean }
  /** A machine restarts. With `grace`, its pods are told first and have so many seconds to end (graceful node shutdown). */
  | { readonly type: 'node-reboot'; readonly node: string; readonly grace?: number }
  /** Something fills a machine's disk until so many bytes are free; `null`: it is gone again. */
  | { readonly type: 'node-disk'; readonly node: string; readonly free: number | null }
  /** A machine's network becomes slow or lossy: milliseconds added one way, and share of packets lost, 0 to 1. Zeros mend it. */
  | { readonly type: 'node-link'; readonly node: string; readonly delay: number; readonly loss: number };
