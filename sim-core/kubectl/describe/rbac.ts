import type { ApiObject } from '../api.ts';
import { labelsAndAnnotations } from './common.ts';
import { type Describer, list, text } from './writer.ts';

interface Rule {
  resources: string[];
  urls: string[];
  names: string[];
  verbs: string[];
}

/** One rule for each resource, groups as suffixes (BreakdownRule). */
function breakDown(role: ApiObject): Rule[] {
  const rules: Rule[] = [];
  for (const rule of list(role, 'rules')) {
    const verbs = list<string>(rule, 'verbs');
    const names = list<string>(rule, 'resourceNames');
    for (const group of list<string>(rule, 'apiGroups'))
      for (const resource of list<string>(rule, 'resources')) {
        const [base = '', sub] = resource.split('/');
        const full = (group === '' ? base : `${base}.${group}`) + (sub === undefined ? '' : `/${sub}`);
        if (names.length === 0) rules.push({ resources: [full], urls: [], names: [], verbs });
        else for (const name of names) rules.push({ resources: [full], urls: [], names: [name], verbs });
      }
    for (const url of list<string>(rule, 'nonResourceURLs'))
      rules.push({ resources: [], urls: [url], names: [], verbs });
  }
  return rules;
}

/** Rules that differ only in their verbs become one (CompactRules), then the longest resource names come last as upstream sorts. */
function compact(rules: readonly Rule[]): Rule[] {
  const merged: Rule[] = [];
  for (const rule of rules) {
    const key = (item: Rule): string => JSON.stringify([item.resources, item.urls, item.names]);
    const same = merged.find((item) => key(item) === key(rule));
    if (same === undefined) merged.push({ ...rule, verbs: [...rule.verbs] });
    else for (const verb of rule.verbs) if (!same.verbs.includes(verb)) same.verbs.push(verb);
  }
  const sortKey = (rule: Rule): string => JSON.stringify([rule.resources, rule.urls, rule.names]);
  return merged
    .map((rule, index) => ({ rule, index }))
    .sort((a, b) => compareRules(a.rule, b.rule, sortKey) || a.index - b.index)
    .map(({ rule }) => rule);
}

/** The order of upstream's SortableRuleSlice: the rule's text, as protobuf prints it. */
function compareRules(a: Rule, b: Rule, key: (rule: Rule) => string): number {
  const [x, y] = [protoText(a), protoText(b)];
  if (x === y) return key(a) < key(b) ? -1 : 1;
  return x < y ? -1 : 1;
}

function protoText(rule: Rule): string {
  const [full = ''] = rule.resources;
  const dot = full.indexOf('.');
  const slash = full.indexOf('/');
  const base = dot < 0 ? full : full.slice(0, dot) + (slash < 0 ? '' : full.slice(slash));
  const group = dot < 0 ? '' : full.slice(dot + 1, slash < 0 ? undefined : slash);
  const wrap = (items: readonly string[]): string => `[${items.join(' ')}]`;
  return `&PolicyRule{Verbs:${wrap(rule.verbs)},APIGroups:${wrap(full === '' ? [] : [group])},Resources:${wrap(full === '' ? [] : [base])},ResourceNames:${wrap(rule.names)},NonResourceURLs:${wrap(rule.urls)},}`;
}

const describeRole: Describer = async (writer, role) => {
  writer.line(0, 'Name:', role.metadata.name ?? '');
  labelsAndAnnotations(writer, role);
  writer.write(0, 'PolicyRule:\n');
  writer.write(1, 'Resources\tNon-Resource URLs\tResource Names\tVerbs\n');
  writer.write(1, '---------\t-----------------\t--------------\t-----\n');
  for (const rule of compact(breakDown(role))) {
    const wrap = (items: readonly string[]): string => `[${items.join(' ')}]`;
    writer.line(1, rule.resources.join(','), wrap(rule.urls), wrap(rule.names), wrap(rule.verbs));
  }
};

const describeBinding: Describer = async (writer, binding) => {
  writer.line(0, 'Name:', binding.metadata.name ?? '');
  labelsAndAnnotations(writer, binding);
  writer.write(0, 'Role:\n');
  writer.line(1, 'Kind:', text(binding, 'roleRef', 'kind'));
  writer.line(1, 'Name:', text(binding, 'roleRef', 'name'));
  writer.write(0, 'Subjects:\n');
  writer.write(1, 'Kind\tName\tNamespace\n');
  writer.write(1, '----\t----\t---------\n');
  for (const subject of list(binding, 'subjects'))
    writer.line(1, text(subject, 'kind'), text(subject, 'name'), text(subject, 'namespace'));
};

export { describeBinding, describeRole };
