import { ServiceRange } from '../apiserver/service-range.ts';
import { controllers } from '../controllers/index.ts';
import type { ControllerManagerOptions } from '../controllers/manager.ts';
import { CLUSTER_AUTHORITY } from './authority.ts';
import { bootstrapApiServer } from './bootstrap.ts';
import type { ClusterParts } from './cluster.ts';
import { authorityPack } from './packs.ts';
import { tokenSigner } from './sign-token.ts';
import { type Identity, inProcessTransport } from './transport.ts';

/**
 * Starts the control plane as bare processes, which no kubelet runs and no pods stand for: what a cluster without machines has (as in
 * upstream's integration tests), and the recording laboratory. What `without` names stays away. `serving` is called once the API server
 * answers, before what works on it.
 */
export function startBareControlPlane(
  { engine, server, preset, options, components }: ClusterParts,
  settings: ControllerManagerOptions['settings'] = {},
  serving: () => void = () => {},
): void {
  const connect = (identity: Identity) => inProcessTransport(server, identity);
  const discover = () => server.resources.all();
  const left = new Set(options.without);
  const { address } = preset.nodes[0]!;
  bootstrapApiServer(server, address, new ServiceRange(preset.serviceCidr).address(1), preset.serviceCidr);
  serving();
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
        ...settings,
      },
      discover,
    });
  }
  if (!left.has('scheduler')) components.startScheduler({ engine, connect, discover });
}
