import { type Coroutine, type Micros, suspend } from '../engine/index.ts';
import { showEcho } from './capture.ts';
import type { IPv4 } from './ipv4.ts';
import type { NetworkNamespace } from './namespace.ts';
import { ICMP } from './packet.ts';
import { passes, sendFirst } from './send.ts';

/** What came back for an ICMP echo request. */
export interface Echo {
  /**
   * `reply`; `expired`: its time to live ended at `from`; `unreachable`: `from` knows no way, or nobody answers there; `prohibited`: a rule
   * rejected it; `silence`: nothing came back in time.
   */
  readonly kind: 'reply' | 'expired' | 'unreachable' | 'prohibited' | 'silence';
  readonly from: IPv4;
  /** Time until it came back, microseconds. */
  readonly time: Micros;
  /** Time to live left in the reply. */
  readonly ttl: number;
}

const KINDS = { expired: 'expired', unreachable: 'unreachable', rejected: 'prohibited' } as const;

/** Sends an ICMP echo request and waits for what comes back. */
export function* ping(
  namespace: NetworkNamespace,
  destination: IPv4,
  timeout: Micros,
  ttl = 64,
  sequence = 0,
): Coroutine<Echo> {
  return yield* suspend<Echo>((resume, _fail, engine) => {
    const { packet, journey, cause, capture } = sendFirst(namespace, ICMP, destination, 0, () => 'echo request', ttl);
    const { outcome, latency } = journey;
    if (capture !== undefined) showEcho(capture, journey, sequence);
    const time = outcome === 'unreachable' ? latency : 2 * latency;
    const answers = outcome === 'delivered' ? passes(journey) : outcome !== 'dropped';
    const silent: Echo = { kind: 'silence', from: 0, time: timeout, ttl: 0 };
    const echo: Echo =
      outcome === 'delivered' || outcome === 'dropped'
        ? { kind: 'reply', from: destination, time, ttl: packet.ttl }
        : {
            kind: KINDS[outcome],
            from: journey.namespace.sourceFor(packet.source) ?? journey.namespace.address,
            time,
            ttl: packet.ttl,
          };
    const inTime = answers && time <= timeout;
    const timer = engine.because(cause, () =>
      inTime ? engine.after(time, () => resume(echo)) : engine.background(timeout, () => resume(silent)),
    );
    return () => engine.cancel(timer);
  });
}
