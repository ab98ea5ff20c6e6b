import type { ApiRequest, UserInfo } from './request.ts';

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

/** The one name that a field selector leaves, if it leaves one: a list or watch of it is a request for that object (RequestInfo). */
export function nameChosenBy(fieldSelector: string | undefined): string | undefined {
  return fieldSelector?.startsWith('metadata.name=') === true
    ? fieldSelector.slice('metadata.name='.length)
    : undefined;
}

/** The namespace that a request is about: a Namespace lies in itself (RequestInfo). */
export function namespaceOf({ target, namespace, name }: ApiRequest): string | undefined {
  return target.group === '' && target.resource.plural === 'namespaces' ? name : namespace;
}

/** The text of a refusal, as responsewriters.forbiddenMessage writes it. */
export function refusal(request: ApiRequest): string {
  const { user, verb, target, subresource } = request;
  const namespace = namespaceOf(request);
  const resource = subresource === undefined ? target.resource.plural : `${target.resource.plural}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  return `User "${user.username}" cannot ${verb} resource "${resource}" in API group "${target.group}" ${where}`;
}
