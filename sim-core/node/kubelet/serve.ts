import type { Coroutine } from '../../engine/index.ts';
import { type Certificate, type HttpResponse, NetworkError, type NetworkStack } from '../../images/process.ts';
import type { KubeletConfiguration } from './configuration.ts';

function* answer(status: number, body: string): Coroutine<HttpResponse> {
  yield* [];
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/**
 * Opens the kubelet's ports, until what is returned is released. Anonymous requests are refused (kubeadm's anonymous-auth: false), and
 * nobody else's credentials are looked at: who asks over the network hears that. On `port` the API server asks for logs, exec and
 * statistics, which it has without this network; `healthzPort` is on 127.0.0.1 alone.
 */
export function serveKubelet(
  network: NetworkStack,
  node: string,
  { port, healthzPort }: KubeletConfiguration,
): (NetworkStack & { release(): void }) | undefined {
  const own = network.forProcess?.();
  try {
    if (healthzPort > 0) own?.serveHttp(healthzPort, () => answer(200, 'ok'), undefined, true);
    own?.serveHttp(
      port,
      () => answer(401, 'Unauthorized'),
      () => servingCertificate(node),
    );
  } catch (error) {
    // A pod of the node's own network has the port: upstream's kubelet ends with an error and is started again.
    if (!(error instanceof NetworkError)) throw error;
  }
  return own;
}

/** A kubelet signs its serving certificate itself, unless it is told to have it signed (serverTLSBootstrap). */
function servingCertificate(node: string): Certificate {
  return {
    subject: `CN=${node}@1`,
    issuer: `CN=${node}-ca@1`,
    names: [node],
    notBefore: 0,
    notAfter: Number.MAX_SAFE_INTEGER,
  };
}
