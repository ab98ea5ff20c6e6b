import type { ApiObject } from '../../api.ts';
import type { Context } from '../../command.ts';
import { resourcePath } from '../../discovery.ts';
import { dryRunOf } from '../../dry-run.ts';
import { asError, isNotFound, KubectlError, throwErrors } from '../../errors.ts';
import { createObject } from '../../mutate.ts';
import { operationPrinter } from '../../printers/print-flags.ts';
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

function mergedRole(live: ApiObject, wanted: ApiObject, removeExtra: boolean): ApiObject | undefined {
  const [old, target] = [(live.rules ?? []) as Rule[], (wanted.rules ?? []) as Rule[]];
  const missing = target.filter((rule) => !covered(rule, old));
  const extra = old.filter((rule) => !covered(rule, target));
  if (missing.length === 0 && !(removeExtra && extra.length > 0)) return undefined;
  return { ...live, rules: removeExtra ? target : [...old, ...missing] };
}

function mergedBinding(live: ApiObject, wanted: ApiObject, removeExtra: boolean): ApiObject | undefined {
  const [old, target] = [(live.subjects ?? []) as Subject[], (wanted.subjects ?? []) as Subject[]];
  const missing = target.filter((subject) => !old.some((other) => sameSubject(subject, other)));
  const extra = old.filter((subject) => !target.some((other) => sameSubject(subject, other)));
  if (missing.length === 0 && !(removeExtra && extra.length > 0)) return undefined;
  return { ...live, subjects: removeExtra ? target : [...old, ...missing] };
}

async function reconcileOne(context: Context, info: Info): Promise<void> {
  const { flags } = context;
  const dryRun = dryRunOf(context);
  const { mapping, object } = info;
  if (mapping.group !== 'rbac.authorization.k8s.io') return;
  const api = await context.api();
  const printer = await operationPrinter(context, 'reconciled', dryRun);
  let live: ApiObject;
  try {
    live = await fetchObject(api, mapping, info.namespace, info.name);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (mapping.namespaced && dryRun === 'none') {
      try {
        await api.get(`/api/v1/namespaces/${info.namespace}`);
      } catch (missing) {
        if (!isNotFound(missing)) throw missing;
        await api.request('POST', '/api/v1/namespaces', {
          body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name: info.namespace } },
        });
      }
    }
    context.out(
      printer(dryRun === 'client' ? object : await createObject(context, mapping, info.namespace, object, dryRun)),
    );
    return;
  }
  const isRole = mapping.kind === 'Role' || mapping.kind === 'ClusterRole';
  const after = isRole
    ? mergedRole(live, object, flags.bool('remove-extra-permissions'))
    : mergedBinding(live, object, flags.bool('remove-extra-subjects'));
  if (after === undefined || dryRun === 'client') {
    context.out(printer(after ?? live));
    return;
  }
  const answer = await api.request<ApiObject>('PUT', resourcePath(mapping, info.namespace, info.name), {
    body: after,
    query: { dryRun: dryRun === 'server' ? 'All' : undefined },
  });
  context.out(printer(answer));
}

/** `kubectl auth reconcile` */
export async function reconcile(context: Context): Promise<undefined> {
  const files = filenameOptions(context);
  if (context.args.length > 0) throw new KubectlError('no arguments are allowed');
  requireFiles(files);
  const { namespace, namespaceExplicit } = await context.config();
  const { infos, errors } = await queryResources(context, { files, namespace, enforceNamespace: namespaceExplicit });
  for (const info of infos) {
    try {
      await reconcileOne(context, info);
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}
