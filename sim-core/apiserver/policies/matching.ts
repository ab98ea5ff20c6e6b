import type { AnyObject } from '../../api/objects.ts';
import { type LabelSelectorObject, labelSelectorAsSelector } from '../../api/selector.ts';
import type { OperationRule } from '../../resources/shared/webhooks.ts';
import type { AdmissionAttributes, AdmissionContext } from '../admission/plugin.ts';

/** MatchResources: which requests a policy or a binding is about. The type package leaves out what Go embeds. */
export interface MatchResources {
  readonly resourceRules?: readonly NamedRule[];
  readonly excludeResourceRules?: readonly NamedRule[];
  readonly namespaceSelector?: LabelSelectorObject;
  readonly objectSelector?: LabelSelectorObject;
  readonly matchPolicy?: string;
}

type NamedRule = OperationRule & { resourceNames?: string[] };

/** Whether a request is one of those meant (policy/matching.Matcher.Matches). Without rules every resource is. */
export function matches(
  constraints: MatchResources | undefined,
  attributes: AdmissionAttributes,
  context: AdmissionContext,
): boolean {
  if (constraints === undefined) return true;
  const { resourceRules = [], excludeResourceRules = [], namespaceSelector, objectSelector, matchPolicy } = constraints;
  const { object, old } = attributes;
  const labelled = (candidate: AnyObject | undefined) =>
    candidate !== undefined && labelSelectorAsSelector(objectSelector ?? {}).matches(candidate.metadata?.labels);
  if (!matchesNamespace(namespaceSelector ?? {}, attributes, context)) return false;
  if (!labelled(object) && !labelled(old)) return false;
  const exact = matchPolicy === 'Exact';
  if (excludeResourceRules.some((rule) => matchesRule(rule, attributes, exact))) return false;
  return resourceRules.length === 0 || resourceRules.some((rule) => matchesRule(rule, attributes, exact));
}

function matchesNamespace(
  selector: LabelSelectorObject,
  { request, object, old }: AdmissionAttributes,
  { store }: AdmissionContext,
): boolean {
  const { resource } = request.target;
  const isNamespace = resource.group === '' && resource.plural === 'namespaces';
  // Objects outside of namespaces are always meant, but for namespaces themselves, which are judged by their own labels.
  if (!isNamespace && !resource.namespaced) return true;
  const namespace = isNamespace ? (object ?? old) : store.get('namespaces', request.namespace ?? '');
  return labelSelectorAsSelector(selector).matches(namespace?.metadata?.labels);
}

/** rules.Matcher: each list of a rule must name the request's, or all with `*`. */
function matchesRule(rule: NamedRule, { operation, request, object }: AdmissionAttributes, exact: boolean): boolean {
  const { target, subresource } = request;
  const { resource } = target;
  const named = (list: readonly string[] | undefined, value: string) =>
    list !== undefined && (list.includes('*') || list.includes(value));
  const versions = exact ? [target] : [resource, ...(resource.otherVersions ?? [])];
  const names = rule.resourceNames ?? [];
  return (
    named(rule.operations, operation) &&
    versions.some(({ group, version }) => named(rule.apiGroups, group) && named(rule.apiVersions, version)) &&
    (rule.resources ?? []).some((asked) => namesResource(asked, resource.plural, subresource)) &&
    (names.length === 0 || names.includes(request.name || object?.metadata?.name || '')) &&
    inScope(rule.scope ?? '*', resource.namespaced)
  );
}

function namesResource(asked: string, plural: string, subresource = ''): boolean {
  const [resource, below] = asked.split('/', 2);
  if (resource !== '*' && resource !== plural) return false;
  if (asked === '*') return subresource === '';
  return below === '*' ? true : (below ?? '') === subresource;
}

function inScope(scope: string, namespaced: boolean): boolean {
  return scope === '*' || (scope === 'Namespaced') === namespaced;
}
