import { type LabelSelectorObject, parseLabelSelector } from '../../../api/selector.ts';
import type { ApiObject } from '../../api.ts';
import type { Command, Context } from '../../command.ts';
import { asError, KubectlError } from '../../errors.ts';
import { flag } from '../../flags.ts';
import { printerFor, printFlags } from '../../printers/print-flags.ts';
import { explicitNamespace, type Generator, meta, nameFromArgs } from './generator.ts';

export const namespace: Generator = {
  name: 'namespace',
  aliases: ['ns'],
  use: 'namespace NAME',
  short: 'Create a Namespace',
  resource: 'namespaces',
  namespaced: false,
  flags: [],
  build: async (_, name) => ({ kind: 'Namespace', apiVersion: 'v1', metadata: meta(name), spec: {}, status: {} }),
};

export const serviceaccount: Generator = {
  name: 'serviceaccount',
  aliases: ['sa'],
  use: 'serviceaccount NAME',
  short: 'Create a ServiceAccount',
  resource: 'serviceaccounts',
  namespaced: true,
  failure: 'failed to create serviceaccount:',
  flags: [],
  build: async (context, name) => ({
    kind: 'ServiceAccount',
    apiVersion: 'v1',
    metadata: meta(name, { namespace: await explicitNamespace(context) }),
  }),
};

/** `cpu=1,pods=2`, each value a quantity (populateResourceListV1). */
export function resourceList(text: string): Record<string, string> | undefined {
  if (text === '') return undefined;
  const list: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const parts = pair.split('=');
    if (parts.length !== 2) throw new KubectlError(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
    const [key, value] = parts as [string, string];
    if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+|[numkMGTPE]|[KMGTPE]i)?$/.test(value))
      throw new KubectlError(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    list[key] = value;
  }
  return list;
}

export const quota: Generator = {
  name: 'quota',
  aliases: ['resourcequota'],
  use: 'quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]',
  short: 'Create a ResourceQuota',
  resource: 'resourcequotas',
  namespaced: true,
  failure: 'failed to create quota:',
  flags: [
    flag('hard', 'string', '', 'The limits: cpu=1,pods=10'),
    flag('scopes', 'string', '', 'What the quota counts: BestEffort, NotTerminating …'),
  ],
  async build(context, name) {
    const scopes = context.flags.string('scopes');
    return {
      kind: 'ResourceQuota',
      apiVersion: 'v1',
      metadata: meta(name, { namespace: await explicitNamespace(context) }),
      spec: { hard: resourceList(context.flags.string('hard')), scopes: scopes === '' ? undefined : scopes.split(',') },
      status: {},
    };
  },
};

function intOrString(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

const OPERATORS: Record<string, string> = { in: 'In', notin: 'NotIn', '!=': 'NotIn' };

/** A label selector as the object that specs hold (metav1.ParseToLabelSelector). */
export function selectorObject(text: string): LabelSelectorObject {
  parseLabelSelector(text);
  const matchLabels: Record<string, string> = {};
  const matchExpressions: { key: string; operator: string; values?: string[] }[] = [];
  for (const part of text.split(/,(?![^(]*\))/)) {
    const match = /^\s*(!?)([^=!\s]+)\s*(==?|!=|in\b|notin\b)?\s*\(?([^)]*?)\)?\s*$/.exec(part);
    const [, not, key = '', operator, value = ''] = match ?? [];
    if (operator === undefined) matchExpressions.push({ key, operator: not === '!' ? 'DoesNotExist' : 'Exists' });
    else if (operator.startsWith('=')) matchLabels[key] = value;
    else
      matchExpressions.push({ key, operator: OPERATORS[operator]!, values: value.split(',').map((one) => one.trim()) });
  }
  return {
    matchLabels: Object.keys(matchLabels).length === 0 ? undefined : matchLabels,
    matchExpressions: matchExpressions.length === 0 ? undefined : matchExpressions,
  };
}

export const poddisruptionbudget: Generator = {
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  use: 'poddisruptionbudget NAME --selector=SELECTOR --min-available=N',
  short: 'Create a PodDisruptionBudget',
  resource: 'poddisruptionbudgets',
  namespaced: true,
  failure: 'failed to create poddisruptionbudgets:',
  flags: [
    flag('max-unavailable', 'string', '', 'How many Pods may be away: a number or a percentage'),
    flag('min-available', 'string', '', 'How many Pods must be there: a number or a percentage'),
    flag('selector', 'string', '', 'The Pods it is about'),
  ],
  async build(context, name) {
    const [selector, most, least] = ['selector', 'max-unavailable', 'min-available'].map((key) =>
      context.flags.string(key),
    ) as [string, string, string];
    if (selector === '') throw new KubectlError('a selector must be specified');
    if (most === '' && least === '')
      throw new KubectlError('one of min-available or max-unavailable must be specified');
    if (most !== '' && least !== '')
      throw new KubectlError('min-available and max-unavailable cannot be both specified');
    for (const [key, value] of [
      ['min-available', least],
      ['max-unavailable', most],
    ] as const)
      if (value !== '' && !/^\d+%?$/.test(value)) throw new KubectlError(`invalid format specified for ${key}`);
    return {
      kind: 'PodDisruptionBudget',
      apiVersion: 'policy/v1',
      metadata: meta(name, { namespace: await explicitNamespace(context) }),
      spec: {
        minAvailable: least === '' ? undefined : intOrString(least),
        selector: selectorObject(selector),
        maxUnavailable: most === '' ? undefined : intOrString(most),
      },
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    };
  },
};

export const priorityclass: Generator = {
  name: 'priorityclass',
  aliases: ['pc'],
  use: 'priorityclass NAME --value=VALUE --global-default=BOOL',
  short: 'Create a PriorityClass',
  resource: 'priorityclasses',
  namespaced: false,
  failure: 'failed to create priorityclass:',
  flags: [
    flag('description', 'string', '', 'What the class is for'),
    flag('global-default', 'bool', 'false', 'Pods without a class get this one'),
    flag('preemption-policy', 'string', 'PreemptLowerPriority', 'Never, or PreemptLowerPriority'),
    flag('value', 'int32', '0', 'The priority'),
  ],
  async build({ flags }, name) {
    return {
      kind: 'PriorityClass',
      apiVersion: 'scheduling.k8s.io/v1',
      metadata: meta(name),
      value: flags.number('value'),
      globalDefault: flags.bool('global-default') ? true : undefined,
      description: flags.string('description') || undefined,
      preemptionPolicy: flags.string('preemption-policy'),
    };
  },
};

function backendPort(text: string): { name: string } | { number: number } {
  return /^\d+$/.test(text) ? { number: Number(text) } : { name: text };
}

function backend(text: string): unknown {
  const [name, port = ''] = text.split(':');
  return { service: { name, port: backendPort(port) } };
}

const RULE =
  /^(?<host>[\w*\-.]*)(?<path>\/[\w\-/.]*\*?)=(?<service>[\w-]+):(?<port>[\w-]+)(?<tls>,tls(=(?<secret>[\w-]+))?(,.*)?)?$/;

export const ingress: Generator = {
  name: 'ingress',
  aliases: ['ing'],
  use: 'ingress NAME --rule=host/path=service:port[,tls[=secret]]',
  short: 'Create an Ingress',
  resource: 'ingresses',
  namespaced: true,
  failure: 'failed to create ingress:',
  flags: [
    flag('annotation', 'stringArray', '[]', 'Annotation to add: key=value'),
    flag('class', 'string', '', 'The IngressClass'),
    flag('default-backend', 'string', '', 'Where everything else goes: service:port'),
    flag('rule', 'stringArray', '[]', 'A rule: host/path=service:port[,tls[=secret]]'),
  ],
  async build(context, name) {
    const { flags } = context;
    const specs = flags.list('rule');
    const fallback = flags.string('default-backend');
    if (specs.length === 0 && fallback === '')
      throw new KubectlError(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      );
    const hosts = new Map<string, unknown[]>();
    const tls: { hosts?: string[]; secretName?: string }[] = [];
    for (const spec of specs) {
      const match = RULE.exec(spec)?.groups;
      if (match === undefined)
        throw new KubectlError(
          `rule ${spec} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`,
        );
      const { host = '', path = '', service = '', port = '', secret } = match;
      const prefix = path.endsWith('*');
      const list = hosts.get(host) ?? [];
      list.push({
        path: prefix ? path.slice(0, -1) : path,
        pathType: prefix ? 'Prefix' : 'Exact',
        backend: { service: { name: service, port: backendPort(port) } },
      });
      hosts.set(host, list);
      if (match.tls === undefined) continue;
      const same = tls.find((entry) => entry.secretName === secret);
      if (same === undefined) tls.push({ hosts: host === '' ? undefined : [host], secretName: secret });
      else if (host !== '' && same.hosts?.includes(host) !== true) same.hosts = [...(same.hosts ?? []), host];
    }
    const annotations: Record<string, string> = {};
    for (const pair of flags.list('annotation')) {
      const equals = pair.indexOf('=');
      if (equals < 0) throw new KubectlError(`annotation ${pair} is invalid and should be in format key=[value]`);
      annotations[pair.slice(0, equals)] = pair.slice(equals + 1);
    }
    if (fallback !== '' && !/^[\w-]+:[\w-]+$/.test(fallback))
      throw new KubectlError('default-backend should be in format servicename:serviceport');
    return {
      kind: 'Ingress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: meta(name, {
        namespace: await explicitNamespace(context),
        annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
      }),
      spec: {
        ingressClassName: flags.string('class') || undefined,
        defaultBackend: fallback === '' ? undefined : backend(fallback),
        tls: tls.length === 0 ? undefined : tls,
        rules:
          hosts.size === 0
            ? undefined
            : [...hosts].map(([host, paths]) => ({ host: host || undefined, http: { paths } })),
      },
      status: { loadBalancer: {} },
    };
  },
};

const BOUND_KINDS: Record<string, string> = { Pod: 'v1', Secret: 'v1', Node: 'v1' };

async function runToken(context: Context): Promise<undefined> {
  const { flags } = context;
  const name = nameFromArgs(context);
  const [kind, boundName, uid] = ['kind', 'name', 'uid'].map((part) => flags.string(`bound-object-${part}`)) as [
    string,
    string,
    string,
  ];
  if (kind === '' && boundName !== '')
    throw new KubectlError('--bound-object-name can only be set if --bound-object-kind is provided');
  if (kind === '' && uid !== '')
    throw new KubectlError('--bound-object-uid can only be set if --bound-object-kind is provided');
  if (kind !== '' && BOUND_KINDS[kind] === undefined)
    throw new KubectlError(`supported --bound-object-kind values are ${Object.keys(BOUND_KINDS).sort().join(', ')}`);
  if (kind !== '' && boundName === '')
    throw new KubectlError('--bound-object-name is required if --bound-object-kind is provided');
  const duration = flags.duration('duration');
  if (duration < 0) throw new KubectlError('--duration must be greater than or equal to 0');
  if (duration % 1000 !== 0) throw new KubectlError('--duration cannot be expressed in units less than seconds');
  const { namespace: where } = await context.config();
  const audiences = flags.list('audience');
  const request = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: null },
    spec: {
      audiences: audiences.length === 0 ? null : audiences,
      expirationSeconds: duration === 0 ? null : duration / 1000,
      boundObjectRef:
        kind === '' ? null : { kind, apiVersion: BOUND_KINDS[kind], name: boundName, ...(uid === '' ? {} : { uid }) },
    },
  };
  const api = await context.api();
  let answer: ApiObject;
  try {
    answer = await api.request('POST', `/api/v1/namespaces/${where}/serviceaccounts/${name}/token`, { body: request });
  } catch (error) {
    throw new KubectlError(`failed to create token: ${asError(error).message}`);
  }
  const { token } = (answer.status ?? {}) as { token?: string };
  if (token === undefined || token === '')
    throw new KubectlError('failed to create token: no token in server response');
  if (flags.string('output') === '') context.out(context.env.stdout.isTerminal ? `${token}\n` : token);
  else context.out((await printerFor(context, { ordered: true }))(answer));
  return undefined;
}

export const tokenCommand: Command = {
  name: 'token',
  use: 'create token SERVICE_ACCOUNT_NAME',
  short: 'Ask for a token of a ServiceAccount',
  flags: [
    ...printFlags(),
    flag('audience', 'stringArray', '[]', 'Who the token is for'),
    flag('bound-object-kind', 'string', '', 'Kind of the object the token is bound to: Pod, Secret or Node'),
    flag('bound-object-name', 'string', '', 'Name of the object the token is bound to'),
    flag('bound-object-uid', 'string', '', 'UID of the object the token is bound to'),
    flag('duration', 'duration', '0s', 'How long the token is valid, such as 10m'),
  ],
  run: runToken,
};
