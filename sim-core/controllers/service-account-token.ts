import { encodeBase64 } from '../api/base64.ts';
import { objectKey, type Secret, type ServiceAccount } from '../api/objects.ts';
import { isNotFound } from '../api/status.ts';
import { secrets } from '../resources/secret.ts';
import { serviceAccounts } from '../resources/service-account.ts';
import type { ControllerDefinition } from './controller.ts';

const TYPE = 'kubernetes.io/service-account-token';
const ACCOUNT_NAME = 'kubernetes.io/service-account.name';
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';
const BY_ACCOUNT = 'service-account';

/**
 * The token controller (pkg/controller/serviceaccount, TokensController): fills Secrets that ask for a ServiceAccount's token, and
 * deletes them with the account. Pods get their tokens otherwise, short-lived, from the `token` subresource.
 */
export const serviceAccountTokenController: ControllerDefinition = {
  name: 'serviceaccount-token-controller',
  asManager: true,
  setUp(context) {
    const { client, informers, settings } = context;
    const accounts = informers.for(serviceAccounts);
    const secretInformer = informers.for(secrets);
    secretInformer.addIndex(BY_ACCOUNT, (secret) => (isToken(secret) ? [accountKey(secret)] : []));
    const queue = context.queue({ reconcile });
    const enqueue = (secret: Secret) => {
      if (isToken(secret)) queue.add(objectKey(secret));
    };
    secretInformer.addHandler({ added: enqueue, updated: enqueue });
    const enqueueTokens = (account: ServiceAccount) => {
      for (const secret of secretInformer.byIndex(BY_ACCOUNT, objectKey(account))) enqueue(secret);
    };
    accounts.addHandler({ added: enqueueTokens, deleted: enqueueTokens });

    function reconcile(key: string): void {
      const secret = secretInformer.getByKey(key);
      if (secret === undefined || !isToken(secret)) return;
      const account = liveAccount(secret);
      const uid = secret.metadata.annotations?.[ACCOUNT_UID];
      if (account === undefined || (uid !== undefined && uid !== '' && uid !== account.metadata.uid)) {
        remove(secret);
        return;
      }
      fill(secret, account);
    }

    /** The cache may not know an account that was made a moment ago: before a Secret is deleted for it, ask. */
    function liveAccount(secret: Secret): ServiceAccount | undefined {
      const known = accounts.getByKey(accountKey(secret));
      if (known !== undefined) return known;
      try {
        return client.get(serviceAccounts, secret.metadata.namespace, secret.metadata.annotations![ACCOUNT_NAME]!);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    }

    function fill(secret: Secret, account: ServiceAccount): void {
      const { metadata, data = {} } = secret;
      const wanted: Record<string, string> = {};
      if (settings.rootCA !== '') wanted['ca.crt'] = encodeBase64(settings.rootCA);
      wanted.namespace = encodeBase64(metadata.namespace ?? '');
      if (data.token === undefined && settings.signToken !== undefined) {
        wanted.token = encodeBase64(settings.signToken(account, secret));
      }
      const stale = Object.keys(wanted).some((name) => data[name] !== wanted[name]);
      if (!stale && metadata.annotations?.[ACCOUNT_UID] === account.metadata.uid) return;
      const annotations = { ...metadata.annotations, [ACCOUNT_UID]: account.metadata.uid };
      client.update(secrets, { ...secret, metadata: { ...metadata, annotations }, data: { ...data, ...wanted } });
    }

    function remove({ metadata }: Secret): void {
      try {
        client.delete(secrets, metadata.namespace, metadata.name, { uid: metadata.uid });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  },
};

function isToken({ type, metadata }: Secret): boolean {
  return type === TYPE && metadata.annotations?.[ACCOUNT_NAME] !== undefined;
}

function accountKey({ metadata }: Secret): string {
  return `${metadata.namespace}/${metadata.annotations?.[ACCOUNT_NAME]}`;
}
