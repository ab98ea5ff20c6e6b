import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { base64OfBytes, base64OfText, bytesOfBase64 } from '../api/base64.ts';
import { isObject } from '../api/equality.ts';
import { decodeUtf8, encodeUtf8 } from '../api/utf8.ts';
import { type Engine, SECOND } from '../engine/index.ts';
import type { Store } from '../store/store.ts';
import type { Authenticator } from './authentication.ts';
import type { UserInfo } from './request.ts';

/** Who issues the tokens, and whom they are for unless a request says otherwise (--service-account-issuer, --api-audiences). */
export const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** An object that a token lives and dies with. */
export interface BoundObject {
  readonly name: string;
  readonly uid: string;
}

/** What a token says. Times in seconds since 1970. */
export interface TokenClaims {
  readonly namespace: string;
  readonly account: BoundObject;
  readonly pod?: BoundObject & { readonly node?: BoundObject };
  readonly secret?: BoundObject;
  readonly audiences: readonly string[];
  readonly issuedAt: number;
  /** Missing in tokens of Secrets, which last as long as these. */
  readonly expiresAt?: number;
  readonly id: string;
}

/**
 * Tokens of service accounts (pkg/serviceaccount): JSON web tokens with the private claims of Kubernetes, signed with a key that follows
 * from the cluster's seed. They are signed by HMAC (`HS256`), which only the API server itself can check: that is who checks them.
 */
export class AccountTokens implements Authenticator {
  readonly name = 'serviceaccount';
  private readonly engine: Engine;
  private readonly store: Store;
  private key: Uint8Array | undefined;

  constructor(engine: Engine, store: Store) {
    this.engine = engine;
    this.store = store;
  }

  sign(claims: TokenClaims): string {
    const { namespace, account, pod, secret, audiences, issuedAt, expiresAt, id } = claims;
    const node = pod?.node;
    const payload = {
      aud: audiences,
      ...(expiresAt === undefined ? {} : { exp: expiresAt }),
      iat: issuedAt,
      iss: ISSUER,
      jti: id,
      'kubernetes.io': {
        namespace,
        ...(node === undefined ? {} : { node: { name: node.name, uid: node.uid } }),
        ...(pod === undefined ? {} : { pod: { name: pod.name, uid: pod.uid } }),
        ...(secret === undefined ? {} : { secret }),
        serviceaccount: account,
      },
      nbf: issuedAt,
      sub: `system:serviceaccount:${namespace}:${account.name}`,
    };
    const text = `${segment(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))}.${segment(JSON.stringify(payload))}`;
    return `${text}.${this.signature(text)}`;
  }

  /** What a token claims, if its signature is right; undefined for any other text. */
  read(token: string): TokenClaims | undefined {
    const match = /^([\w-]+\.([\w-]+))\.([\w-]+)$/.exec(token);
    if (match === null || this.signature(match[1]!) !== match[3]) return undefined;
    const payload: unknown = JSON.parse(decodeUtf8(bytesOfBase64(fromUrl(match[2]!))!));
    if (!isObject(payload)) return undefined;
    const own = payload['kubernetes.io'] as Record<string, BoundObject> & { namespace: string };
    return {
      namespace: own.namespace,
      account: own.serviceaccount!,
      ...(own.pod === undefined ? {} : { pod: own.pod }),
      ...(own.secret === undefined ? {} : { secret: own.secret }),
      audiences: payload.aud as string[],
      issuedAt: payload.iat as number,
      ...(payload.exp === undefined ? {} : { expiresAt: payload.exp as number }),
      id: payload.jti as string,
    };
  }

  authenticate({ bearerToken }: { bearerToken?: string }): UserInfo | undefined {
    const claims = bearerToken === undefined ? undefined : this.read(bearerToken);
    return claims?.audiences.includes(ISSUER) === true && this.isValid(claims) ? userOf(claims) : undefined;
  }

  /** Whether a token has not expired, and the account and object that it is bound to are still there. */
  isValid({ namespace, account, pod, secret, expiresAt }: TokenClaims): boolean {
    if (expiresAt !== undefined && expiresAt * SECOND <= this.engine.now) return false;
    const lives = (table: string, bound: BoundObject | undefined) =>
      bound === undefined || this.store.get(table, `${namespace}/${bound.name}`)?.metadata.uid === bound.uid;
    return lives('serviceaccounts', account) && lives('pods', pod) && lives('secrets', secret);
  }

  private signature(text: string): string {
    this.key ??= newKey(this.engine);
    const mac = hmac(sha256, this.key, encodeUtf8(text));
    return toUrl(base64OfBytes(mac));
  }
}

/** Whom a token stands for (serviceaccount.UserInfo). */
export function userOf({ namespace, account, pod, id }: TokenClaims): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${account.name}`,
    uid: account.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${id}`],
      ...(pod === undefined
        ? {}
        : {
            'authentication.kubernetes.io/pod-name': [pod.name],
            'authentication.kubernetes.io/pod-uid': [pod.uid],
          }),
    },
  };
}

function newKey(engine: Engine): Uint8Array {
  const random = engine.random('apiserver/service-account-key');
  return Uint8Array.from({ length: 32 }, () => random.below(256));
}

const segment = (text: string): string => toUrl(base64OfText(text));
const toUrl = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

function fromUrl(text: string): string {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
  return base64.padEnd(Math.ceil(base64.length / 4) * 4, '=');
}
