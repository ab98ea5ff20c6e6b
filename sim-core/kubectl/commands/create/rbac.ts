import type { Context } from '../../command.ts';
import { KubectlError, PlainError, quote } from '../../errors.ts';
import { type FlagSpec, flag } from '../../flags.ts';
import { explicitNamespace, type Generator, meta } from './generator.ts';

const RBAC = 'rbac.authorization.k8s.io';
const SPECIAL_VERBS: Record<string, readonly string[]> = {
  use: ['podsecuritypolicies'],
  bind: ['roles', 'clusterroles'],
  escalate: ['roles', 'clusterroles'],
  impersonate: ['users', 'serviceaccounts', 'groups', 'userextras'],
};
const KNOWN_VERBS = [
  'get',
  'delete',
  'list',
  'create',
  'update',
  'patch',
  'watch',
  'proxy',
  'deletecollection',
  'use',
  'bind',
  'escalate',
  'impersonate',
  'approve',
  'sign',
];

/** The verbs of HTTP that a rule about paths may name. */
const URL_VERBS = ['*', 'get', 'post', 'put', 'delete', 'patch', 'head', 'options'];

const ruleFlags = (): FlagSpec[] => [
  flag('verb', 'stringSlice', '[]', 'Verbs that the rule allows'),
  flag('resource', 'stringSlice', '[]', 'Resources that the rule is about'),
  flag('resource-name', 'stringArray', '[]', 'Names that the rule is limited to'),
];

interface ResourceWord {
  resource: string;
  group: string;
  subresource: string;
}

/** `--resource=deployments.apps/scale` */
function resourceWords(context: Context): ResourceWord[] {
  const found: ResourceWord[] = [];
  for (const text of context.flags.list('resource')) {
    const slash = text.indexOf('/');
    const base = slash < 0 ? text : text.slice(0, slash);
    if (base === '*') {
      if (context.flags.list('resource').length > 1)
        throw new KubectlError('resource must be specified only once when * is used');
      found.push({ resource: '*', group: '', subresource: slash < 0 ? '' : text.slice(slash + 1) });
      continue;
    }
    const [resource = '', ...group] = base.split('.');
    found.push({ resource, group: group.join('.'), subresource: slash < 0 ? '' : text.slice(slash + 1) });
  }
  return found;
}

function verbsOf(context: Context): string[] {
  const verbs: string[] = [];
  for (const verb of context.flags.list('verb')) {
    if (verb === '*') return ['*'];
    if (!verbs.includes(verb)) verbs.push(verb);
  }
  return verbs;
}

/** The rules of --verb and --resource: one for each API group, in the order of the groups' first appearance. */
async function rules(context: Context, words: readonly ResourceWord[], verbs: readonly string[]): Promise<unknown[]> {
  const groups = new Map<string, string[]>();
  for (const word of words) {
    let { group, resource } = word;
    if (resource !== '*') {
      const query = group === '' ? resource : `${resource}.${group}`;
      const special =
        Object.values(SPECIAL_VERBS).some((list) => list.includes(resource)) &&
        verbs.some((verb) => SPECIAL_VERBS[verb]?.includes(resource));
      const discovery = special ? undefined : await context.discovery();
      const found =
        discovery?.lookup(query) ?? (special ? undefined : (await context.refreshDiscovery()).lookup(query));
      if (found !== undefined) ({ group, resource } = found);
      const wrong = verbs.find(
        (verb) => Object.hasOwn(SPECIAL_VERBS, verb) && !SPECIAL_VERBS[verb]!.includes(resource),
      );
      if (wrong !== undefined)
        throw new KubectlError(`can not perform '${wrong}' on '${resource}' in group '${group}'`);
      if (found === undefined && !special)
        throw new PlainError(
          `the server doesn't have a resource type ${quote(resource)}${group === '' ? '' : ` in group ${quote(group)}`}`,
        );
    }
    const name = word.subresource === '' ? resource : `${resource}/${word.subresource}`;
    const list = groups.get(group) ?? [];
    if (!list.includes(name)) list.push(name);
    groups.set(group, list);
  }
  const names = context.flags.list('resource-name');
  return [...groups.keys()].sort().map((group) => ({
    verbs,
    apiGroups: [group],
    resources: groups.get(group),
    resourceNames: names.length === 0 ? undefined : names,
  }));
}

function warnOfVerbs(context: Context, verbs: readonly string[]): void {
  for (const verb of verbs)
    if (verb !== '*' && !KNOWN_VERBS.includes(verb))
      context.err(`Warning: '${verb}' is not a standard resource verb\n`);
}

export const role: Generator = {
  name: 'role',
  use: 'role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename]',
  short: 'Create a Role with one rule',
  resource: 'roles',
  namespaced: true,
  flags: ruleFlags(),
  async build(context, name) {
    const verbs = verbsOf(context);
    if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
    warnOfVerbs(context, verbs);
    const words = resourceWords(context);
    if (words.length === 0) throw new KubectlError('at least one resource must be specified');
    return {
      kind: 'Role',
      apiVersion: `${RBAC}/v1`,
      metadata: meta(name, { namespace: await explicitNamespace(context) }),
      rules: await rules(context, words, verbs),
    };
  },
};

export const clusterrole: Generator = {
  name: 'clusterrole',
  use: 'clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename]',
  short: 'Create a ClusterRole',
  resource: 'clusterroles',
  namespaced: false,
  flags: [
    ...ruleFlags(),
    flag('non-resource-url', 'stringSlice', '[]', 'Paths that the rule is about, such as /healthz'),
    flag('aggregation-rule', 'stringSlice', '', 'Take the rules of all ClusterRoles with these labels'),
  ],
  async build(context, name) {
    const { flags } = context;
    const aggregate = flags.changed('aggregation-rule') ? flags.list('aggregation-rule') : [];
    const metadata = meta(name);
    if (aggregate.length > 0) {
      if (flags.list('verb').length + flags.list('resource').length + flags.list('non-resource-url').length > 0)
        throw new KubectlError(
          'aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames',
        );
      const matchLabels = Object.fromEntries(
        aggregate.map((pair) => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)]),
      );
      return {
        kind: 'ClusterRole',
        apiVersion: `${RBAC}/v1`,
        metadata,
        rules: null,
        aggregationRule: { clusterRoleSelectors: [{ matchLabels }] },
      };
    }
    const verbs = verbsOf(context);
    const urls = flags.list('non-resource-url');
    const words = resourceWords(context);
    if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
    if (urls.length === 0) warnOfVerbs(context, verbs);
    if (words.length === 0 && urls.length === 0)
      throw new KubectlError('one of resource or nonResourceURL must be specified');
    const wrong = urls.length > 0 && verbs.find((verb) => !URL_VERBS.includes(verb));
    if (wrong) throw new KubectlError(`invalid verb: '${wrong}' for nonResourceURL`);
    const list = words.length > 0 ? await rules(context, words, verbs) : [];
    if (urls.length > 0) list.push({ verbs, nonResourceURLs: urls });
    return { kind: 'ClusterRole', apiVersion: `${RBAC}/v1`, metadata, rules: list };
  },
};

const subjectFlags = (): FlagSpec[] => [
  flag('user', 'stringArray', '[]', 'Users to bind'),
  flag('group', 'stringArray', '[]', 'Groups to bind'),
  flag('serviceaccount', 'stringArray', '[]', 'Service accounts to bind: namespace:name'),
];

/** The subjects of --user, --group and --serviceaccount. */
export function subjects(context: Context): unknown[] {
  const { flags } = context;
  return [
    ...flags.list('user').map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
    ...flags.list('group').map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
    ...flags.list('serviceaccount').map((text) => {
      const parts = text.split(':');
      if (parts.length !== 2 || parts[0] === '' || parts[1] === '')
        throw new KubectlError('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', name: parts[1], namespace: parts[0] };
    }),
  ];
}

export const rolebinding: Generator = {
  name: 'rolebinding',
  use: 'rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
  short: 'Give users, groups or service accounts a role in a namespace',
  resource: 'rolebindings',
  namespaced: true,
  failure: 'failed to create rolebinding:',
  flags: [
    ...subjectFlags(),
    flag('clusterrole', 'string', '', 'The ClusterRole to give'),
    flag('role', 'string', '', 'The Role to give'),
  ],
  async build(context, name) {
    const [cluster, local] = [context.flags.string('clusterrole'), context.flags.string('role')];
    if ((cluster === '') === (local === ''))
      throw new KubectlError('exactly one of clusterrole or role must be specified');
    return {
      kind: 'RoleBinding',
      apiVersion: `${RBAC}/v1`,
      metadata: meta(name, { namespace: await explicitNamespace(context) }),
      subjects: nonEmpty(subjects(context)),
      roleRef: { apiGroup: RBAC, kind: cluster === '' ? 'Role' : 'ClusterRole', name: cluster || local },
    };
  },
};

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

export const clusterrolebinding: Generator = {
  name: 'clusterrolebinding',
  use: 'clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
  short: 'Give users, groups or service accounts a role in the whole cluster',
  resource: 'clusterrolebindings',
  namespaced: false,
  failure: 'failed to create clusterrolebinding:',
  flags: [...subjectFlags(), flag('clusterrole', 'string', '', 'The ClusterRole to give', { required: true })],
  async build(context, name) {
    return {
      kind: 'ClusterRoleBinding',
      apiVersion: `${RBAC}/v1`,
      metadata: meta(name),
      subjects: nonEmpty(subjects(context)),
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: context.flags.string('clusterrole') },
    };
  },
};
