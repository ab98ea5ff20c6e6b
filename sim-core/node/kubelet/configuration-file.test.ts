import { expect, it } from 'vitest';
import { kubeletConfig } from '../../cluster/kubeadm-files.ts';
import { MINUTE, SECOND } from '../../engine/index.ts';
import { KUBEADM_CONFIGURATION, type Remark } from './configuration.ts';
import { readConfiguration } from './configuration-file.ts';

const PATH = '/var/lib/kubelet/config.yaml';
const DNS = '10.96.0.10';
const KUBEADM = kubeletConfig({
  name: 'worker-1',
  address: '10.0.0.11',
  controlPlane: false,
  endpoint: '10.0.0.10',
  serviceAddress: '10.96.0.1',
  dnsAddress: DNS,
  since: 0,
});
const HEAD = 'apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n';

const read = (text: string) => readConfiguration(PATH, text, []).configuration;

/** What the kubelet ends with. */
function failure(text: string): string {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

it('finds in kubeadm’s file what untouched nodes are given without reading it', () => {
  expect(read(KUBEADM)).toEqual({ ...KUBEADM_CONFIGURATION, clusterDns: [DNS] });
  expect(readConfiguration(PATH, KUBEADM, []).clientCaFile).toBe('/etc/kubernetes/pki/ca.crt');
});

it('fills in upstream’s defaults', () => {
  const { clusterDomain, staticPodPath, ...rest } = read(HEAD);
  expect({ clusterDomain, staticPodPath }).toEqual({ clusterDomain: '', staticPodPath: '' });
  const { clusterDomain: _domain, staticPodPath: _path, ...kubeadm } = KUBEADM_CONFIGURATION;
  expect(rest).toEqual(kubeadm);
  // Who says how often to look says how often to tell.
  expect(read(`${HEAD}nodeStatusUpdateFrequency: 1m30s`).nodeStatusReportFrequency).toBe(90 * SECOND);
  expect(read(`${HEAD}maxParallelImagePulls: 3`).maxParallelImagePulls).toBe(3);
  expect(read(`${HEAD}serializeImagePulls: false`).maxParallelImagePulls).toBe(Number.POSITIVE_INFINITY);
  expect(read(`${HEAD}staticPodPath: manifests/`).staticPodPath).toBe('/var/lib/kubelet/manifests');
});

it('repeats nothing without a pause, whatever it is told', () => {
  const { fileCheckFrequency, nodeStatusUpdateFrequency } = read(
    `${HEAD}fileCheckFrequency: 1us\nnodeStatusUpdateFrequency: -1s`,
  );
  expect([fileCheckFrequency, nodeStatusUpdateFrequency]).toEqual([SECOND / 10, SECOND / 10]);
});

it('reads where evictions start', () => {
  const text = `${HEAD}evictionHard: {memory.available: 200Mi, nodefs.available: "5%", imagefs.available: "0%"}
evictionSoft: {memory.available: 1Gi}
evictionSoftGracePeriod: {memory.available: 2m}
`;
  const hard = [
    { signal: 'memory.available', value: { amount: 200 * 1024 ** 2 }, grace: 0 },
    { signal: 'nodefs.available', value: { percent: 5 }, grace: 0 },
  ];
  const soft = [{ signal: 'memory.available', value: { amount: 1024 ** 3 }, grace: 2 * MINUTE }];
  expect(read(text).evictionThresholds).toEqual([...hard, ...soft]);
  expect(read(`${HEAD}evictionHard: {}`).evictionThresholds).toEqual([]);
  const merged = read(`${HEAD}evictionHard: {memory.available: 1Gi}\nmergeDefaultEvictionSettings: true`);
  expect(merged.evictionThresholds.map(({ signal }) => signal)).toEqual([
    'memory.available',
    'nodefs.available',
    'imagefs.available',
    'nodefs.inodesFree',
    'imagefs.inodesFree',
  ]);
});

it('takes what only strict decoding complains of, and says so', () => {
  const remarks: Remark[] = [];
  const text = `${HEAD}maxPod: 5\nmaxPods: 6\nmaxPods: 7\nauthentication: {x509: {caFile: /x}}\n`;
  expect(readConfiguration(PATH, text, remarks).configuration.maxPods).toBe(7);
  expect(remarks).toEqual([
    [
      'I',
      String.raw`codec.go:112] "Using lenient decoding as strict decoding failed" err="strict decoding error: yaml: unmarshal errors:\n  line 5: key \"maxPods\" already set in map, unknown field \"authentication.x509.caFile\", unknown field \"maxPod\""`,
    ],
  ]);
});

const LOAD = `failed to load kubelet config file, path: ${PATH}, error: failed to load Kubelet config file ${PATH}, error `;

it.each([
  ['', `kubelet config file "${PATH}" was empty`],
  ['maxPods: 5\n', "failed to decode: Object 'Kind' is missing in 'maxPods: 5\n'"],
  [
    'kind: KubeletConfiguration\n',
    "failed to decode: Object 'apiVersion' is missing in 'kind: KubeletConfiguration\n'",
  ],
  [
    'kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1\n',
    'failed to decode: no kind "KubeletConfiguration" is registered for version "kubelet.config.k8s.io/v1" in scheme "pkg/kubelet/apis/config/scheme/scheme.go:33"',
  ],
  [
    'kubelet\n',
    String.raw`failed to decode: couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }`,
  ],
  [`${HEAD}a: b: c\n`, 'failed to decode: yaml: line 3: mapping values are not allowed in this context'],
  [
    `${HEAD}maxPods: many`,
    'failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration.maxPods of type int32',
  ],
  [
    `${HEAD}clusterDNS: ${DNS}`,
    'failed to decode: json: cannot unmarshal string into Go struct field KubeletConfiguration.clusterDNS of type []string',
  ],
  [
    `${HEAD}authentication: {x509: {clientCAFile: 5}}`,
    'failed to decode: json: cannot unmarshal number into Go struct field KubeletX509Authentication.authentication.x509.clientCAFile of type string',
  ],
  [`${HEAD}syncFrequency: 5`, 'failed to decode: json: cannot unmarshal number into Go value of type string'],
  [`${HEAD}syncFrequency: "5"`, 'failed to decode: time: missing unit in duration "5"'],
  [`${HEAD}syncFrequency: 5 min`, 'failed to decode: time: unknown unit " min" in duration "5 min"'],
])('cannot load %j', (text, reason) => {
  expect(failure(text)).toBe(LOAD + reason);
});

it.each([
  ['maxPods: -1', 'maxPods (--max-pods) -1 must not be a negative number'],
  ['port: 70000', 'port (--port) 70000 must be between 1 and 65535, inclusive'],
  ['readOnlyPort: 70000', 'readOnlyPort (--read-only-port) 70000 must be between 0 and 65535, inclusive'],
  ['containerLogMaxFiles: 1', 'containerLogMaxFiles must be greater than 1'],
  [
    'imageGCHighThresholdPercent: 70',
    'imageGCLowThresholdPercent (--image-gc-low-threshold) 80 must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) 70',
  ],
  [
    'serializeImagePulls: true\nmaxParallelImagePulls: 2',
    'maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) is set to false',
  ],
  [
    'shutdownGracePeriod: 10s\nshutdownGracePeriodCriticalPods: 20s',
    'shutdownGracePeriodCriticalPods 20s must be <= shutdownGracePeriod 10s',
  ],
  [
    'crashLoopBackOff: {maxContainerRestartPeriod: 10s}',
    'FeatureGate KubeletCrashLoopBackOffMax not enabled, CrashLoopBackOff.MaxContainerRestartPeriod must not be set',
  ],
  [
    'crashLoopBackOff: {maxContainerRestartPeriod: 10m}\nfeatureGates: {KubeletCrashLoopBackOffMax: true}',
    'CrashLoopBackOff.MaxContainerRestartPeriod (got: 600 seconds) must be set between 1s and 300s',
  ],
  [
    'imagePullCredentialsVerificationPolicy: AlwaysVerify',
    '`imagePullCredentialsVerificationPolicy` must not be set if KubeletEnsureSecretPulledImages feature gate is not enabled',
  ],
  [
    'shutdownGracePeriod: 10s\nshutdownGracePeriodByPodPriority: [{priority: 0, shutdownGracePeriodSeconds: 5}]',
    'Cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod at the same time',
  ],
  [
    'topologyManagerPolicy: best',
    'topologyManagerPolicy (--topology-manager-policy) "best" must be one of: ["none" "best-effort" "restricted" "single-numa-node"]',
  ],
  [
    'enforceNodeAllocatable: [system-reserved]',
    'systemReservedCgroup (--system-reserved-cgroup) must be specified when "system-reserved" or "system-reserved-compressible" included in enforceNodeAllocatable (--enforce-node-allocatable)',
  ],
])('does not run with %j', (text, reason) => {
  expect(failure(HEAD + text)).toBe(
    `failed to validate kubelet configuration, error: invalid configuration: ${reason}, path: &TypeMeta{Kind:,APIVersion:,}`,
  );
});

it.each([
  ['evictionHard: {memory.free: 5%}', 'unsupported eviction signal memory.free'],
  ['evictionHard: {memory.available: 120%}', 'eviction percentage threshold memory.available must be <= 100%: 120%'],
  ['evictionHard: {memory.available: "-5Mi"}', 'eviction threshold memory.available must be positive: -5Mi'],
  [
    'evictionSoft: {memory.available: 5%}',
    'failed to create kubelet: grace period must be specified for the soft eviction threshold memory.available',
  ],
  ['kubeReserved: {disk: 1Gi}', '--kube-reserved value failed to parse: cannot reserve "disk" resource'],
  [
    'systemReserved: {cpu: "-1"}',
    '--system-reserved value failed to parse: resource quantity for "cpu" cannot be negative: -1',
  ],
])('ends when it uses %j', (text, reason) => {
  expect(failure(HEAD + text)).toBe(`failed to run Kubelet: ${reason}`);
});

it('tells of all that is wrong at once', () => {
  expect(failure(`${HEAD}maxPods: -1\nregistryBurst: -1`)).toBe(
    'failed to validate kubelet configuration, error: [invalid configuration: maxPods (--max-pods) -1 must not be a negative number, invalid configuration: registryBurst (--registry-burst) -1 must not be a negative number], path: &TypeMeta{Kind:,APIVersion:,}',
  );
});
