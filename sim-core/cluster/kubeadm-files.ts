import { p256 } from '@noble/curves/nist.js';
import { base64OfText } from '../api/base64.ts';
import { byteString, bytesOfString } from '../api/byte-string.ts';
import {
  BIT_STRING,
  element,
  fromHex,
  INTEGER,
  OCTET_STRING,
  objectIdentifier,
  SEQUENCE,
  utf8String,
} from '../api/der.ts';
import { writePem } from '../api/pem.ts';
import { sha256Hex } from '../api/sha256.ts';
import { encodeUtf8 } from '../api/utf8.ts';
import { issueCertificate } from '../api/x509-issue.ts';
import { type Micros, SECOND } from '../engine/index.ts';
import { Directory, type FileNode, RegularFile } from '../images/file-node.ts';
import { CLUSTER_AUTHORITY } from './authority.ts';
import { clusterAuthority } from './certificate-pack.ts';

/** A node, as far as kubeadm's files differ between nodes. */
export interface KubeadmNode {
  readonly name: string;
  readonly address: string;
  readonly controlPlane: boolean;
  /** Where the API server is asked. */
  readonly endpoint: string;
  /** Address of the Service `kubernetes`. */
  readonly serviceAddress: string;
  /** Address of the cluster's DNS. */
  readonly dnsAddress: string;
  /** When kubeadm ran. */
  readonly since: Micros;
}

const SET = 0x31;
const YEAR = 365 * 86_400 * SECOND;
const CURVE = '1.2.840.10045.3.1.7';
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
/** What the key in certificate-pack.ts is made of. */
const CLUSTER_CA = 'jotasu: certificate authority of simulated clusters';
const CURRENT = 'kubelet-client-current.pem';

/** Made of a name: whoever wants it can have it, for nothing in a simulated cluster is secret. */
const keyOf = (name: string) =>
  bytesOfString(fromHex(sha256Hex(encodeUtf8(name === CLUSTER_CA ? CLUSTER_CA : `jotasu: key of ${name}`))));
const pointOf = (key: Uint8Array) => byteString(p256.getPublicKey(key, false));

function privateKey(name: string): string {
  const key = keyOf(name);
  const curve = element(0xa0, objectIdentifier(CURVE));
  const point = element(0xa1, element(BIT_STRING, '\0', pointOf(key)));
  const version = element(INTEGER, '\u0001');
  return writePem('EC PRIVATE KEY', element(SEQUENCE, version, element(OCTET_STRING, byteString(key)), curve, point));
}

function publicKey(name: string): string {
  const algorithm = element(SEQUENCE, objectIdentifier('1.2.840.10045.2.1'), objectIdentifier(CURVE));
  return element(SEQUENCE, algorithm, element(BIT_STRING, '\0', pointOf(keyOf(name))));
}

function distinguishedName(commonName: string, organization?: string): string {
  const part = (type: string, text: string) =>
    element(SET, element(SEQUENCE, objectIdentifier(type), utf8String(text)));
  return element(
    SEQUENCE,
    organization === undefined ? '' : part(ORGANIZATION, organization),
    part(COMMON_NAME, commonName),
  );
}

const serialOf = (name: string) => `4a${sha256Hex(encodeUtf8(name)).slice(0, 14)}`;

/** Another authority than the cluster's: etcd's, and that of the API server's own proxy. */
function authority(name: string, since: Micros) {
  const key = keyOf(name);
  const common = { issuer: distinguishedName(name), authorityKey: sha256Hex(encodeUtf8(name)).slice(0, 40) };
  const sign = (bytes: string) => byteString(p256.sign(bytesOfString(bytes), key, { format: 'der' }));
  const certificate = issueCertificate(
    {
      ...common,
      serial: '00',
      subject: distinguishedName(name),
      publicKey: publicKey(name),
      notBefore: since,
      notAfter: since + 10 * YEAR,
      usages: ['digital signature', 'key encipherment', 'cert sign'],
      authority: true,
    },
    sign,
  );
  return { certificate, issue: (order: Order) => issueCertificate({ ...order, ...common }, sign) };
}

type Order = Parameters<typeof clusterAuthority.issue>[0];

/** What kubeadm certifies: for a year. */
function order(
  node: KubeadmNode,
  commonName: string,
  usages: string[],
  names: string[] = [],
  organization?: string,
): Order {
  const bytes = (address: string) => String.fromCharCode(...address.split('.').map(Number));
  const alternatives = names.map((name) => (/^[\d.]+$/.test(name) ? element(0x87, bytes(name)) : element(0x82, name)));
  return {
    serial: serialOf(`${commonName}@${node.name}`),
    subject: distinguishedName(commonName, organization),
    publicKey: publicKey(commonName),
    notBefore: node.since,
    notAfter: node.since + YEAR,
    usages: ['digital signature', 'key encipherment', ...usages],
    ...(names.length === 0 ? {} : { alternativeNames: element(SEQUENCE, ...alternatives) }),
  };
}

const SERVER = ['server auth'];
const CLIENT = ['client auth'];
const ADMINS = 'kubeadm:cluster-admins';

/** /etc/kubernetes/pki of a control-plane node. */
function pki(node: KubeadmNode): Record<string, string> {
  const { name, address, serviceAddress, since } = node;
  const etcd = authority('etcd-ca', since);
  const proxy = authority('front-proxy-ca', since);
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const own = ['localhost', name, address, '127.0.0.1'];
  const [client, etcdClient] = ['kube-apiserver-kubelet-client', 'kube-apiserver-etcd-client'];
  const [proxyClient, healthClient] = ['front-proxy-client', 'kube-etcd-healthcheck-client'];
  const both = [...SERVER, ...CLIENT];
  const certified = order(node, 'kube-apiserver', SERVER, [...service, name, serviceAddress, address]);
  // By path: the certificate, and whose key it is of.
  const pairs: Record<string, readonly [string, string]> = {
    apiserver: [clusterAuthority.issue(certified), 'kube-apiserver'],
    'apiserver-kubelet-client': [clusterAuthority.issue(order(node, client, CLIENT, [], ADMINS)), client],
    'apiserver-etcd-client': [etcd.issue(order(node, etcdClient, CLIENT)), etcdClient],
    'front-proxy-client': [proxy.issue(order(node, proxyClient, CLIENT)), proxyClient],
    'etcd/server': [etcd.issue(order(node, name, both, own)), name],
    'etcd/peer': [etcd.issue(order(node, name, both, own)), name],
    'etcd/healthcheck-client': [etcd.issue(order(node, healthClient, CLIENT)), healthClient],
    ca: [CLUSTER_AUTHORITY, CLUSTER_CA],
    'etcd/ca': [etcd.certificate, 'etcd-ca'],
    'front-proxy-ca': [proxy.certificate, 'front-proxy-ca'],
  };
  const files: Record<string, string> = {
    'sa.key': privateKey('service-accounts'),
    'sa.pub': writePem('PUBLIC KEY', publicKey('service-accounts')),
  };
  for (const [path, [certificate, key]] of Object.entries(pairs)) {
    files[`${path}.crt`] = certificate;
    files[`${path}.key`] = privateKey(key);
  }
  return files;
}

/** A kubeconfig as kubeadm writes it. */
function kubeconfig({ endpoint }: KubeadmNode, user: string, credentials: string): string {
  return `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64OfText(CLUSTER_AUTHORITY)}
    server: https://${endpoint}:6443
  name: kubernetes
contexts:
- context:
    cluster: kubernetes
    user: ${user}
  name: ${user}@kubernetes
current-context: ${user}@kubernetes
kind: Config
preferences: {}
users:
- name: ${user}
  user:
${credentials}`;
}

function userConfig(node: KubeadmNode, user: string, organization?: string): string {
  const certificate = clusterAuthority.issue(order(node, user, CLIENT, [], organization));
  return kubeconfig(
    node,
    user,
    `    client-certificate-data: ${base64OfText(certificate)}\n    client-key-data: ${base64OfText(privateKey(user))}\n`,
  );
}

const kubeletOf = ({ name }: KubeadmNode) => `system:node:${name}`;

/** /etc/kubernetes/OWNER.conf: the kubeconfig of a component, or of an administrator. */
export function kubeconfigOf(node: KubeadmNode, owner: string): string {
  switch (owner) {
    case 'kubelet': {
      const file = `/var/lib/kubelet/pki/${CURRENT}`;
      return kubeconfig(node, kubeletOf(node), `    client-certificate: ${file}\n    client-key: ${file}\n`);
    }
    case 'admin':
      return userConfig(node, 'kubernetes-admin', ADMINS);
    case 'super-admin':
      return userConfig(node, 'kubernetes-super-admin', 'system:masters');
    default:
      return userConfig(node, `system:kube-${owner}`);
  }
}

function entriesOf(node: KubeadmNode, files: Readonly<Record<string, string>>): Map<string, FileNode> {
  const modified = node.since;
  const made = new Directory(new Map(), { modified });
  for (const [path, content] of Object.entries(files))
    made.put(path, new RegularFile(content, { modified, mode: /\.(crt|pub)$/.test(path) ? 0o644 : 0o600 }));
  return made.entries;
}

/** What is in /etc/kubernetes/pki: on workers the cluster's authority alone. */
export function clusterKeys(node: KubeadmNode): Map<string, FileNode> {
  return entriesOf(node, node.controlPlane ? pki(node) : { 'ca.crt': CLUSTER_AUTHORITY });
}

/** What is in /var/lib/kubelet/pki. */
export function kubeletKeys(node: KubeadmNode): Map<string, FileNode> {
  const kubelet = kubeletOf(node);
  const certificate = clusterAuthority.issue(order(node, kubelet, CLIENT, [], 'system:nodes'));
  return entriesOf(node, { [CURRENT]: certificate + privateKey(kubelet) });
}

/** What kubeadm writes for a kubelet. */
export function kubeletConfig({ dnsAddress }: KubeadmNode): string {
  return `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  anonymous:
    enabled: false
  webhook:
    cacheTTL: 0s
    enabled: true
  x509:
    clientCAFile: /etc/kubernetes/pki/ca.crt
authorization:
  mode: Webhook
  webhook:
    cacheAuthorizedTTL: 0s
    cacheUnauthorizedTTL: 0s
cgroupDriver: systemd
clusterDNS:
- ${dnsAddress}
clusterDomain: cluster.local
containerRuntimeEndpoint: ""
cpuManagerReconcilePeriod: 0s
crashLoopBackOff: {}
evictionPressureTransitionPeriod: 0s
fileCheckFrequency: 0s
healthzBindAddress: 127.0.0.1
healthzPort: 10248
httpCheckFrequency: 0s
imageMaximumGCAge: 0s
imageMinimumGCAge: 0s
kind: KubeletConfiguration
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
memorySwap: {}
nodeStatusReportFrequency: 0s
nodeStatusUpdateFrequency: 0s
rotateCertificates: true
runtimeRequestTimeout: 0s
shutdownGracePeriod: 0s
shutdownGracePeriodCriticalPods: 0s
staticPodPath: /etc/kubernetes/manifests
streamingConnectionIdleTimeout: 0s
syncFrequency: 0s
volumeStatsAggPeriod: 0s
`;
}
