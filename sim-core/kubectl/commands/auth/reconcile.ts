import type { ApiObject } from '../../api.ts';
import type { Context } from '../../command.ts';
import { resourcePath } from '../../discovery.ts';
import { dryRunOf } from '../../dry-run.ts';
import { asError, isNotFound, KubectlError, PlainError, throwErrors } from '../../errors.ts';
import { createObject } from '../../mutate.ts';
import { type ObjectPrinter, operationPrinter } from '../../printers/print-flags.ts';
import { fetchObject, filenameOptions, type Info, queryResources, requireFiles } from '../../resource-builder.ts';

interface Rule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

interface Subject {
  kind: string;
  apiGroup?: string;
  name: string;
  namespace?: string;
}

const FIELDS = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;

/** Each combination that rules grant as a rule of its own (validation.BreakdownRule). */
function singles(rules: readonly Rule[]): Rule[] {
  return rules.flatMap((rule) => {
    let list: Rule[] = [{}];
    for (const field of FIELDS) {
      const values = rule[field] ?? [];
      if (values.length > 0) list = list.flatMap((part) => values.map((value) => ({ ...part, [field]: [value] })));
    }
    return list;
  });
}

const subset = (inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean =>
  (outer ?? []).includes('*') || (inner ?? []).every((item) => (outer ?? []).includes(item));

/** Whether some rule grants all that a rule grants. */
function covered(rule: Rule, rules: readonly Rule[]): boolean {
  return rules.some(
    (other) =>
      subset(rule.verbs, other.verbs) &&
      subset(rule.apiGroups, other.apiGroups) &&
      subset(rule.resources, other.resources) &&
      subset(rule.nonResourceURLs, other.nonResourceURLs) &&
      ((other.resourceNames ?? []).length === 0 ||
        ((rule.resourceNames ?? []).length > 0 && subset(rule.resourceNames, other.resourceNames))),
  );
}

const sameSubject = (a: Subject, b: Subject): boolean =>
  a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');

/** A rule as Go prints a struct. */
function ruleText(rule: Rule): string {
  const list = (values: readonly string[] | undefined): string => `[${(values ?? []).join(' ')}]`;
  return `{Verbs:${list(rule.verbs)} APIGroups:${list(rule.apiGroups)} Resources:${list(rule.resources)} ResourceNames:${list(rule.resourceNames)} NonResourceURLs:${list(rule.nonResourceURLs)}}`;
}

function subjectText({ kind, apiGroup, name, namespace }: Subject): string {
  return `{Kind:${kind} APIGroup:${apiGroup ?? ''} Name:${name} Namespace:${namespace ?? ''}}`;
}

/** What is in one list and not in another, and the list that comes of it. */
interface Difference {
  readonly what: 'rules' | 'subjects';
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly removesExtra: boolean;
  readonly merged: Record<string, unknown>;
}

function ruleDifference(live: ApiObject | undefined, wanted: ApiObject, removesExtra: boolean): Difference {
  const [old, target] = [(live?.rules ?? []) as Rule[], (wanted.rules ?? []) as Rule[]];
  const missing = live === undefined ? target : singles(target).filter((rule) => !covered(rule, old));
  const extra = singles(old).filter((rule) => !covered(rule, target));
  return {
    what: 'rules',
    missing: missing.map(ruleText),
    extra: extra.map(ruleText),
    removesExtra,
    merged: { rules: removesExtra ? target : [...old, ...missing] },
  };
}

function subjectDifference(live: ApiObject | undefined, wanted: ApiObject, removesExtra: boolean): Difference {
  const [old, target] = [(live?.subjects ?? []) as Subject[], (wanted.subjects ?? []) as Subject[]];
  const missing = target.filter((subject) => !old.some((other) => sameSubject(subject, other)));
  const extra = old.filter((subject) => !target.some((other) => sameSubject(subject, other)));
  return {
    what: 'subjects',
    missing: missing.map(subjectText),
    extra: extra.map(subjectText),
    removesExtra,
    merged: { subjects: removesExtra ? target : [...old, ...missing] },
  };
}

function report(context: Context, operation: 'create' | 'update', difference: Difference): void {
  const { what, missing, extra, removesExtra } = difference;
  context.err(`\treconciliation required ${operation}\n`);
  const list = (heading: string, items: readonly string[]): void => {
    if (items.length > 0) context.err(`\t${heading}:\n${items.map((item) => `\t\t${item}\n`).join('')}`);
  };
  list(`missing ${what} added`, missing);
  if (removesExtra) list(`extra ${what} removed`, extra);
}

/** The object's namespace is made where it is not there. One that the file does not name cannot be asked for. */
async function ensureNamespace(context: Context, namespace: string): Promise<void> {
  if (namespace === '') throw new PlainError('resource name may not be empty');
  const api = await context.api();
  try {
    await api.get(`/api/v1/namespaces/${namespace}`);
  } catch (missing) {
    if (!isNotFound(missing)) throw missing;
    await api.request('POST', '/api/v1/namespaces', {
      body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name: namespace } },
    });
  }
}

/** As Go's types write it: without a time of creation it is null. */
function typed(object: ApiObject): ApiObject {
  return { ...object, metadata: { creationTimestamp: null, ...object.metadata } } as unknown as ApiObject;
}

async function reconcileOne(context: Context, info: Info, printer: ObjectPrinter): Promise<void> {
  const { flags } = context;
  const dryRun = dryRunOf(context);
  const { mapping, object } = info;
  if (mapping.group !== 'rbac.authorization.k8s.io') return;
  const api = await context.api();
  let live: ApiObject | undefined;
  try {
    live = await fetchObject(api, mapping, info.namespace, info.name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const isRole = mapping.kind === 'Role' || mapping.kind === 'ClusterRole';
  const difference = isRole
    ? ruleDifference(live, object, flags.bool('remove-extra-permissions'))
    : subjectDifference(live, object, flags.bool('remove-extra-subjects'));
  const query = { dryRun: dryRun === 'server' ? 'All' : undefined };
  if (live === undefined) {
    if (dryRun !== 'client' && mapping.namespaced) await ensureNamespace(context, info.namespace);
    context.out(
      printer(
        dryRun === 'client' ? typed(object) : await createObject(context, mapping, info.namespace, object, dryRun),
      ),
    );
    report(context, 'create', difference);
    return;
  }
  const { missing, extra, removesExtra, merged } = difference;
  if (missing.length === 0 && !(removesExtra && extra.length > 0)) {
    context.out(printer(live));
    return;
  }
  const after = { ...live, ...merged } as ApiObject;
  const path = resourcePath(mapping, info.namespace, info.name);
  context.out(printer(dryRun === 'client' ? after : await api.request<ApiObject>('PUT', path, { body: after, query })));
  report(context, 'update', difference);
}

/** `kubectl auth reconcile` */
export async function reconcile(context: Context): Promise<undefined> {
  const files = filenameOptions(context);
  if (context.args.length > 0) throw new KubectlError('no arguments are allowed');
  requireFiles(files);
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, {
    files,
    namespace,
    enforceNamespace: namespaceExplicit,
    noDefaultNamespace: true,
  });
  const printer = await operationPrinter(context, 'reconciled', dryRunOf(context));
  for (const info of infos) {
    try {
      await reconcileOne(context, info, printer);
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}
