import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { dryRunFlag } from '../dry-run.ts';
import { ExitError, isNotFound, KubectlError, StatusError } from '../errors.ts';
import { flag } from '../flags.ts';
import { printerFor, printFlags } from '../printers/print-flags.ts';
import { TABLE_TABS, TabWriter } from '../printers/tabwriter.ts';
import { filenameFlags } from '../resource-builder.ts';
import { reconcile } from './auth/reconcile.ts';

const VERBS = [
  'get',
  'list',
  'watch',
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'use',
  'bind',
  'impersonate',
  '*',
  'approve',
  'sign',
  'escalate',
  'attest',
];
const URL_VERBS = ['get', 'put', 'post', 'head', 'options', 'delete', 'patch', '*'];
const USAGE = 'you must specify two arguments: verb resource or verb resource/resourceName.';

interface Rules {
  resourceRules?: { verbs?: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }[];
  nonResourceRules?: { verbs?: string[]; nonResourceURLs?: string[] }[];
  incomplete?: boolean;
  evaluationError?: string;
}

async function listRules(context: Context): Promise<undefined> {
  const { namespace } = await context.config();
  const api = await context.api();
  const review = await api.request<ApiObject>('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    body: {
      kind: 'SelfSubjectRulesReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: { creationTimestamp: null },
      spec: { namespace },
      status: { resourceRules: null, nonResourceRules: null, incomplete: false },
    },
  });
  const status = (review.status ?? {}) as Rules;
  const tabs = new TabWriter(TABLE_TABS);
  if (!context.flags.bool('no-headers')) tabs.write('Resources\tNon-Resource URLs\tResource Names\tVerbs\n');
  const wrap = (list: readonly string[] | undefined): string => `[${(list ?? []).join(' ')}]`;
  const rows: { key: string; line: string }[] = [];
  const seen = new Map<string, { resource: string; names: string[]; verbs: string[] }>();
  for (const rule of status.resourceRules ?? [])
    for (const group of rule.apiGroups ?? [''])
      for (const resource of rule.resources ?? []) {
        const [base = '', subresource] = resource.split('/');
        const full = (group === '' ? base : `${base}.${group}`) + (subresource === undefined ? '' : `/${subresource}`);
        for (const names of rule.resourceNames === undefined || rule.resourceNames.length === 0
          ? [[]]
          : rule.resourceNames.map((name) => [name])) {
          const key = JSON.stringify([full, names]);
          const known = seen.get(key) ?? { resource: full, names, verbs: [] };
          for (const verb of rule.verbs ?? []) if (!known.verbs.includes(verb)) known.verbs.push(verb);
          seen.set(key, known);
        }
      }
  for (const { resource, names, verbs } of seen.values())
    rows.push({ key: ruleKey(verbs, resource), line: `${resource}\t[]\t${wrap(names)}\t${wrap(verbs)}\n` });
  for (const { nonResourceURLs, verbs = [] } of status.nonResourceRules ?? [])
    for (const url of nonResourceURLs ?? [])
      rows.push({ key: ruleKey(verbs, '', url), line: `\t[${url}]\t[]\t${wrap(verbs)}\n` });
  rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (const { line } of rows) tabs.write(line);
  context.out(tabs.flush());
  if (status.incomplete === true) context.err(`warning: the list may be incomplete: ${status.evaluationError ?? ''}\n`);
  return undefined;
}

/** The text by which upstream sorts rules: protobuf's print of a PolicyRule. */
function ruleKey(verbs: readonly string[], resource: string, url?: string): string {
  const dot = resource.indexOf('.');
  const slash = resource.indexOf('/');
  const base = dot < 0 ? resource : resource.slice(0, dot) + (slash < 0 ? '' : resource.slice(slash));
  const group = dot < 0 ? '' : resource.slice(dot + 1, slash < 0 ? undefined : slash);
  return `&PolicyRule{Verbs:[${verbs.join(' ')}],APIGroups:[${resource === '' ? '' : group}],Resources:[${base}],ResourceNames:[],NonResourceURLs:[${url ?? ''}],}`;
}

async function canI(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const quiet = flags.bool('quiet');
  if (flags.bool('list')) {
    if (args.length > 0) throw new KubectlError('list option must be specified with no arguments');
    if (quiet) throw new KubectlError("list option and quiet option can't be specified together");
    return listRules(context);
  }
  if (flags.bool('no-headers')) throw new KubectlError('--no-headers cannot be set without --list specified');
  const badUsage = (): KubectlError => new KubectlError(`${USAGE}\nSee 'kubectl auth can-i -h' for help and examples.`);
  const [verb = '', target = '', third] = args;
  if (args.length !== 2 && args.length !== 3) throw badUsage();
  const subresource = flags.string('subresource');
  const { namespace } = await context.config();
  const attributes: Record<string, unknown> = {};
  let isUrl = false;
  if (target.startsWith('/')) {
    isUrl = true;
    if (subresource !== '') throw new KubectlError('--subresource can not be used with NonResourceURL');
    if (flags.bool('all-namespaces')) throw new KubectlError('--all-namespaces can not be used with NonResourceURL');
    attributes.path = target;
    attributes.verb = verb;
  } else {
    const [word = '', inline] = target.split('/');
    let namespaced = true;
    let group = '';
    let resource = word;
    if (word !== '*') {
      const discovery = await context.discovery();
      const found = discovery.lookup(word) ?? (await context.refreshDiscovery()).lookup(word);
      if (found === undefined) {
        const parts = word.split('.');
        resource = parts[0]!;
        group = parts.slice(1).join('.');
        if (group === '') context.err(`Warning: the server doesn't have a resource type '${resource}'\n\n`);
        else context.err(`Warning: the server doesn't have a resource type '${resource}' in group '${group}'\n\n`);
      } else {
        ({ group, resource, namespaced } = found);
      }
      if (!namespaced && !flags.bool('all-namespaces'))
        context.err(
          group === ''
            ? `Warning: resource '${resource}' is not namespace scoped\n\n`
            : `Warning: resource '${resource}' is not namespace scoped in group '${group}'\n\n`,
        );
    }
    attributes.namespace = flags.bool('all-namespaces') ? '' : namespace;
    attributes.verb = verb;
    attributes.group = group;
    attributes.resource = resource;
    attributes.subresource = subresource;
    attributes.name = inline ?? third ?? '';
  }
  if (isUrl ? !URL_VERBS.includes(verb.toLowerCase()) : !VERBS.includes(verb))
    context.err(`Warning: verb '${verb}' is not a known verb\n`);
  const cleaned = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== ''));
  const api = await context.api();
  const answer = await api.request<ApiObject>('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: { creationTimestamp: null },
      spec: isUrl ? { nonResourceAttributes: cleaned } : { resourceAttributes: cleaned },
      status: { allowed: false },
    },
  });
  const status = (answer.status ?? {}) as { allowed?: boolean; reason?: string; evaluationError?: string };
  if (!quiet) {
    let text = status.allowed === true ? 'yes' : 'no';
    if (status.allowed !== true) {
      if (status.reason) text += ` - ${status.reason}`;
      if (status.evaluationError) text += ` - ${status.evaluationError}`;
    }
    context.out(`${text}\n`);
  }
  if (status.allowed !== true) throw new ExitError(1);
  return undefined;
}

interface UserInfo {
  username?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

async function whoami(context: Context): Promise<undefined> {
  const api = await context.api();
  let review: ApiObject | undefined;
  let failure: unknown;
  for (const version of ['v1', 'v1beta1', 'v1alpha1']) {
    try {
      review = await api.request<ApiObject>('POST', `/apis/authentication.k8s.io/${version}/selfsubjectreviews`, {
        body: {
          kind: 'SelfSubjectReview',
          apiVersion: `authentication.k8s.io/${version}`,
          metadata: { creationTimestamp: null },
          status: { userInfo: {} },
        },
      });
      break;
    } catch (error) {
      failure = error;
      if (!isNotFound(error)) break;
    }
  }
  if (review === undefined) {
    if (failure instanceof StatusError && failure.reason === 'Forbidden')
      throw new KubectlError(
        'the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it',
      );
    if (isNotFound(failure))
      throw new KubectlError(
        'the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate',
      );
    throw failure;
  }
  if (context.flags.string('output') !== '') {
    const { kind, apiVersion, metadata, status } = review;
    context.out((await printerFor(context, { ordered: true }))({ kind, apiVersion, metadata, status }));
    return undefined;
  }
  const user = ((review.status ?? {}) as { userInfo?: UserInfo }).userInfo ?? {};
  const tabs = new TabWriter(TABLE_TABS);
  tabs.write('ATTRIBUTE\tVALUE\n');
  if (user.username) tabs.write(`Username\t${user.username}\n`);
  if (user.uid) tabs.write(`UID\t${user.uid}\n`);
  if ((user.groups ?? []).length > 0) tabs.write(`Groups\t[${user.groups!.join(' ')}]\n`);
  for (const key of Object.keys(user.extra ?? {}).sort())
    tabs.write(`Extra: ${key}\t[${user.extra![key]!.join(' ')}]\n`);
  context.out(tabs.flush());
  return undefined;
}

export const command: Command = {
  name: 'auth',
  use: 'auth',
  short: 'Ask what you are allowed to do',
  flags: [],
  subcommands: [
    {
      name: 'can-i',
      use: 'auth can-i VERB [TYPE | TYPE/NAME | NONRESOURCEURL]',
      short: 'Ask whether something is allowed',
      examples: ['kubectl auth can-i create pods', 'kubectl auth can-i --list'],
      flags: [
        flag('A,all-namespaces', 'bool', 'false', 'In all namespaces'),
        flag('list', 'bool', 'false', 'Show all that is allowed'),
        flag('no-headers', 'bool', 'false', 'Leave the heading out'),
        flag('q,quiet', 'bool', 'false', 'Print nothing; the exit code says it'),
        flag('subresource', 'string', '', 'A subresource such as log or scale'),
      ],
      run: canI,
    },
    {
      name: 'reconcile',
      use: 'auth reconcile -f FILENAME',
      short: 'Make roles and bindings grant what a file says',
      flags: [
        ...filenameFlags('the roles and bindings'),
        ...printFlags(),
        dryRunFlag(),
        flag('remove-extra-permissions', 'bool', 'false', 'Take away what the file does not grant'),
        flag('remove-extra-subjects', 'bool', 'false', 'Take away subjects that the file does not name'),
      ],
      run: reconcile,
    },
    { name: 'whoami', use: 'auth whoami', short: 'Show who you are', flags: printFlags(), run: whoami },
  ],
};
