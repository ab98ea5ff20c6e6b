import { type PolicyRule, pathMatches } from './rule.ts';

/** The parts of `wanted` that no rule of `held` covers (validation.Covers). Each part has one group, resource, verb and at most one name. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((part) => !held.some((rule) => covers(rule, part)));
}

function breakDown({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (resourceNames.length === 0) parts.push(part);
        else for (const name of resourceNames) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs) for (const verb of verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] });
  return parts;
}

/** Whether one rule covers a part (ruleCovers). */
function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const all = (allowed: readonly string[] | undefined, asked: readonly string[] = []) =>
    asked.length === 0 || allowed?.includes('*') === true || asked.every((one) => allowed?.includes(one) === true);
  if (!all(rule.verbs, part.verbs) || !all(rule.apiGroups, part.apiGroups)) return false;
  const names = rule.resourceNames ?? [];
  if (names.length > 0 && !(part.resourceNames ?? []).some((name) => names.includes(name))) return false;
  const resources = part.resources ?? [];
  const resourcesCovered = resources.every((resource) => {
    const slash = resource.indexOf('/');
    return (rule.resources ?? []).some(
      (own) => own === '*' || own === resource || (slash >= 0 && own === `*${resource.slice(slash)}`),
    );
  });
  const urls = part.nonResourceURLs ?? [];
  return resourcesCovered && urls.every((url) => (rule.nonResourceURLs ?? []).some((own) => pathMatches(own, url)));
}

/** Parts put together again where they differ in their verbs only (CompactRules). */
export function compact(parts: readonly PolicyRule[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  const simple = new Map<string, { rule: PolicyRule; verbs: string[] }>();
  for (const part of parts) {
    if (part.nonResourceURLs !== undefined) {
      rules.push(part);
      continue;
    }
    const key = JSON.stringify([part.apiGroups, part.resources, part.resourceNames]);
    const found = simple.get(key);
    if (found === undefined) simple.set(key, { rule: part, verbs: [...part.verbs] });
    else if (!found.verbs.includes(part.verbs[0]!)) found.verbs.push(part.verbs[0]!);
  }
  return [...rules, ...[...simple.values()].map(({ rule, verbs }) => ({ ...rule, verbs }))];
}

/** `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}` (CompactString). */
export function ruleText({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const list = (name: string, items: readonly string[] | undefined) =>
    items === undefined || items.length === 0
      ? []
      : [`${name}:[${items.map((item) => JSON.stringify(item)).join(' ')}]`];
  const parts = [
    ...list('APIGroups', apiGroups),
    ...list('Resources', resources),
    ...list('NonResourceURLs', nonResourceURLs),
    ...list('ResourceNames', resourceNames),
    ...list('Verbs', verbs),
  ];
  return `{${parts.join(', ')}}`;
}
