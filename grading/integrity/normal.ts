import type { Drawn } from '../format/variants.ts';

/** Words that kubectl takes for the same. */
const SAME: Readonly<Record<string, string>> = {
  k: 'kubectl',
  po: 'pods',
  pod: 'pods',
  deploy: 'deployments',
  deployment: 'deployments',
  svc: 'services',
  service: 'services',
  rs: 'replicasets',
  replicaset: 'replicasets',
  sts: 'statefulsets',
  statefulset: 'statefulsets',
  ds: 'daemonsets',
  daemonset: 'daemonsets',
  cm: 'configmaps',
  configmap: 'configmaps',
  secret: 'secrets',
  ns: 'namespaces',
  namespace: 'namespaces',
  no: 'nodes',
  node: 'nodes',
  job: 'jobs',
  cj: 'cronjobs',
  cronjob: 'cronjobs',
  event: 'events',
  ev: 'events',
  '-n': '--namespace',
  '-o': '--output',
  '-f': '--filename',
  '-l': '--selector',
  '-A': '--all-namespaces',
  '-w': '--watch',
};

/**
 * A command as commands are compared: however it was spaced and whichever short names were used, and with the learner's own names and numbers
 * replaced by what they stand for, so that a command taken from somebody else and mended is still the same.
 */
export function normalCommand(line: string, own: ReadonlyMap<string, string>): string {
  const words = line
    .trim()
    .split(/\s+/)
    .flatMap((word) =>
      /^--?[\w-]+=/.test(word) ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : [word],
    )
    .map((word) => {
      const [kind, ...name] = word.split('/');
      if (name.length > 0 && Object.hasOwn(SAME, kind!)) return `${SAME[kind!]}/${name.join('/')}`;
      return Object.hasOwn(SAME, word) ? SAME[word]! : word;
    });
  let text = words.join(' ').replaceAll(/["']/g, '');
  for (const [value, name] of own) text = text.replaceAll(value, name);
  return text;
}

/** The values that a seed has drawn, longest first, each with the name that it stands for. */
export function ownValues(drawn: Drawn): Map<string, string> {
  const values = Object.entries(drawn).flatMap(([name, value]) =>
    typeof value === 'object'
      ? Object.entries(value).map(([field, inner]): [string, string] => [String(inner), `<<${name}.${field}>>`])
      : [[String(value), `<<${name}>>`] as [string, string]],
  );
  // One or two signs could be part of anything.
  return new Map(
    values.filter(([value]) => value.length > 2).sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1)),
  );
}
