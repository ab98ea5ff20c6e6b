import type { Taint } from 'kubernetes-types/core/v1';
import { parseDocument } from 'yaml';
import { isObject } from '../../api/equality.ts';
import { goQuote } from '../../api/go-format.ts';
import { goYamlMessage } from '../../api/yaml-error.ts';
import { MILLISECOND, MINUTE, type Micros, SECOND } from '../../engine/index.ts';
import { parseIPv4 } from '../../network/ipv4.ts';
import type { KubeletConfiguration, Remark } from './configuration.ts';
import { jsonKind, readFields } from './configuration-fields.ts';
import { validateConfiguration } from './configuration-validation.ts';
import { evictionThresholds } from './eviction-thresholds.ts';
import { reservedResources } from './reserved-resources.ts';

/** A file as it was decoded, with defaults: see `configuration-fields.ts` for what is in it. */
export type GivenConfiguration = Readonly<Record<string, unknown>>;

/** What an empty value stands for (SetDefaults_KubeletConfiguration), as far as somebody looks at it. */
const DEFAULTS: GivenConfiguration = {
  fileCheckFrequency: 20 * SECOND,
  port: 10_250,
  registryBurst: 10,
  eventBurst: 100,
  nodeStatusUpdateFrequency: 10 * SECOND,
  nodeLeaseDurationSeconds: 40,
  imageMinimumGCAge: 2 * MINUTE,
  topologyManagerPolicy: 'none',
  topologyManagerScope: 'container',
  hairpinMode: 'promiscuous-bridge',
  maxPods: 110,
  evictionPressureTransitionPeriod: 5 * MINUTE,
  containerLogMaxSize: '10Mi',
  podLogsDir: '/var/log/pods',
};

/** The same of fields that are pointers, where nothing but their absence counts. */
const POINTERS: GivenConfiguration = {
  registryPullQPS: 5,
  eventRecordQPS: 50,
  healthzPort: 10_248,
  oomScoreAdj: -999,
  imageGCHighThresholdPercent: 85,
  imageGCLowThresholdPercent: 80,
  cgroupsPerQOS: true,
  cpuCFSQuotaPeriod: 100_000,
  nodeStatusMaxImages: 50,
  kubeAPIQPS: 50,
  iptablesMasqueradeBit: 14,
  iptablesDropBit: 15,
  containerLogMaxFiles: 5,
  containerLogMaxWorkers: 1,
  containerLogMonitorInterval: 10 * SECOND,
  enforceNodeAllocatable: ['pods'],
  enableSystemLogHandler: true,
  memoryThrottlingFactor: 0.9,
  registerNode: true,
};

/** Upstream repeats things without a pause when it is told a period of nothing or less; how often that is, depends on the machine: here, so often. */
const SHORTEST_PERIOD: Micros = 100 * MILLISECOND;

const GROUP_VERSION = 'kubelet.config.k8s.io/v1beta1';
const KIND = 'KubeletConfiguration';
/** What Go calls the type that it looks for kind and version with. */
const TYPE_META = String.raw`struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`;

/** A configuration with which the kubelet ends, in its words. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads the kubelet's configuration file: decodes it, fills in defaults, validates it (app.NewKubeletCommand). What it says beside is pushed to
 * `remarks`. Throws a ConfigurationError with what the kubelet ends with.
 */
export function readConfiguration(path: string, text: string, remarks: Remark[]): Loaded {
  let given: GivenConfiguration;
  try {
    if (text === '') throw new Error(`kubelet config file ${goQuote(path)} was empty`);
    given = withDefaults(decode(text, remarks));
  } catch (error) {
    throw loadError(path, error instanceof Error ? error.message : String(error));
  }
  const errors = validateConfiguration(given);
  if (errors.length > 0) {
    const all = errors.length === 1 ? errors[0] : `[${[...new Set(errors)].join(', ')}]`;
    // What is called the path is the object, of which Go prints no more than this.
    const message = `failed to validate kubelet configuration, error: ${all}, path: &TypeMeta{Kind:,APIVersion:,}`;
    throw new ConfigurationError(message);
  }
  const { x509 } = (given.authentication ?? {}) as { x509?: { clientCAFile?: string } };
  try {
    return { configuration: configurationOf(given, remarks), clientCaFile: x509?.clientCAFile ?? '' };
  } catch (error) {
    throw new ConfigurationError(`failed to run Kubelet: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export interface Loaded {
  readonly configuration: KubeletConfiguration;
  /** Empty for none. */
  readonly clientCaFile: string;
}

/** The file cannot be loaded, for that reason (loadConfigFile). */
export function loadError(path: string, reason: string): ConfigurationError {
  return new ConfigurationError(
    `failed to load kubelet config file, path: ${path}, error: failed to load Kubelet config file ${path}, error ${reason}`,
  );
}

/** Strictly first; what only that complains of is a remark (codec.DecodeKubeletConfiguration). */
function decode(text: string, remarks: Remark[]): GivenConfiguration {
  try {
    const document = parseDocument(text, { logLevel: 'silent', uniqueKeys: false });
    if (document.errors.length > 0) throw new Error(goYamlMessage(document.errors, text));
    const value: unknown = document.toJS() ?? {};
    const { kind, apiVersion } = typeMeta(value);
    if (kind === '') throw new Error(`Object 'Kind' is missing in '${text}'`);
    if (apiVersion === '') throw new Error(`Object 'apiVersion' is missing in '${text}'`);
    if (kind !== KIND || apiVersion !== GROUP_VERSION)
      throw new Error(
        `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/kubelet/apis/config/scheme/scheme.go:33"`,
      );
    const strict = duplicates(text);
    const fields = readFields(value, strict);
    if (strict.length > 0) {
      const all = goQuote(`strict decoding error: ${strict.join(', ')}`);
      remarks.push(['I', `codec.go:112] "Using lenient decoding as strict decoding failed" err=${all}`]);
    }
    return fields;
  } catch (error) {
    throw new Error(`failed to decode: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function typeMeta(value: unknown): { kind: string; apiVersion: string } {
  const wrong = (what: unknown, type: string) =>
    new Error(`couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonKind(what)} into Go ${type}`);
  if (!isObject(value)) throw wrong(value, `value of type ${TYPE_META}`);
  const field = (name: 'kind' | 'apiVersion') => {
    const text = value[name] ?? '';
    if (typeof text !== 'string') throw wrong(text, `struct field .${name} of type string`);
    return text;
  };
  return { kind: field('kind'), apiVersion: field('apiVersion') };
}

/** Keys that are there twice, as go-yaml complains of them. */
function duplicates(text: string): string[] {
  const lines = parseDocument(text, { logLevel: 'silent' })
    .errors.filter(({ code }) => code === 'DUPLICATE_KEY')
    .map(({ linePos }) => {
      const line = linePos?.[0].line ?? 1;
      const key = /^[\s-]*["']?([^"':]+)/.exec(text.split('\n')[line - 1] ?? '')?.[1] ?? '';
      return `  line ${line}: key ${goQuote(key)} already set in map`;
    });
  return lines.length === 0 ? [] : [`yaml: unmarshal errors:\n${lines.join('\n')}`];
}

function withDefaults(fields: GivenConfiguration): GivenConfiguration {
  const given: Record<string, unknown> = { ...POINTERS, ...fields };
  for (const [name, value] of Object.entries(DEFAULTS)) given[name] = fields[name] || value;
  const { nodeStatusReportFrequency, nodeStatusUpdateFrequency, serializeImagePulls, maxParallelImagePulls } = fields;
  // Who says how often to look says how often to tell.
  given.nodeStatusReportFrequency = nodeStatusReportFrequency || nodeStatusUpdateFrequency || 5 * MINUTE;
  given.serializeImagePulls = serializeImagePulls ?? ((maxParallelImagePulls as number | undefined) ?? 1) < 2;
  return given;
}

function configurationOf(given: GivenConfiguration, remarks: Remark[]): KubeletConfiguration {
  const number = (name: string) => (given[name] as number | undefined) ?? 0;
  const period = (name: string) => Math.max(SHORTEST_PERIOD, number(name));
  const list = (name: string) => (given[name] as readonly string[] | undefined) ?? [];
  const text = (name: string) => (given[name] as string | undefined) ?? '';
  const map = (name: string) => given[name] as Readonly<Record<string, string>> | undefined;
  const most = given.maxParallelImagePulls as number | undefined;
  return {
    staticPodPath: absolute(text('staticPodPath')),
    fileCheckFrequency: period('fileCheckFrequency'),
    port: number('port'),
    healthzPort: number('healthzPort'),
    clusterDns: list('clusterDNS').filter((address) => {
      const isAddress = parseIPv4(address) !== undefined;
      if (!isAddress) remarks.push(['I', `kubelet.go:476] "Invalid clusterDNS IP" IP=${goQuote(address)}`]);
      return isAddress;
    }),
    clusterDomain: text('clusterDomain'),
    nodeStatusUpdateFrequency: period('nodeStatusUpdateFrequency'),
    nodeStatusReportFrequency: number('nodeStatusReportFrequency'),
    nodeStatusMaxImages: number('nodeStatusMaxImages'),
    nodeLeaseDurationSeconds: number('nodeLeaseDurationSeconds'),
    imageMinimumGcAge: number('imageMinimumGCAge'),
    imageMaximumGcAge: number('imageMaximumGCAge'),
    imageGcHighThresholdPercent: number('imageGCHighThresholdPercent'),
    imageGcLowThresholdPercent: number('imageGCLowThresholdPercent'),
    maxPods: number('maxPods'),
    podsPerCore: number('podsPerCore'),
    maxParallelImagePulls: given.serializeImagePulls === true ? 1 : (most ?? Number.POSITIVE_INFINITY),
    kubeReserved: reservedResources('--kube-reserved', map('kubeReserved') ?? {}),
    systemReserved: reservedResources('--system-reserved', map('systemReserved') ?? {}),
    evictionThresholds: evictionThresholds({
      hard: map('evictionHard'),
      soft: map('evictionSoft') ?? {},
      graces: map('evictionSoftGracePeriod') ?? {},
      merge: given.mergeDefaultEvictionSettings === true,
    }),
    evictionPressureTransitionPeriod: number('evictionPressureTransitionPeriod'),
    evictionMaxPodGracePeriod: number('evictionMaxPodGracePeriod'),
    allowedUnsafeSysctls: list('allowedUnsafeSysctls'),
    shutdownGracePeriod: number('shutdownGracePeriod'),
    shutdownGracePeriodCriticalPods: number('shutdownGracePeriodCriticalPods'),
    registerNode: given.registerNode === true,
    registerWithTaints: (given.registerWithTaints as readonly Taint[] | undefined) ?? [],
  };
}

/** Relative paths count from the file's own directory (resolveRelativePaths). */
function absolute(path: string): string {
  const whole = path === '' || path.startsWith('/') ? path : `/var/lib/kubelet/${path}`;
  return whole.replace(/(?<=.)\/+$/, '');
}
