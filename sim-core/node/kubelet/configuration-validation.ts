import { goQuote } from '../../api/go-format.ts';
import { SECOND } from '../../engine/index.ts';
import type { GivenConfiguration } from './configuration-file.ts';
import { goDuration } from './go-duration.ts';

const POLICIES = ['none', 'best-effort', 'restricted', 'single-numa-node'];
const SCOPES = ['container', 'pod'];
const HAIRPIN_MODES = ['none', 'hairpin-veth', 'promiscuous-bridge'];
const ENFORCEMENTS = [
  'pods',
  'system-reserved',
  'system-reserved-compressible',
  'kube-reserved',
  'kube-reserved-compressible',
  'none',
];

/** What is wrong with a configuration, each as upstream words it, with the feature gates of v1.33 unless it sets them (validation.ValidateKubeletConfiguration). */
export function validateConfiguration(given: GivenConfiguration): string[] {
  const errors: string[] = [];
  const number = (name: string) => (given[name] as number | undefined) ?? 0;
  const text = (name: string) => (given[name] as string | undefined) ?? '';
  const fail = (why: string) => errors.push(`invalid configuration: ${why}`);
  const notNegative = (name: string, flag: string) => {
    if (number(name) < 0) fail(`${name} (--${flag}) ${number(name)} must not be a negative number`);
  };
  const within = (name: string, flag: string, least: number, most: number, said = least) => {
    const value = number(name);
    if (value < least || value > most)
      fail(`${name} (--${flag}) ${value} must be between ${said} and ${most}, inclusive`);
  };
  const { featureGates = {} } = given as { featureGates?: Readonly<Record<string, boolean>> };
  const duration = (name: string) => `${number(name) < 0 ? '-' : ''}${goDuration(Math.abs(number(name)))}`;

  if (number('nodeLeaseDurationSeconds') <= 0) fail('nodeLeaseDurationSeconds must be greater than 0');
  if (text('systemCgroups') !== '' && text('cgroupRoot') === '')
    fail('systemCgroups (--system-cgroups) was specified and cgroupRoot (--cgroup-root) was not specified');
  notNegative('eventBurst', 'event-burst');
  notNegative('eventRecordQPS', 'event-qps');
  if (number('healthzPort') !== 0) within('healthzPort', 'healthz-port', 1, 65_535);
  if (number('cpuCFSQuotaPeriod') !== 100_000 && featureGates.CustomCPUCFSQuotaPeriod !== true)
    fail(
      `cpuCFSQuotaPeriod (--cpu-cfs-quota-period) ${duration('cpuCFSQuotaPeriod')} requires feature gate CustomCPUCFSQuotaPeriod`,
    );
  within('imageGCHighThresholdPercent', 'image-gc-high-threshold', 0, 100);
  within('imageGCLowThresholdPercent', 'image-gc-low-threshold', 0, 100);
  const [low, high] = [number('imageGCLowThresholdPercent'), number('imageGCHighThresholdPercent')];
  if (low >= high)
    fail(
      `imageGCLowThresholdPercent (--image-gc-low-threshold) ${low} must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) ${high}`,
    );
  const [youngest, oldest] = [number('imageMinimumGCAge'), number('imageMaximumGCAge')];
  for (const name of ['imageMinimumGCAge', 'imageMaximumGCAge'])
    if (number(name) < 0) fail(`${name} ${duration(name)} must not be negative`);
  if (oldest > 0 && oldest <= youngest)
    fail(`imageMaximumGCAge ${goDuration(oldest)} must be greater than imageMinimumGCAge ${goDuration(youngest)}`);
  within('iptablesDropBit', 'iptables-drop-bit', 0, 31);
  within('iptablesMasqueradeBit', 'iptables-masquerade-bit', 0, 31);
  notNegative('kubeAPIBurst', 'kube-api-burst');
  notNegative('kubeAPIQPS', 'kube-api-qps');
  if (number('nodeStatusMaxImages') < -1)
    fail(`nodeStatusMaxImages (--node-status-max-images) ${number('nodeStatusMaxImages')} must be -1 or greater`);
  notNegative('maxOpenFiles', 'max-open-files');
  notNegative('maxPods', 'max-pods');
  within('oomScoreAdj', 'oom-score-adj', -1000, 1000);
  notNegative('podsPerCore', 'pods-per-core');
  within('port', 'port', 1, 65_535);
  if (number('readOnlyPort') !== 0) within('readOnlyPort', 'read-only-port', 1, 65_535, 0);
  notNegative('registryBurst', 'registry-burst');
  notNegative('registryPullQPS', 'registry-qps');
  const pulls = given.maxParallelImagePulls as number | undefined;
  if (pulls !== undefined && pulls < 1) fail(`maxParallelImagePulls ${pulls} must be a positive number`);
  if (given.serializeImagePulls === true && pulls !== undefined && pulls > 1)
    fail(
      'maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
    );
  if (given.runOnce === true) fail('runOnce (--runOnce) true, Runonce mode has been deprecated and should not be set');
  const list = (names: readonly string[]) => `[${names.map(goQuote).join(' ')}]`;
  if (!POLICIES.includes(text('topologyManagerPolicy')))
    fail(
      `topologyManagerPolicy (--topology-manager-policy) ${goQuote(text('topologyManagerPolicy'))} must be one of: ${list(POLICIES)}`,
    );
  if (!SCOPES.includes(text('topologyManagerScope')))
    fail(
      `topologyManagerScope (--topology-manager-scope) ${goQuote(text('topologyManagerScope'))} must be one of: "container", or "pod"`,
    );
  const [whole, critical] = [number('shutdownGracePeriod'), number('shutdownGracePeriodCriticalPods')];
  if (critical > whole)
    fail(`shutdownGracePeriodCriticalPods ${goDuration(critical)} must be <= shutdownGracePeriod ${goDuration(whole)}`);
  for (const name of ['shutdownGracePeriod', 'shutdownGracePeriodCriticalPods'])
    if (number(name) < 0 || (number(name) > 0 && number(name) < SECOND))
      fail(`${name} ${duration(name)} must be either zero or otherwise >= 1 sec`);
  if (
    ((given.shutdownGracePeriodByPodPriority as readonly unknown[] | undefined) ?? []).length > 0 &&
    whole + critical > 0
  )
    fail('Cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod at the same time');
  const { swapBehavior = '' } = (given.memorySwap ?? {}) as { swapBehavior?: string };
  if (!['', 'LimitedSwap', 'NoSwap'].includes(swapBehavior))
    fail(`memorySwap.swapBehavior ${goQuote(swapBehavior)} must be one of: "", "LimitedSwap" or "NoSwap"`);
  const { maxContainerRestartPeriod: longest } = (given.crashLoopBackOff ?? {}) as {
    maxContainerRestartPeriod?: number;
  };
  if (longest !== undefined && featureGates.KubeletCrashLoopBackOffMax === true) {
    if (longest < SECOND || longest > 300 * SECOND)
      fail(
        `CrashLoopBackOff.MaxContainerRestartPeriod (got: ${longest / SECOND} seconds) must be set between 1s and 300s`,
      );
  } else if (longest !== undefined)
    fail(
      'FeatureGate KubeletCrashLoopBackOffMax not enabled, CrashLoopBackOff.MaxContainerRestartPeriod must not be set',
    );
  validateEnforcements(given, fail);
  if (!HAIRPIN_MODES.includes(text('hairpinMode')))
    fail(
      `option ${goQuote(text('hairpinMode'))} specified for hairpinMode (--hairpin-mode). Valid options are "none", "hairpin-veth" or "promiscuous-bridge"`,
    );
  if (featureGates.KubeletEnsureSecretPulledImages !== true)
    for (const name of ['imagePullCredentialsVerificationPolicy', 'preloadedImagesVerificationAllowlist'])
      if (((given[name] ?? '') as string | readonly string[]).length > 0)
        fail(`\`${name}\` must not be set if KubeletEnsureSecretPulledImages feature gate is not enabled`);
  const factor = number('memoryThrottlingFactor');
  if (factor <= 0 || factor > 1)
    fail(`memoryThrottlingFactor ${factor} must be greater than 0 and less than or equal to 1.0`);
  if (given.enableSystemLogQuery === true && featureGates.NodeLogQuery !== true)
    fail('NodeLogQuery feature gate is required for enableSystemLogHandler');
  if (number('containerLogMaxWorkers') < 1) fail('containerLogMaxWorkers must be greater than or equal to 1');
  if (number('containerLogMonitorInterval') < 3 * SECOND)
    fail('containerLogMonitorInterval must be a positive time duration greater than or equal to 3s');
  if (number('containerLogMaxFiles') <= 1) fail('containerLogMaxFiles must be greater than 1');
  if (!text('podLogsDir').startsWith('/')) fail(`pod logs path ${goQuote(text('podLogsDir'))} must be absolute path`);
  return errors;
}

/** What of the node is kept for whom (--enforce-node-allocatable). */
function validateEnforcements(given: GivenConfiguration, fail: (why: string) => void): void {
  const FLAG = 'enforceNodeAllocatable (--enforce-node-allocatable)';
  const all = (given.enforceNodeAllocatable ?? []) as readonly string[];
  const seen = new Set<string>();
  for (const value of all) {
    if (seen.has(value)) {
      fail(`duplicated enforcements ${goQuote(value)} in ${FLAG}`);
      continue;
    }
    seen.add(value);
    if (!ENFORCEMENTS.includes(value)) {
      const [pods, system, systemCompressible, kube, kubeCompressible, none] = ENFORCEMENTS.map(goQuote);
      fail(
        `option ${goQuote(value)} specified for ${FLAG}. Valid options are ${pods}, ${system}, ${systemCompressible}, ${kube}, ${kubeCompressible} or ${none}`,
      );
      continue;
    }
    if (value === 'none') {
      if (all.length > 1) fail(`${FLAG} may not contain additional enforcements when "none" is specified`);
      continue;
    }
    for (const [who, field] of [
      ['system', 'systemReservedCgroup'],
      ['kube', 'kubeReservedCgroup'],
    ] as const) {
      if (!value.startsWith(`${who}-`) || (given[field] ?? '') !== '') continue;
      fail(
        `${field} (--${who}-reserved-cgroup) must be specified when "${who}-reserved" or "${who}-reserved-compressible" included in ${FLAG}`,
      );
    }
    if (given.cgroupsPerQOS !== true)
      fail(`cgroupsPerQOS (--cgroups-per-qos) must be set to true when ${goQuote(value)} contained in ${FLAG}`);
  }
}
