import { StatusError } from '../api/status.ts';
import type { KubeletConnector } from '../apiserver/connect.ts';
import type { NodeMachine } from './node.ts';

const PATHS: Readonly<Record<string, string>> = { log: 'containerLogs', portforward: 'portForward' };

/** As Go's url.QueryEscape. */
function queryEscape(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

/** What streams a kubelet is asked for, in its own words (registry/core/pod.streamParams). */
function streamQuery(query: ReadonlyMap<string, readonly string[]>): string {
  const asked = (name: string, as: string): string[] =>
    query.get(name)?.[0] === 'true' || query.get(name)?.[0] === '1' ? [`${as}=1`] : [];
  const command = (query.get('command') ?? []).map((word) => `command=${queryEscape(word)}`);
  return [
    ...command,
    ...asked('stderr', 'error'),
    ...asked('stdin', 'input'),
    ...asked('stdout', 'output'),
    ...asked('tty', 'tty'),
  ].join('&');
}

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
      const address = `${machine?.address ?? node}:${kubelet?.configuration.port ?? 10_250}`;
      const url = `https://${address}/${PATHS[subresource] ?? subresource}/${namespace}/${name}/${query.get('container')?.[0] ?? ''}`;
      const why =
        machine === undefined
          ? `dial tcp: lookup ${node}: no such host`
          : machine.isConnected
            ? `dial tcp ${address}: connect: connection refused`
            : `dial tcp ${address}: i/o timeout`;
      const message =
        subresource === 'log'
          ? `Get "${url}": ${why}`
          : subresource === 'portforward'
            ? `error dialing backend: ${why}`
            : `error sending request: Post "${url}?${streamQuery(query)}": ${why}`;
      // ErrorToAPIStatus has no reason for an error that is not its own.
      throw new StatusError(500, '', message);
    },
  };
}
