import type { Environment } from '@marcbachmann/cel-js';
import type { AuthorizationAttributes, Decision } from '../authorization.ts';
import type { ApiRequest, UserInfo } from '../request.ts';

type Decide = (attributes: AuthorizationAttributes) => Decision;
type Asked = Omit<AuthorizationAttributes, 'user' | 'verb'>;

/** Something that an expression is about to ask the authorizers: a path, or a resource. */
class Question {
  readonly decide: Decide;
  readonly user: UserInfo;
  readonly asked: Asked;
  constructor(decide: Decide, user: UserInfo, asked: Asked) {
    this.decide = decide;
    this.user = user;
    this.asked = asked;
  }

  check(verb: string): Decision {
    return this.decide({ ...this.asked, user: this.user, verb });
  }
}

class PathCheck extends Question {}
class GroupCheck extends Question {}
class ResourceCheck extends Question {
  with(more: Asked): ResourceCheck {
    return new ResourceCheck(this.decide, this.user, { ...this.asked, ...more });
  }
}

class Verdict {
  readonly decision: Decision;
  constructor(decision: Decision) {
    this.decision = decision;
  }
}

/** The authorizer as an expression holds it: what the user of a request, or a service account, may do. */
class Authorizer {
  readonly decide: Decide;
  readonly user: UserInfo;
  /** The resource of the request itself. */
  readonly requestResource: ResourceCheck;
  constructor(decide: Decide, user: UserInfo, own: Asked) {
    this.decide = decide;
    this.user = user;
    this.requestResource = new ResourceCheck(decide, user, own);
  }
}

/** The `authorizer` of a request. */
export function authorizerOf(decide: Decide, { user, target, subresource, namespace, name }: ApiRequest): object {
  const { group, version, resource } = target;
  return new Authorizer(decide, user, { group, version, resource: resource.plural, subresource, namespace, name });
}

/** Kubernetes' library of authorization (library/authz.go). */
export function addAuthorizer(environment: Environment): void {
  const room = 'kubernetes.authorization';
  environment.registerType(`${room}.PathCheck`, PathCheck);
  environment.registerType(`${room}.GroupCheck`, GroupCheck);
  environment.registerType(`${room}.ResourceCheck`, ResourceCheck);
  environment.registerType(`${room}.Decision`, Verdict);
  environment.registerType(`${room}.Authorizer`, {
    ctor: Authorizer,
    fields: { requestResource: `${room}.ResourceCheck` },
  });
  const of = (type: string, signature: string, to: string) => `${room}.${type}.${signature}: ${to}`;
  const resource = `${room}.ResourceCheck`;
  environment.registerFunction(
    of('Authorizer', 'path(string)', `${room}.PathCheck`),
    ({ decide, user }: Authorizer, path: string) => {
      if (path === '') throw new Error('path must not be empty');
      return new PathCheck(decide, user, { path });
    },
  );
  environment.registerFunction(
    of('Authorizer', 'serviceAccount(string, string)', `${room}.Authorizer`),
    ({ decide, requestResource }: Authorizer, namespace: string, name: string) => {
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
      const user = { username: `system:serviceaccount:${namespace}:${name}`, groups };
      return new Authorizer(decide, user, requestResource.asked);
    },
  );
  environment.registerFunction(
    of('Authorizer', 'group(string)', `${room}.GroupCheck`),
    ({ decide, user }: Authorizer, group: string) => new GroupCheck(decide, user, { group, version: '*' }),
  );
  environment.registerFunction(
    of('GroupCheck', 'resource(string)', resource),
    ({ decide, user, asked }: GroupCheck, plural: string) =>
      new ResourceCheck(decide, user, { ...asked, resource: plural }),
  );
  for (const part of ['subresource', 'namespace', 'name', 'fieldSelector'] as const)
    environment.registerFunction(
      of('ResourceCheck', `${part}(string)`, resource),
      (one: ResourceCheck, value: string) => one.with({ [part]: value }),
    );
  // What a list is narrowed to by labels, no authorizer here looks at.
  environment.registerFunction(of('ResourceCheck', 'labelSelector(string)', resource), (one: ResourceCheck) => one);
  for (const type of ['PathCheck', 'ResourceCheck'])
    environment.registerFunction(
      of(type, 'check(string)', `${room}.Decision`),
      (one: Question, verb: string) => new Verdict(one.check(verb)),
    );
  environment.registerFunction(
    of('Decision', 'allowed()', 'bool'),
    ({ decision }: Verdict) => decision.verdict === 'allow',
  );
  environment.registerFunction(
    of('Decision', 'denied()', 'bool'),
    ({ decision }: Verdict) => decision.verdict === 'deny',
  );
  environment.registerFunction(of('Decision', 'reason()', 'string'), ({ decision }: Verdict) => decision.reason);
  // The authorizers of a cluster without webhooks never fail.
  environment.registerFunction(of('Decision', 'errored()', 'bool'), () => false);
  environment.registerFunction(of('Decision', 'error()', 'string'), () => '');
}
