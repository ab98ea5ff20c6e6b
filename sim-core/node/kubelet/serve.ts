import type { Coroutine } from '../../engine/index.ts';
import { type Certificate, type HttpResponse, NetworkError, type NetworkStack } from '../../images/process.ts';

/** `--healthz-port`, on 127.0.0.1 alone. */
const HEALTHZ_PORT = 10_248;
/** `--port`: what the API server asks for logs, exec and statistics, which it has without this network. */
const PORT = 10_250;

function* answer(status: number, body: string): Coroutine<HttpResponse> {
  yield* [];
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/**
 * Opens the kubelet's ports, until what is returned is released. Anonymous requests are refused (kubeadm's anonymous-auth: false), and
 * nobody else's credentials are looked at: who asks over the network hears that.
 */
export function serveKubelet(network: NetworkStack, node: string): (NetworkStack & { release(): void }) | undefined {
  const own = network.forProcess?.();
  try {
    own?.serveHttp(HEALTHZ_PORT, () => answer(200, 'ok'), undefined, true);
    own?.serveHttp(
      PORT,
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
