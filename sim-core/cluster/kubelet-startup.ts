import { parseDocument } from 'yaml';
import { decodeBase64, isBase64 } from '../api/base64.ts';
import { goQuote } from '../api/go-format.ts';
import { readPem } from '../api/pem.ts';
import { goYamlMessage } from '../api/yaml-error.ts';
import type { Directory } from '../images/file-node.ts';
import { LayeredFileSystem } from '../images/file-system.ts';
import { FileError, type Machine } from '../images/process.ts';
import type { KubeletStartup, Remark } from '../node/kubelet/configuration.ts';
import { ConfigurationError, type Loaded, loadError, readConfiguration } from '../node/kubelet/configuration-file.ts';
import { missingResources } from '../node/kubelet/reserved-resources.ts';
import { CLUSTER_AUTHORITY } from './authority.ts';
import { KUBELET_CONFIGURATION, KUBELET_KUBECONFIG } from './kubeadm-disk.ts';
import type { KubeadmNode } from './kubeadm-files.ts';
import { connectInVain } from './lost-api-server.ts';

/** What the kubelets of a cluster have in common when they start. */
export interface KubeletSurroundings {
  /** What has been read, by text: kubelets with the same text share it. */
  readonly read: Map<string, { readonly loaded: Loaded; readonly remarks: readonly Remark[] }>;
  /** Whether there is a machine at an address. */
  nodeAt(address: string): unknown;
}

/** Whose kubelet starts. */
export interface StartingNode {
  readonly kubeadm: KubeadmNode;
  readonly hardware: Machine;
  /** Bytes. */
  readonly disk: number;
  readonly shared: KubeletSurroundings;
}

const BOOTSTRAP = '/etc/kubernetes/bootstrap-kubelet.conf';

/** What the kubelet makes of its files when it starts, and what it writes down of that (cmd/kubelet/app). */
export function kubeletStartup(root: Directory, starting: StartingNode): KubeletStartup {
  const { kubeadm: node, shared } = starting;
  const files = new LayeredFileSystem(root, { now: node.since });
  const remarks: Remark[] = [];
  try {
    const { configuration, clientCaFile } = load(files, shared, remarks);
    checkClientCa(files, clientCaFile);
    const lost = kubeconfigProblem(files, node, shared, remarks);
    const missing = missingResources(configuration, starting.hardware, starting.disk);
    if (missing !== undefined)
      return {
        remarks: [...remarks, ['E', `kubelet.go:1688] "Failed to start ContainerManager" err=${goQuote(missing)}`]],
      };
    const connect = lost && ((write: (remark: Remark) => void) => connectInVain({ ...lost, node: node.name, write }));
    return { configuration, remarks, ...(connect === undefined ? {} : { connect }) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { remarks: [...remarks, ['E', `run.go:72] "command failed" err=${goQuote(error.message)}`]] };
  }
}

/** Go's words for a file that cannot be read: `open /a/b: no such file or directory`. */
function readFailure(path: string, error: unknown): string {
  if (!(error instanceof FileError)) throw error;
  return `${error.code === 'EISDIR' ? 'read' : 'open'} ${path}: ${error.message.toLowerCase()}`;
}

function load(files: LayeredFileSystem, { read }: KubeletSurroundings, remarks: Remark[]): Loaded {
  const path = KUBELET_CONFIGURATION;
  let text: string;
  try {
    text = files.read(path);
  } catch (error) {
    throw loadError(path, `failed to read kubelet config file ${goQuote(path)}, error: ${readFailure(path, error)}`);
  }
  let known = read.get(text);
  if (known === undefined) {
    const own: Remark[] = [];
    const loaded = readConfiguration(path, text, own);
    known = { loaded, remarks: own };
    read.set(text, known);
  }
  remarks.push(...known.remarks);
  return known.loaded;
}

/** With whose certificates the API server may ask the kubelet (authentication.x509.clientCAFile). */
function checkClientCa(files: LayeredFileSystem, path: string): void {
  if (path === '') return;
  let why: string | undefined;
  try {
    if (!readPem(files.read(path)).some(({ label }) => label === 'CERTIFICATE'))
      why = 'data does not contain any valid RSA or ECDSA certificates';
  } catch (error) {
    why = readFailure(path, error);
  }
  if (why !== undefined)
    throw new ConfigurationError(
      `failed to construct kubelet dependencies: unable to load client CA file ${path}: ${why}`,
    );
}

interface Named<T> {
  readonly name?: string;
  readonly cluster?: T;
  readonly context?: T;
  readonly user?: T;
}

interface Kubeconfig {
  readonly 'current-context'?: string;
  readonly clusters?: readonly Named<Record<string, unknown>>[];
  readonly contexts?: readonly Named<Record<string, unknown>>[];
  readonly users?: readonly Named<Record<string, unknown>>[];
}

/** Where the kubeconfig leads, and why nobody is found there; undefined when it leads to the API server. */
function kubeconfigProblem(
  files: LayeredFileSystem,
  node: KubeadmNode,
  surroundings: KubeletSurroundings,
  remarks: Remark[],
): { server: string; why: string } | undefined {
  const path = KUBELET_KUBECONFIG;
  // A kubeconfig of no use: it is asked for another with the one of kubeadm's join, which is gone since (bootstrap.LoadClientConfig).
  const bootstrap = (why?: string) => {
    if (why !== undefined) {
      const said = `unable to read existing bootstrap client config from ${path}: ${why}`;
      remarks.push(['E', `bootstrap.go:241] "Unhandled Error" err=${goQuote(said)} logger="UnhandledError"`]);
    }
    return new ConfigurationError(
      `failed to run Kubelet: unable to load bootstrap kubeconfig: stat ${BOOTSTRAP}: no such file or directory`,
    );
  };
  let text: string;
  try {
    text = files.read(path);
  } catch (error) {
    throw bootstrap(error instanceof FileError && error.code === 'ENOENT' ? undefined : readFailure(path, error));
  }
  const document = parseDocument(text, { logLevel: 'silent' });
  if (document.errors.length > 0)
    throw bootstrap(`error loading config file ${goQuote(path)}: ${goYamlMessage(document.errors, text)}`);
  const config = (document.toJS() ?? {}) as Kubeconfig;
  const find = (list: readonly Named<Record<string, unknown>>[] | undefined, name: unknown) =>
    Array.isArray(list) ? (list as Named<Record<string, unknown>>[]).find((one) => one?.name === name) : undefined;
  const current = config['current-context'] ?? '';
  const context = find(config.contexts, current)?.context;
  if (context === undefined)
    throw bootstrap(
      current === ''
        ? 'invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable'
        : `context ${goQuote(current)} does not exist`,
    );
  const cluster = find(config.clusters, context.cluster)?.cluster;
  if (cluster === undefined || (cluster.server ?? '') === '')
    throw bootstrap(`invalid configuration: no server found for cluster ${goQuote(String(context.cluster ?? ''))}`);
  const user = find(config.users, context.user)?.user ?? {};
  const unreadable = ['cert', 'key'].flatMap((what) => {
    const file = user[`client-${what === 'cert' ? 'certificate' : what}`];
    if (typeof file !== 'string') return [];
    try {
      files.read(file);
      return [];
    } catch (error) {
      return [`unable to read client-${what} ${file} for ${String(context.user)} due to ${readFailure(file, error)}`];
    }
  });
  if (unreadable.length > 0) {
    const all = unreadable.length === 1 ? unreadable[0] : `[${unreadable.join(', ')}]`;
    throw bootstrap(`invalid configuration: ${all}`);
  }
  const server = String(cluster.server).replace(/\/+$/, '');
  const why = dialProblem(server, cluster, files, node, surroundings);
  return why === undefined ? undefined : { server, why };
}

/** Why nobody answers as the API server at a URL: as Go's net/http words it. */
function dialProblem(
  server: string,
  cluster: Readonly<Record<string, unknown>>,
  files: LayeredFileSystem,
  { endpoint, serviceAddress, name }: KubeadmNode,
  { nodeAt }: KubeletSurroundings,
): string | undefined {
  const [, scheme, host = '', port = scheme === 'http' ? '80' : '443'] =
    /^(?:(\w+):\/\/)?([^/:]+)(?::(\d+))?/.exec(server) ?? [];
  let address: string | undefined = host;
  if (!/^\d+(\.\d+){3}$/.test(host)) {
    address = hostsEntry(files, host);
    if (address === undefined) return `dial tcp: lookup ${host} on 10.0.0.2:53: no such host`;
  }
  const place = `${address}:${port}`;
  const isApiServer =
    place === `${endpoint}:6443` ||
    place === `${serviceAddress}:443` ||
    (address === '127.0.0.1' && port === '6443' && name === String((nodeAt(endpoint) as { name?: string })?.name));
  if (!isApiServer) {
    const somebody = address.startsWith('127.') || nodeAt(address) !== undefined || address === serviceAddress;
    return somebody ? `dial tcp ${place}: connect: connection refused` : `dial tcp ${place}: connect: no route to host`;
  }
  if (scheme === 'http') return 'Client sent an HTTP request to an HTTPS server.';
  const data = cluster['certificate-authority-data'];
  const trusts = typeof data !== 'string' || (isBase64(data) && decodeBase64(data).trim() === CLUSTER_AUTHORITY.trim());
  return trusts || cluster['insecure-skip-tls-verify'] === true
    ? undefined
    : 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
}

/** The address of a name in /etc/hosts. */
function hostsEntry(files: LayeredFileSystem, host: string): string | undefined {
  try {
    for (const line of files.read('/etc/hosts').split('\n')) {
      const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (names.includes(host)) return address;
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
  return undefined;
}
