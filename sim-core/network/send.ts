import type { Micros } from '../engine/index.ts';
import { NetworkError } from '../images/process.ts';
import { Capture } from './capture.ts';
import type { IPv4 } from './ipv4.ts';
import { type Journey, travel } from './journey.ts';
import type { NetworkNamespace } from './namespace.ts';
import { destinationText, type Packet, PROTOCOL_NAMES, type ProtocolNumber, sourceText, TCP } from './packet.ts';
import type { Passage } from './passage.ts';
import type { Hop } from './trace.ts';

/** A first packet that has been sent: what became of it, and the trace event that tells so (0 when none was kept). */
export interface Sent {
  readonly packet: Packet;
  readonly journey: Journey;
  readonly cause: number;
  /** What those see who watch the flow's packets. */
  readonly capture: Capture | undefined;
}

/**
 * Sends the first packet of a flow and says where it got to; nothing waits yet. `about` says in the trace what is asked, and is
 * only called when the journey is written down. `passage` is told what the way depends on.
 */
export function sendFirst(
  namespace: NetworkNamespace,
  protocol: ProtocolNumber,
  destination: IPv4,
  port: number,
  about: () => string,
  ttl = 64,
  passage?: Passage,
): Sent {
  const { fabric } = namespace;
  const packet: Packet = {
    protocol,
    source: 0,
    sourcePort: protocol === 1 ? 0 : namespace.ephemeralPort(),
    destination,
    destinationPort: port,
    mark: 0,
    translated: false,
    ttl,
  };
  const { engine } = fabric;
  const capture = fabric.taps === 0 ? undefined : new Capture(engine, protocol);
  if (!fabric.traced())
    return { packet, journey: travel(namespace, packet, undefined, capture, passage), cause: engine.cause, capture };
  const hops: Hop[] = [];
  packet.source = namespace.sourceFor(destination) ?? 0;
  const from = sourceText(packet);
  const to = destinationText(packet);
  const journey = travel(namespace, packet, hops, capture, passage);
  const outcome = journey.outcome === 'expired' ? 'dropped' : journey.outcome;
  const cause = engine.emit('packet', namespace.name, {
    protocol: PROTOCOL_NAMES[protocol],
    from,
    to,
    about: about(),
    hops,
    outcome,
  });
  return { packet, journey, cause, capture };
}

/** The error that a socket reports when its first packet did not arrive; `undefined` when nothing ever comes back. */
export function failureOf({ journey, packet }: Sent): { error: NetworkError; after: Micros } | undefined {
  switch (journey.outcome) {
    case 'rejected':
      return { error: refused(), after: 2 * journey.latency };
    case 'unreachable':
      return journey.latency === 0
        ? { error: new NetworkError('ENETUNREACH', 'Network is unreachable'), after: 0 }
        : { error: new NetworkError('EHOSTUNREACH', 'No route to host'), after: journey.latency };
    case 'expired':
      return { error: new NetworkError('EHOSTUNREACH', 'No route to host'), after: 2 * journey.latency };
    default:
      return packet.protocol === TCP || journey.outcome === 'dropped' ? undefined : { error: refused(), after: 0 };
  }
}

export function refused(): NetworkError {
  return new NetworkError('ECONNREFUSED', 'Connection refused');
}

export function timedOut(): NetworkError {
  return new NetworkError('ETIMEDOUT', 'Connection timed out');
}

export function reset(): NetworkError {
  return new NetworkError('ECONNRESET', 'Connection reset by peer');
}

/** Whether packets of a flow still pass between the machines on its way. */
export function passes({ machines, namespace }: Journey): boolean {
  if (!namespace.alive || !namespace.machine.powered) return false;
  for (let index = 1; index < machines.length; index++) {
    if (!namespace.fabric.linked(machines[index - 1]!, machines[index]!)) return false;
  }
  return true;
}
