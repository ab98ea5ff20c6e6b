import { invalid, required } from '../../api/field-error.ts';
import { ISSUER } from '../account-tokens.ts';
import { withAuthenticatedGroup } from '../authentication.ts';
import type { UserInfo } from '../request.ts';
import { invalidObject } from '../validation.ts';
import { type Review, reviewResource } from './review.ts';

const GROUP = 'authentication.k8s.io';

/** Who am I? (registry/authentication/selfsubjectreview, `kubectl auth whoami`) */
export const selfSubjectReview: Review = {
  resource: reviewResource(GROUP, 'SelfSubjectReview'),
  answer: (_server, { user }) => ({ userInfo: userInfo(user) }),
};

/** Whose token is this? (registry/authentication/tokenreview) */
export const tokenReview: Review = {
  resource: reviewResource(GROUP, 'TokenReview'),
  answer(server, _request, { spec, metadata }) {
    const { token = '', audiences } = (spec ?? {}) as { token?: string; audiences?: string[] | null };
    const kind = { group: GROUP, kind: 'TokenReview' };
    if (metadata?.namespace !== undefined) {
      throw invalidObject(kind, '', [invalid('metadata.namespace', metadata.namespace, 'must be empty')]);
    }
    if (token === '') throw invalidObject(kind, '', [required('spec.token')]);
    const claims = server.accountTokens.read(token);
    const wanted = (audiences ?? []).length === 0 ? [ISSUER] : audiences!;
    const granted = wanted.filter((audience) => (claims?.audiences ?? [ISSUER]).includes(audience));
    const known = claims !== undefined && !claims.audiences.includes(ISSUER) ? undefined : server.whoHolds(token);
    if (known === undefined || granted.length === 0) {
      return { authenticated: false, user: {}, error: '[invalid bearer token, unknown]' };
    }
    return { authenticated: true, user: userInfo(withAuthenticatedGroup(known)), audiences: granted };
  },
};

function userInfo({ username, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  };
}
