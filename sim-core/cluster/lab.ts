import { ServiceRange } from '../apiserver/service-range.ts';
import { controllers } from '../controllers/index.ts';
import { SECOND } from '../engine/index.ts';
import { CLUSTER_AUTHORITY } from './authority.ts';
import { bootstrapApiServer } from './bootstrap.ts';
import type { ClusterParts, Running } from './cluster.ts';
import { LabAgent } from './lab-agent.ts';
import { authorityPack } from './packs.ts';
import { tokenSigner } from './sign-token.ts';
import { type Identity, inProcessTransport } from './transport.ts';

const NOBODY = { error: 'the laboratory runs no containers: nobody listens' };

/**
 * Starts the recording laboratory: control-plane components as bare processes, without pods of their own, and the node agent in the
 * place of kubelets. Its node monitor is as quick as the recorded one's.
 */
export function startLab({ engine, server, preset, options, components }: ClusterParts): Running {
  const connect = (identity: Identity) => inProcessTransport(server, identity);
  const left = new Set(options.without);
  bootstrapApiServer(
    server,
    preset.nodes[0]!.address,
    new ServiceRange(preset.serviceCidr).address(1),
    preset.serviceCidr,
  );
  if (!left.has('kubelet')) new LabAgent(engine, connect).start(preset.nodes);
  if (!left.has('controllers')) {
    components.startControllerManager({
      engine,
      connect,
      controllers,
      settings: {
        clusterCIDR: preset.podCidr,
        rootCA: CLUSTER_AUTHORITY,
        authority: authorityPack,
        signToken: tokenSigner(server),
        nodeMonitorPeriod: 2 * SECOND,
        nodeMonitorGracePeriod: 8 * SECOND,
      },
      discover: () => server.resources.all(),
    });
  }
  if (!left.has('scheduler')) components.startScheduler({ engine, connect, discover: () => server.resources.all() });
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
