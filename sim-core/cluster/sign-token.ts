import type { Secret, ServiceAccount } from '../api/objects.ts';
import { ISSUER } from '../apiserver/account-tokens.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { SECOND } from '../engine/index.ts';

/**
 * How kube-controller-manager signs the tokens of `kubernetes.io/service-account-token` Secrets: with the key that the API server has too
 * (--service-account-private-key-file). They last as long as the Secret.
 */
export function tokenSigner(server: ApiServer): (account: ServiceAccount, secret: Secret) => string {
  const { engine, accountTokens } = server;
  return ({ metadata }, secret) =>
    accountTokens.sign({
      namespace: metadata.namespace!,
      account: { name: metadata.name, uid: metadata.uid },
      secret: { name: secret.metadata.name, uid: secret.metadata.uid },
      audiences: [ISSUER],
      issuedAt: Math.floor(engine.now / SECOND),
      id: engine.random('controllers/tokens').uuid(),
    });
}
