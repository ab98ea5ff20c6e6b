import { SECOND } from '../engine/index.ts';
import { startBareControlPlane } from './bare-control-plane.ts';
import type { ClusterParts, Running } from './cluster.ts';
import { LabAgent } from './lab-agent.ts';
import { type Identity, inProcessTransport } from './transport.ts';

const NOBODY = { error: 'the laboratory runs no containers: nobody listens' };

/**
 * Starts the recording laboratory: control-plane components as bare processes, without pods of their own, and the node agent in the
 * place of kubelets. Its node monitor is as quick as the recorded one's.
 */
export function startLab(parts: ClusterParts): Running {
  const { engine, server, preset, options } = parts;
  const quick = { nodeMonitorPeriod: 2 * SECOND, nodeMonitorGracePeriod: 8 * SECOND };
  startBareControlPlane(parts, quick, () => {
    if (options.without?.includes('kubelet') === true) return;
    const connect = (identity: Identity) => inProcessTransport(server, identity);
    new LabAgent(engine, connect).start(preset.nodes);
  });
  return {
    outside: () => NOBODY,
    send: (_port, _request, _to, done) => done(NOBODY),
    stackAt: () => undefined,
    inject() {
      throw new TypeError(
        'the laboratory has no machines that could fail: stop a node with the annotation lab/kubelet=stopped',
      );
    },
  };
}
