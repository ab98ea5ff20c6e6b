import type { UserInfo } from './request.ts';

/** What a connection brings to say who is at its other end. */
export interface Credentials {
  /** The subject of a client certificate that the host has verified, or that there is one which is not valid here. */
  readonly certificate?: { readonly commonName: string; readonly organizations: readonly string[] } | 'rejected';
  readonly bearerToken?: string;
}

/** Finds out who sends a request; undefined: not mine to say. */
export interface Authenticator {
  readonly name: string;
  authenticate(credentials: Credentials): UserInfo | undefined;
}

/** Client certificates: common name is the user, organizations are the groups (x509 request authenticator). */
export const clientCertificates: Authenticator = {
  name: 'x509',
  authenticate: ({ certificate }) =>
    certificate === undefined || certificate === 'rejected'
      ? undefined
      : { username: certificate.commonName, groups: certificate.organizations },
};

/** A fixed list of tokens (the token file authenticator). */
export function staticTokens(tokens: ReadonlyMap<string, UserInfo>): Authenticator {
  return {
    name: 'token-file',
    authenticate: ({ bearerToken }) => (bearerToken === undefined ? undefined : tokens.get(bearerToken)),
  };
}

export const ANONYMOUS: UserInfo = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** Everyone who is someone is in `system:authenticated` besides. */
export function withAuthenticatedGroup(user: UserInfo): UserInfo {
  return user.groups.includes('system:authenticated')
    ? user
    : { ...user, groups: [...user.groups, 'system:authenticated'] };
}
