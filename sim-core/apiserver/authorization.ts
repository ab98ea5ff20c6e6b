import type { UserInfo } from './request.ts';

/** What is to be allowed (authorizer.Attributes): a resource request, or a path outside the resources. */
export interface AuthorizationAttributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Of a list or watch. */
  readonly fieldSelector?: string;
  /** For requests outside the resources: `/healthz`. */
  readonly path?: string;
}

export interface Decision {
  readonly verdict: 'allow' | 'deny' | 'no-opinion';
  /** Which rule decided: shown by the trace and by `auth can-i`. */
  readonly reason: string;
}

/** What someone may do in a namespace, as far as it can be listed (authorizer.RuleResolver). */
export interface AccessRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups?: readonly string[];
    readonly resources?: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly nonResourceRules: readonly {
    readonly verbs: readonly string[];
    readonly nonResourceURLs?: readonly string[];
  }[];
}

/** Decides who may do what. Several are asked in turn; the first that allows or denies decides (authorizer union). */
export interface Authorizer {
  readonly name: string;
  authorize(attributes: AuthorizationAttributes): Decision;
  /** The rules that apply to someone; missing where they cannot be listed. */
  rules?(user: UserInfo, namespace: string): AccessRules;
}

/** Members of system:masters may do everything (the API server's privileged group authorizer). */
export const privilegedGroup: Authorizer = {
  name: 'system:masters',
  authorize: ({ user }) =>
    user.groups.includes('system:masters')
      ? { verdict: 'allow', reason: 'group system:masters' }
      : { verdict: 'no-opinion', reason: '' },
  rules: ({ groups }) =>
    groups.includes('system:masters')
      ? {
          resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
          nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        }
      : { resourceRules: [], nonResourceRules: [] },
};
