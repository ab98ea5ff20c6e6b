import { type ErrorList, invalid, required } from '../../api/field-error.ts';
import type { AnyObject } from '../../api/objects.ts';
import { badRequest } from '../../api/status.ts';
import type { AuthorizationAttributes } from '../authorization.ts';
import type { UserInfo } from '../request.ts';
import type { ApiServer } from '../server.ts';
import { invalidObject } from '../validation.ts';
import { type Review, reviewResource } from './review.ts';

interface AccessSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    version?: string;
    resource?: string;
    subresource?: string;
    name?: string;
  };
  nonResourceAttributes?: { path?: string; verb?: string };
  user?: string;
  groups?: string[] | null;
  uid?: string;
  extra?: Record<string, string[]>;
}

const GROUP = 'authorization.k8s.io';

/** May I? (registry/authorization/selfsubjectaccessreview) */
export const selfSubjectAccessReview: Review = {
  resource: reviewResource(GROUP, 'SelfSubjectAccessReview'),
  answer(server, { user }, body) {
    const spec = specOf(body);
    check('SelfSubjectAccessReview', checkAttributes(spec));
    return decide(server, user, spec);
  },
};

/** May they? (registry/authorization/subjectaccessreview) */
export const subjectAccessReview: Review = {
  resource: reviewResource(GROUP, 'SubjectAccessReview'),
  answer(server, _request, body) {
    const spec = specOf(body);
    check('SubjectAccessReview', [...checkAttributes(spec), ...checkSubject(spec)]);
    return decide(server, subjectOf(spec), spec);
  },
};

/** May they, in this namespace? (registry/authorization/localsubjectaccessreview) */
export const localSubjectAccessReview: Review = {
  resource: reviewResource(GROUP, 'LocalSubjectAccessReview', true),
  answer(server, { namespace }, body) {
    const spec = specOf(body);
    const errors = [...checkAttributes(spec), ...checkSubject(spec)];
    if (spec.resourceAttributes !== undefined && spec.resourceAttributes.namespace !== namespace) {
      errors.push(
        invalid(
          'spec.resourceAttributes.namespace',
          spec.resourceAttributes.namespace ?? '',
          'must match metadata.namespace',
        ),
      );
    }
    check('LocalSubjectAccessReview', errors);
    return decide(server, subjectOf(spec), spec);
  },
};

function specOf(body: AnyObject): AccessSpec {
  return (body.spec ?? {}) as AccessSpec;
}

function check(kind: string, errors: ErrorList): void {
  if (errors.length > 0) throw invalidObject({ group: GROUP, kind }, '', errors);
}

function checkAttributes({ resourceAttributes, nonResourceAttributes }: AccessSpec): ErrorList {
  if (resourceAttributes !== undefined && nonResourceAttributes !== undefined) {
    return [
      invalid(
        'spec.nonResourceAttributes',
        nonResourceAttributes,
        'cannot be specified in combination with resourceAttributes',
      ),
    ];
  }
  if (resourceAttributes === undefined && nonResourceAttributes === undefined) {
    return [
      invalid(
        'spec.resourceAttributes',
        null,
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ];
  }
  return [];
}

function checkSubject({ user = '', groups }: AccessSpec): ErrorList {
  return user === '' && (groups ?? []).length === 0
    ? [required('spec.user', 'at least one of user or group must be specified')]
    : [];
}

function subjectOf({ user = '', groups, uid, extra }: AccessSpec): UserInfo {
  return {
    username: user,
    groups: groups ?? [],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function decide(server: ApiServer, user: UserInfo, spec: AccessSpec): Record<string, unknown> {
  const { verdict, reason, by } = server.decide(attributesOf(user, spec));
  return {
    allowed: verdict === 'allow',
    ...(verdict === 'deny' ? { denied: true } : {}),
    // The superusers' authorizer gives no reason.
    ...(reason === '' || by === 'system:masters' ? {} : { reason }),
  };
}

function attributesOf(
  user: UserInfo,
  { resourceAttributes, nonResourceAttributes }: AccessSpec,
): AuthorizationAttributes {
  if (resourceAttributes !== undefined) {
    const { verb = '', group = '', version = '', resource = '', subresource, name, namespace } = resourceAttributes;
    return {
      user,
      verb,
      group,
      version,
      resource,
      ...(given(subresource) ? { subresource } : {}),
      ...(given(name) ? { name } : {}),
      ...(given(namespace) ? { namespace } : {}),
    };
  }
  const { path, verb = '' } = nonResourceAttributes!;
  if (path === undefined) throw badRequest('spec.nonResourceAttributes.path is required');
  return { user, verb, path };
}

function given(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}
