import { StatusError } from '../api/status.ts';
import type { KubeletConnector } from '../apiserver/connect.ts';
import type { NodeMachine } from './node.ts';

const PATHS: Readonly<Record<string, string>> = { log: 'containerLogs', portforward: 'portForward' };

/** The API server's way to the kubelets of its nodes, for `log`, `exec`, `attach` and `portforward`. */
export function kubeletConnector(machines: ReadonlyMap<string, NodeMachine>): KubeletConnector {
  return {
    connect(_server, node, pod, subresource, query, output) {
      const machine = machines.get(node);
      const kubelet = machine?.kubelet;
      if (machine !== undefined && kubelet !== undefined && machine.isConnected) {
        return kubelet.server.connect(pod, subresource, query, output);
      }
      const { namespace, name } = pod.metadata;
      const address = `${machine?.address ?? node}:10250`;
      const url = `https://${address}/${PATHS[subresource] ?? subresource}/${namespace}/${name}/${query.get('container')?.[0] ?? ''}`;
      const why =
        machine === undefined
          ? `dial tcp: lookup ${node}: no such host`
          : machine.isConnected
            ? `dial tcp ${address}: connect: connection refused`
            : `dial tcp ${address}: i/o timeout`;
      const message = subresource === 'log' ? `Get "${url}": ${why}` : `error dialing backend: ${why}`;
      throw new StatusError(500, 'InternalError', message);
    },
  };
}
