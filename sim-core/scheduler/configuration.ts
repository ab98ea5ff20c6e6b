import { isObject } from '../api/equality.ts';
import { defaultPlugins, defaultProfile } from './default-profile.ts';
import type { Handle, Plugin, PluginEntry, Profile } from './framework.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { nodeResourcesBalancedAllocation } from './plugins/node-resources-balanced-allocation.ts';
import { nodeResourcesFit, type ScoringStrategy } from './plugins/node-resources-fit.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';

/** A configuration that kube-scheduler would not start with; the message names the field. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const VERSION = 'kubescheduler.config.k8s.io/v1';
/** Functions of a plugin that belong to an extension point which a configuration may switch off by itself. */
const POINTS: Readonly<Record<string, readonly (keyof Plugin)[]>> = {
  filter: ['filter'],
  postFilter: ['postFilter'],
  preScore: ['preScore'],
  score: ['preScore', 'score', 'normalize'],
};
const SCORING = ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'];

/** Plugins whose arguments a configuration may give (`pluginConfig`), made anew from them. */
const CONFIGURABLE: Readonly<Record<string, (args: Record<string, unknown>) => PluginEntry['plugin']>> = {
  NodeResourcesFit: (args) => {
    const strategy = args.scoringStrategy as ScoringStrategy | undefined;
    if (strategy !== undefined && !SCORING.includes(strategy.type))
      throw new ConfigurationError(
        `scoringStrategy.type: Unsupported value: ${JSON.stringify(strategy.type)}: supported values: ${SCORING.map((type) => `"${type}"`).join(', ')}`,
      );
    return nodeResourcesFit(args);
  },
  NodeResourcesBalancedAllocation: ({ resources }) => nodeResourcesBalancedAllocation(resources as never),
  PodTopologySpread: (args) => (handle) => podTopologySpread(handle, args),
  InterPodAffinity: (args) => (handle) => interPodAffinity(handle, args),
};

/**
 * The profiles of a KubeSchedulerConfiguration (kubescheduler.config.k8s.io/v1): the default plugins, with what each profile switches off,
 * weighs otherwise or gives arguments to. Throws `ConfigurationError` for what upstream refuses, and for what is not served here.
 */
export function profilesOf(configuration: unknown): Profile[] {
  if (!isObject(configuration) || configuration.kind !== 'KubeSchedulerConfiguration')
    throw new ConfigurationError('the file holds no KubeSchedulerConfiguration');
  if (configuration.apiVersion !== VERSION)
    throw new ConfigurationError(
      `no kind "KubeSchedulerConfiguration" is registered for version ${JSON.stringify(configuration.apiVersion)}; v1.33 reads "${VERSION}"`,
    );
  const profiles = listOf(configuration.profiles, 'profiles').map((profile, index) =>
    profileOf(profile, `profiles[${index}]`),
  );
  if (profiles.length === 0) return [defaultProfile];
  const names = profiles.map(({ schedulerName }) => schedulerName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigurationError(`profiles: Duplicate value: ${JSON.stringify(twice)}`);
  return profiles;
}

function profileOf(profile: Record<string, unknown>, at: string): Profile {
  const { schedulerName = 'default-scheduler', percentageOfNodesToScore, plugins = {}, pluginConfig } = profile;
  if (typeof schedulerName !== 'string' || schedulerName === '')
    throw new ConfigurationError(`${at}.schedulerName: Required value`);
  let entries = withArguments(defaultPlugins, listOf(pluginConfig, `${at}.pluginConfig`), `${at}.pluginConfig`);
  if (!isObject(plugins)) throw new ConfigurationError(`${at}.plugins: must be an object`);
  for (const [point, set] of Object.entries(plugins)) {
    if (!isObject(set)) throw new ConfigurationError(`${at}.plugins.${point}: must be an object`);
    const field = `${at}.plugins.${point}`;
    const enabled = listOf(set.enabled, `${field}.enabled`);
    const disabled = listOf(set.disabled, `${field}.disabled`);
    if (point === 'multiPoint') entries = everywhere(entries, enabled, disabled, field);
    else if (Object.hasOwn(POINTS, point)) entries = atPoint(entries, point, enabled, disabled, field);
    else throw new ConfigurationError(`${field}: plugins cannot be chosen for this extension point here`);
  }
  return {
    schedulerName,
    plugins: entries,
    ...(typeof percentageOfNodesToScore === 'number' ? { percentageOfNodesToScore } : {}),
  };
}

function withArguments(
  entries: readonly PluginEntry[],
  configured: readonly Record<string, unknown>[],
  at: string,
): PluginEntry[] {
  const result = [...entries];
  for (const [index, { name, args = {} }] of configured.entries()) {
    const position = indexOf(result, name, `${at}[${index}].name`);
    if (!Object.hasOwn(CONFIGURABLE, name as string))
      throw new ConfigurationError(`${at}[${index}]: the arguments of ${name} cannot be set here`);
    if (!isObject(args)) throw new ConfigurationError(`${at}[${index}].args: must be an object`);
    result[position] = { ...result[position]!, plugin: CONFIGURABLE[name as string]!(args) };
  }
  return result;
}

/** `multiPoint`: all functions of a plugin at once. */
function everywhere(
  entries: readonly PluginEntry[],
  enabled: readonly Record<string, unknown>[],
  disabled: readonly Record<string, unknown>[],
  at: string,
): PluginEntry[] {
  const all = disabled.some(({ name }) => name === '*');
  for (const { name } of disabled) if (name !== '*') indexOf(entries, name, `${at}.disabled`);
  const kept = entries.filter(
    (entry) => isNeeded(entry) || !(all || disabled.some(({ name }) => name === nameOf(entry))),
  );
  for (const { name, weight } of enabled) {
    const entry = entries[indexOf(entries, name, `${at}.enabled`)]!;
    const weighed = { ...entry, ...(typeof weight === 'number' ? { weight } : {}) };
    const position = kept.indexOf(entry);
    if (position < 0) kept.push(weighed);
    else kept[position] = weighed;
  }
  return kept;
}

/** One extension point: its functions go, or its weight changes. */
function atPoint(
  entries: readonly PluginEntry[],
  point: string,
  enabled: readonly Record<string, unknown>[],
  disabled: readonly Record<string, unknown>[],
  at: string,
): PluginEntry[] {
  const all = disabled.some(({ name }) => name === '*');
  for (const { name } of disabled) if (name !== '*') indexOf(entries, name, `${at}.disabled`);
  for (const { name } of enabled) indexOf(entries, name, `${at}.enabled`);
  return entries.map((entry) => {
    const again = enabled.find(({ name }) => name === nameOf(entry));
    if (again !== undefined) return typeof again.weight === 'number' ? { ...entry, weight: again.weight } : entry;
    return all || disabled.some(({ name }) => name === nameOf(entry)) ? without(entry, POINTS[point]!) : entry;
  });
}

function without({ plugin, ...entry }: PluginEntry, functions: readonly (keyof Plugin)[]): PluginEntry {
  const strip = (whole: Plugin): Plugin =>
    Object.fromEntries(Object.entries(whole).filter(([name]) => !functions.includes(name as keyof Plugin))) as never;
  return {
    ...entry,
    plugin: typeof plugin === 'function' ? (handle: Handle) => strip(plugin(handle)) : strip(plugin),
  };
}

/** A scheduler without these can neither order nor bind pods; upstream refuses to start, here they stay. */
function isNeeded(entry: PluginEntry): boolean {
  return ['PrioritySort', 'DefaultBinder'].includes(nameOf(entry));
}

function nameOf({ plugin, name }: PluginEntry): string {
  if (name !== undefined) return name;
  if (typeof plugin === 'function') throw new TypeError('a plugin that a factory makes needs a name in its profile');
  return plugin.name;
}

function indexOf(entries: readonly PluginEntry[], name: unknown, at: string): number {
  const index = entries.findIndex((entry) => nameOf(entry) === name);
  if (index < 0) throw new ConfigurationError(`${at}: Invalid value: ${JSON.stringify(name)}: plugin does not exist`);
  return index;
}

function listOf(value: unknown, at: string): readonly Record<string, unknown>[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isObject)) throw new ConfigurationError(`${at}: must be a list of objects`);
  return value;
}
