import { isObject } from '../../api/equality.ts';
import { goQuote } from '../../api/go-format.ts';
import { parseGoDuration } from './go-duration.ts';

/** What a field holds: of `duration`s the microseconds are kept. `map` and `flags` hold strings and booleans by name. */
type Kind =
  | 'bool'
  | 'string'
  | 'int32'
  | 'int64'
  | 'float64'
  | 'duration'
  | 'strings'
  | 'map'
  | 'flags'
  | 'any'
  | Struct;

interface Struct {
  /** Go's name of the type. */
  readonly name: string;
  readonly fields: Readonly<Record<string, Kind>>;
}

/** Fields that the file may have (k8s.io/kubelet/config/v1beta1.KubeletConfiguration of v1.33), by what they hold. */
const PLAIN: Readonly<Record<Exclude<Kind, Struct>, string>> = {
  bool: `enableServer rotateCertificates serverTLSBootstrap enableDebuggingHandlers enableContentionProfiling cgroupsPerQOS
    singleProcessOOMKill runOnce cpuCFSQuota serializeImagePulls mergeDefaultEvictionSettings enableControllerAttachDetach
    protectKernelDefaults makeIPTablesUtilChains failSwapOn kernelMemcgNotification enableSystemLogHandler enableSystemLogQuery
    enableProfilingHandler enableDebugFlagsHandler seccompDefault registerNode localStorageCapacityIsolation failCgroupV1`,
  string: `apiVersion kind staticPodPath podLogsDir staticPodURL address tlsCertFile tlsPrivateKeyFile tlsMinVersion
    imagePullCredentialsVerificationPolicy healthzBindAddress clusterDomain kubeletCgroups systemCgroups cgroupRoot cgroupDriver
    cpuManagerPolicy memoryManagerPolicy topologyManagerPolicy topologyManagerScope hairpinMode podCIDR resolvConf contentType
    containerLogMaxSize configMapAndSecretChangeDetectionStrategy reservedSystemCPUs showHiddenMetricsForVersion
    systemReservedCgroup kubeReservedCgroup volumePluginDir providerID containerRuntimeEndpoint imageServiceEndpoint`,
  int32: `port readOnlyPort registryPullQPS registryBurst eventRecordQPS eventBurst healthzPort oomScoreAdj
    nodeLeaseDurationSeconds imageGCHighThresholdPercent imageGCLowThresholdPercent maxPods nodeStatusMaxImages kubeAPIQPS
    kubeAPIBurst maxParallelImagePulls evictionMaxPodGracePeriod podsPerCore iptablesMasqueradeBit iptablesDropBit
    containerLogMaxFiles containerLogMaxWorkers`,
  int64: 'podPidsLimit maxOpenFiles',
  float64: 'memoryThrottlingFactor',
  duration: `syncFrequency fileCheckFrequency httpCheckFrequency streamingConnectionIdleTimeout nodeStatusUpdateFrequency
    nodeStatusReportFrequency imageMinimumGCAge imageMaximumGCAge volumeStatsAggPeriod cpuManagerReconcilePeriod
    runtimeRequestTimeout cpuCFSQuotaPeriod evictionPressureTransitionPeriod containerLogMonitorInterval shutdownGracePeriod
    shutdownGracePeriodCriticalPods`,
  strings:
    'tlsCipherSuites clusterDNS enforceNodeAllocatable allowedUnsafeSysctls preloadedImagesVerificationAllowlist',
  map: `cpuManagerPolicyOptions topologyManagerPolicyOptions qosReserved evictionHard evictionSoft evictionSoftGracePeriod
    evictionMinimumReclaim systemReserved kubeReserved`,
  flags: 'featureGates',
  any: 'staticPodURLHeader shutdownGracePeriodByPodPriority reservedMemory registerWithTaints logging',
};

const struct = (name: string, fields: Record<string, Kind>): Struct => ({ name, fields });

const CONFIGURATION = struct('KubeletConfiguration', {
  ...Object.fromEntries(
    Object.entries(PLAIN).flatMap(([kind, names]) => names.split(/\s+/).map((name) => [name, kind as Kind])),
  ),
  authentication: struct('KubeletAuthentication', {
    x509: struct('KubeletX509Authentication', { clientCAFile: 'string' }),
    webhook: struct('KubeletWebhookAuthentication', { enabled: 'bool', cacheTTL: 'duration' }),
    anonymous: struct('KubeletAnonymousAuthentication', { enabled: 'bool' }),
  }),
  authorization: struct('KubeletAuthorization', {
    mode: 'string',
    webhook: struct('KubeletWebhookAuthorization', {
      cacheAuthorizedTTL: 'duration',
      cacheUnauthorizedTTL: 'duration',
    }),
  }),
  crashLoopBackOff: struct('CrashLoopBackOffConfig', { maxContainerRestartPeriod: 'duration' }),
  memorySwap: struct('MemorySwapConfiguration', { swapBehavior: 'string' }),
  tracing: struct('TracingConfiguration', { endpoint: 'string', samplingRatePerMillion: 'int32' }),
  userNamespaces: struct('UserNamespaces', { idsPerPod: 'int64' }),
});

/** As Go's encoding/json calls what JSON holds. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

const GO_TYPES: Readonly<Record<string, string>> = {
  strings: '[]string',
  map: 'map[string]string',
  flags: 'map[string]bool',
  duration: 'string',
};

/** Reads a value of a struct, and notes fields that it does not have (json.UnmarshalStrict). Throws what Go says of wrong types. */
export function readFields(value: unknown, unknown: string[]): Record<string, unknown> {
  return read(value, CONFIGURATION, '', '', unknown) as Record<string, unknown>;
}

function read(value: unknown, kind: Kind, owner: string, path: string, unknown: string[]): unknown {
  const wrong = (type: string, what = value) => {
    const shown = typeof what === 'number' && type.startsWith('int') ? `number ${what}` : jsonKind(what);
    return new Error(`json: cannot unmarshal ${shown} into Go struct field ${owner}.${path} of type ${type}`);
  };
  if (kind === 'any') return value;
  if (typeof kind === 'object') {
    if (!isObject(value)) throw wrong(`v1beta1.${kind.name}`);
    const found: Record<string, unknown> = {};
    // YAML has become JSON by then, whose keys are in order.
    for (const name of Object.keys(value).sort()) {
      const inner = value[name];
      const at = path === '' ? name : `${path}.${name}`;
      const field = Object.hasOwn(kind.fields, name) ? kind.fields[name] : undefined;
      if (field === undefined) unknown.push(`unknown field ${goQuote(at)}`);
      else if (inner !== null) found[name] = read(inner, field, kind.name, at, unknown);
    }
    return found;
  }
  switch (kind) {
    case 'bool':
      if (typeof value !== 'boolean') throw wrong('bool');
      return value;
    case 'string':
      if (typeof value !== 'string') throw wrong('string');
      return value;
    case 'int32':
    case 'int64':
    case 'float64': {
      if (typeof value !== 'number') throw wrong(kind);
      const fits = kind !== 'int32' || Math.abs(value) < 2 ** 31;
      if (kind !== 'float64' && !(Number.isInteger(value) && fits)) throw wrong(kind);
      return value;
    }
    case 'duration':
      if (typeof value !== 'string')
        throw new Error(`json: cannot unmarshal ${jsonKind(value)} into Go value of type string`);
      return parseGoDuration(value);
    case 'strings':
      if (!Array.isArray(value)) throw wrong('[]string');
      for (const item of value) if (typeof item !== 'string') throw wrong('string', item);
      return value;
    default:
      if (!isObject(value)) throw wrong(GO_TYPES[kind]!);
      for (const item of Object.values(value))
        if (typeof item !== (kind === 'map' ? 'string' : 'boolean'))
          throw wrong(kind === 'map' ? 'string' : 'bool', item);
      return value;
  }
}
