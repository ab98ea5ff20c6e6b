import { FileError, type Process } from '../images/process.ts';
import { KubectlError } from '../kubectl/errors.ts';
import { type Flags, parseFlags } from '../kubectl/flags.ts';
import { klog } from '../network/daemon.ts';
import { COMPONENT_FLAGS } from './component-flags.ts';
import { logApiServerStart, logCommandFailed } from './component-logs.ts';
import { refusalOfEtcd } from './etcd/refusal.ts';

/**
 * Why a component of the control plane does not start with its command line: its log says it as in v1.33, and the answer is its exit code;
 * undefined, if it starts. Its flags are looked at first (cobra, before any log), then their values (the options' Validate), then the files
 * that they name, each of which must be there.
 */
export function refusal(process: Process, name: string, address: string): number | undefined {
  if (name === 'etcd') return refusalOfEtcd(process);
  const given = readFlags(process, name);
  if (given === undefined) return 1;
  const api = name === 'kube-apiserver';
  const wrong = api ? wrongValues(given) : wrongPort(given, 0);
  if (wrong.length > 0) {
    logCommandFailed(process, wrong.length === 1 ? wrong[0]! : `[${wrong.join(', ')}]`);
    return 1;
  }
  const missing = FILES[name]!.flatMap(([flag, frame]) =>
    pathsOf(given, flag).flatMap((path) => {
      const why = unreadable(process, path);
      return why === undefined ? [] : [frame.replace('PATH', () => path).replace('%', () => `${path}: ${why}`)];
    }),
  );
  if (missing.length === 0) return undefined;
  if (api) logApiServerStart(process, address);
  else process.stderr.write(`${klog(process, 'I', 'serving.go:386')} Generated self-signed cert in-memory\n`);
  const [first] = missing as [string];
  if (!first.startsWith('Error creating leases')) {
    logCommandFailed(process, first);
    return 1;
  }
  process.stderr.write(`${klog(process, 'F', 'instance.go:226')} ${first}\n`);
  return 255;
}

/** The flags; where they make no sense, the log says so. kube-apiserver alone does not print how it is used (the list of flags is left out here). */
function readFlags(process: Process, name: string): Flags | undefined {
  try {
    const { flags, args } = parseFlags(COMPONENT_FLAGS[name]!, process.argv.slice(1));
    if (args.length === 0) return flags;
    const words = args.map((word) => JSON.stringify(word)).join(' ');
    process.stderr.write(`Error: "${name}" does not take any arguments, got [${words}]\n`);
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    const usage = name === 'kube-apiserver' ? '' : `Usage:\n  ${name} [flags]\n\n`;
    process.stderr.write(`${usage}Error: ${error.message}\n`);
  }
  return undefined;
}

function wrongPort(given: Flags, least: number): string[] {
  if (!given.changed('secure-port')) return [];
  const port = given.number('secure-port');
  if (port >= least && port <= 65_535) return [];
  const end = least === 0 ? '0 for turning off secure port' : 'It cannot be turned off with 0';
  return [`--secure-port ${port} must be between ${least} and 65535, inclusive. ${end}`];
}

const MODES = new Set(['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node']);

/** The admission plugins compiled into kube-apiserver. */
const PLUGINS = new Set(
  `AlwaysAdmit AlwaysDeny AlwaysPullImages CertificateApproval CertificateSigning CertificateSubjectRestriction ClusterTrustBundleAttest
  DefaultIngressClass DefaultStorageClass DefaultTolerationSeconds DenyServiceExternalIPs EventRateLimit ExtendedResourceToleration
  ImagePolicyWebhook LimitPodHardAntiAffinityTopology LimitRanger MutatingAdmissionPolicy MutatingAdmissionWebhook
  NamespaceAutoProvision NamespaceExists NamespaceLifecycle NodeRestriction OwnerReferencesPermissionEnforcement
  PersistentVolumeClaimResize PodNodeSelector PodSecurity PodTolerationRestriction PodTopologyLabels Priority ResourceQuota RuntimeClass
  ServiceAccount StorageObjectInUseProtection TaintNodesByCondition ValidatingAdmissionPolicy ValidatingAdmissionWebhook`.split(
    /\s+/,
  ),
);

/** What kube-apiserver's options say of values that parse and mean nothing. */
function wrongValues(given: Flags): string[] {
  const unknown = (flag: string, known: ReadonlySet<string>) => given.list(flag).filter((word) => !known.has(word));
  return [
    ...(given.list('etcd-servers').length === 0 ? ['--etcd-servers must be specified'] : []),
    ...wrongPort(given, 1),
    ...unknown('authorization-mode', MODES).map((mode) => `authorization-mode "${mode}" is not a valid mode`),
    ...['enable-admission-plugins', 'disable-admission-plugins'].flatMap((flag) =>
      unknown(flag, PLUGINS).map((plugin) => `${flag} plugin "${plugin}" is unknown`),
    ),
  ];
}

type FileFlag = readonly [flag: string, frame: string];

const OPEN = 'open %';
const ETCD = 'Error creating leases: error creating storage factory: open %';
const REMOTE = ['authentication', 'authorization'].map((what): FileFlag => {
  const why = `failed to get delegated ${what} kubeconfig`;
  return [`${what}-kubeconfig`, `${why}: ${why}: stat %`];
});
const DELEGATED: readonly FileFlag[] = [
  ['tls-cert-file', OPEN],
  ['tls-private-key-file', OPEN],
  REMOTE[0]!,
  ['client-ca-file', 'unable to load client CA provider: open %'],
  ['requestheader-client-ca-file', 'unable to create request header authentication config: open %'],
  REMOTE[1]!,
];

/** Files that a component reads when it starts, in this order, and what it says without them; `%` is the path and why, `PATH` the path. */
const FILES: Readonly<Record<string, readonly FileFlag[]>> = {
  'kube-apiserver': [
    ['service-account-signing-key-file', 'failed to parse service-account-issuer-key-file: open %'],
    ['tls-cert-file', OPEN],
    ['tls-private-key-file', OPEN],
    ['client-ca-file', OPEN],
    ['requestheader-client-ca-file', OPEN],
    ['service-account-key-file', OPEN],
    ['token-auth-file', OPEN],
    ['audit-policy-file', 'loading audit policy file: failed to read file path "PATH": open %'],
    [
      'admission-control-config-file',
      'failed to read plugin config: unable to read admission control configuration from "PATH" [open %]',
    ],
    ['etcd-cafile', ETCD],
    ['etcd-certfile', ETCD],
    ['etcd-keyfile', ETCD],
  ],
  'kube-controller-manager': [['kubeconfig', 'stat %'], ...DELEGATED],
  'kube-scheduler': [...DELEGATED, ['kubeconfig', 'stat %']],
};

function pathsOf(given: Flags, flag: string): string[] {
  if (!given.changed(flag)) return [];
  return given.given().flatMap(([name, value]) => (name === flag && value !== '' ? [value] : []));
}

/** Why a file cannot be read, as Go words it. */
function unreadable({ files }: Process, path: string): string | undefined {
  try {
    files.read(path);
    return undefined;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.message.toLowerCase();
  }
}
