import { SECOND } from '../engine/index.ts';
import { type HttpResponse, NetworkError } from '../images/process.ts';
import type { NodeNetwork } from '../network/cni/node-network.ts';
import { TCP } from '../network/packet.ts';
import { Passage } from '../network/passage.ts';
import { StandingExchange } from '../network/standing-exchange.ts';
import { StandingRound } from '../network/standing-round.ts';
import type { ProbeAnswer, ProbeShortcut, Repeatable } from '../node/kubelet/probe-manager.ts';
import { PROBE_HEADERS } from '../node/kubelet/prober.ts';

/** A kubelet's probes are answered within the call where the server answers at once, and not asked anew while nothing changes. */
export function probeShortcut({ hostStack: stack }: NodeNetwork): ProbeShortcut {
  return {
    http(ip: string, port: number, path: string): ProbeAnswer | undefined {
      let response: HttpResponse | undefined;
      const passage = new Passage(TCP);
      const request = { path, headers: PROBE_HEADERS, recurring: true };
      const answered = (result: HttpResponse | NetworkError) => {
        if (!(result instanceof NetworkError)) response = result;
      };
      const cancel = stack.probeHttp(ip, port, request, SECOND, answered, passage);
      if (response === undefined) {
        cancel();
        return undefined;
      }
      const { status, standing } = response;
      if (standing === undefined) return { status };
      return { status, standing: new StandingExchange(stack.namespace, passage, standing) };
    },
    tcp: () => undefined,
    together: (standing: readonly Repeatable[]) => StandingRound.of(standing as readonly StandingExchange[]),
  };
}
