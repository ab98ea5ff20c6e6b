import { internalError, StatusError } from '../../api/status.ts';
import type { RestStream, StreamHandler } from '../../client/rest.ts';
import { type ConnectionOutput, containerOf, type KubeletConnector, podToConnect } from '../connect.ts';
import type { ApiRequest, Verb } from '../request.ts';
import type { ApiServer } from '../server.ts';
import type { ResourceRequest } from './understanding.ts';

/** Of `v5.channel.k8s.io`. */
const STATUS_CHANNEL = 3;

/** Connects a client with the kubelet of a pod's node: logs, exec, attach, port-forward. Throws what the API server refuses. */
export function openConnection(
  server: ApiServer,
  kubelets: KubeletConnector | undefined,
  { request, url, path, target, user }: ResourceRequest,
  handler: StreamHandler,
): RestStream {
  const subresource = path.subresource!;
  const verb: Verb = subresource === 'log' || request.method === 'GET' ? 'get' : 'create';
  const call: ApiRequest = {
    verb,
    target,
    user,
    subresource,
    userAgent: request.headers?.['user-agent'] ?? 'unknown',
    namespace: path.namespace!,
    name: path.name!,
    options: {},
    warnings: [],
  };
  const { pod, node } = server.authorizeConnect(call, () => podToConnect(server, call));
  const query = new Map(url.query);
  if (subresource !== 'portforward') query.set('container', [containerOf(pod, url.query.get('container')?.[0])]);
  if (kubelets === undefined)
    throw new StatusError(500, 'InternalError', `this cluster has no kubelet to connect to on node ${node}`);
  let headSent = false;
  const head = () => {
    if (headSent) return;
    headSent = true;
    handler.head({
      status: subresource === 'log' ? 200 : 101,
      headers: subresource === 'log' ? { 'content-type': 'text/plain' } : {},
      body: undefined,
    });
  };
  const output: ConnectionOutput = {
    data(channel, data) {
      head();
      handler.chunk({ kind: 'data', channel, data });
    },
    end() {
      head();
      handler.end();
    },
  };
  try {
    const input = kubelets.connect(server, node, pod, subresource, query, output);
    head();
    return input;
  } catch (error) {
    if (!(error instanceof StatusError) || !isTranslated(subresource, request)) throw error;
    output.data(STATUS_CHANNEL, JSON.stringify(internalError(error.message).status));
    output.end();
    return { send: () => {}, closeInput: () => {}, close: () => {} };
  }
}

/** Whether the API server takes the connection before it asks the kubelet (StreamTranslatorHandler): what fails then is told on a channel. */
function isTranslated(subresource: string, { headers }: ResourceRequest['request']): boolean {
  return (subresource === 'exec' || subresource === 'attach') && headers?.upgrade?.toLowerCase() === 'websocket';
}
