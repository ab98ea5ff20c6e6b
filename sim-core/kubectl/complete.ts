import { bytesOfBase64 } from '../api/base64.ts';
import { decodeUtf8 } from '../api/utf8.ts';
import { Api, type ApiObject } from './api.ts';
import type { Command } from './command.ts';
import { Discovery } from './discovery.ts';
import type { KubectlEnvironment } from './environment.ts';
import { type FlagSpec, Flags, takesNextWord } from './flags.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { loadKubeconfig, resolveConfig } from './kubeconfig.ts';
import { FORMATS } from './printers/print-flags.ts';
import { COMMANDS } from './registry.ts';

/** Something that fits, and one line about it where there is one. */
export interface Candidate {
  readonly value: string;
  readonly description?: string;
}

/** What to offer, and whether names of files fit as well. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: boolean;
}

const FILE_FLAGS = new Set([
  'filename',
  'kustomize',
  'kubeconfig',
  'patch-file',
  'from-file',
  'from-env-file',
  'cert',
  'key',
  'certificate-authority',
  'client-certificate',
  'client-key',
]);

/** Commands whose first argument is a kind, and the kinds that make sense there; none for all kinds. */
const KINDS: Record<string, readonly string[]> = {
  get: [],
  describe: [],
  delete: [],
  edit: [],
  label: [],
  annotate: [],
  patch: [],
  wait: [],
  explain: [],
  expose: ['pod', 'service', 'replicationcontroller', 'deployment', 'replicaset'],
  scale: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'],
  autoscale: ['deployment', 'replicaset', 'replicationcontroller', 'statefulset'],
  'rollout history': ['deployment', 'daemonset', 'statefulset'],
  'rollout pause': ['deployment'],
  'rollout restart': ['deployment', 'daemonset', 'statefulset'],
  'rollout resume': ['deployment'],
  'rollout status': ['deployment', 'daemonset', 'statefulset'],
  'rollout undo': ['deployment', 'daemonset', 'statefulset'],
  'set env': ['deployment', 'daemonset', 'statefulset', 'replicaset', 'pod', 'cronjob', 'job'],
  'set image': ['deployment', 'daemonset', 'statefulset', 'replicaset', 'pod', 'cronjob', 'job'],
  'set resources': ['deployment', 'daemonset', 'statefulset', 'replicaset', 'pod', 'cronjob', 'job'],
  'set serviceaccount': ['deployment', 'daemonset', 'statefulset', 'replicaset', 'pod'],
  'set selector': ['service'],
  'set subject': ['rolebinding', 'clusterrolebinding'],
  'apply view-last-applied': [],
  'auth can-i': [],
};

/** Commands whose arguments are names of one kind. */
const NAMES: Record<string, string> = {
  cordon: 'nodes',
  uncordon: 'nodes',
  drain: 'nodes',
  'top node': 'nodes',
  'top pod': 'pods',
  'certificate approve': 'certificatesigningrequests',
  'certificate deny': 'certificatesigningrequests',
  'create token': 'serviceaccounts',
};

/** Commands whose first argument is a Pod or TYPE/NAME. */
const PODS = new Set(['logs', 'exec', 'attach', 'port-forward', 'debug', 'cp']);

function starting(values: Iterable<string | Candidate>, prefix: string): Candidate[] {
  const found: Candidate[] = [];
  for (const value of values) {
    const candidate = typeof value === 'string' ? { value } : value;
    if (candidate.value.startsWith(prefix)) found.push(candidate);
  }
  return found;
}

interface Line {
  readonly command: Command | undefined;
  /** `rollout status` */
  readonly path: string;
  readonly args: readonly string[];
  readonly flags: Flags;
  /** A flag that still wants its value. */
  readonly open: FlagSpec | undefined;
  readonly afterDash: boolean;
}

function specFor(specs: readonly FlagSpec[], word: string): FlagSpec | undefined {
  const name = word.startsWith('--') ? word.slice(2).split('=')[0]! : '';
  return name === '' ? specs.find(({ short }) => short === word[1]) : specs.find((spec) => spec.name === name);
}

/** Reads the words before the cursor as far as they make sense. */
async function readLine(words: readonly string[]): Promise<Line> {
  let command: Command | undefined;
  let path = '';
  let specs: readonly FlagSpec[] = GLOBAL_FLAGS;
  const args: string[] = [];
  const given: [FlagSpec, string][] = [];
  let open: FlagSpec | undefined;
  let afterDash = false;
  for (const word of words) {
    if (afterDash) continue;
    if (open !== undefined) {
      given.push([open, word]);
      open = undefined;
    } else if (word === '--') afterDash = true;
    else if (word.startsWith('-') && word !== '-') {
      const spec = specFor(specs, word);
      if (spec === undefined) continue;
      if (takesNextWord(specs, word)) open = spec;
      else if (word.includes('=')) given.push([spec, word.slice(word.indexOf('=') + 1)]);
      else if (!word.startsWith('--') && word.length > 2) given.push([spec, word.slice(2)]);
      else given.push([spec, 'true']);
    } else if (command === undefined) {
      const entry = COMMANDS.find(({ name }) => name === word);
      if (entry === undefined) return { command, path: word, args, flags: new Flags(specs), open, afterDash };
      command = await entry.load();
      path = word;
      specs = [
        ...command.flags,
        ...GLOBAL_FLAGS.filter(({ name }) => !command!.flags.some((spec) => spec.name === name)),
      ];
    } else {
      const sub =
        args.length > 0
          ? undefined
          : command.subcommands?.find(({ name, aliases }) => name === word || aliases?.includes(word) === true);
      if (sub === undefined) {
        args.push(word);
        continue;
      }
      command = sub;
      path += ` ${sub.name}`;
      specs = [...sub.flags, ...GLOBAL_FLAGS.filter(({ name }) => !sub.flags.some((spec) => spec.name === name))];
    }
  }
  const flags = new Flags(specs);
  for (const [spec, value] of given) {
    try {
      flags.set(spec.name, value);
    } catch {
      // A value that is not finished yet does not stand in the way of offering others.
    }
  }
  return { command, path, args, flags, open, afterDash };
}

/** Names, kinds and containers out of the cluster; empty where it cannot be asked. */
class Cluster {
  readonly #env: KubectlEnvironment;
  readonly #flags: Flags;

  constructor(env: KubectlEnvironment, flags: Flags) {
    this.#env = env;
    this.#flags = flags;
  }

  async #connect(): Promise<{ api: Api; namespace: string; server: string }> {
    const flags = new Flags(GLOBAL_FLAGS);
    for (const { name } of GLOBAL_FLAGS)
      if (this.#flags.has(name) && this.#flags.changed(name)) flags.set(name, this.#flags.string(name));
    const { connection, namespace } = await resolveConfig(this.#env, flags, (base64) =>
      decodeUtf8(bytesOfBase64(base64) ?? new Uint8Array()),
    );
    return { api: new Api(this.#env, this.#env.connect(connection), connection), namespace, server: connection.server };
  }

  async discovery(): Promise<Discovery> {
    const { api, server } = await this.#connect();
    const key = `discovery ${server} `;
    const cached = this.#env.cache?.get(key);
    if (cached instanceof Discovery) return cached;
    const discovery = await Discovery.load(api);
    this.#env.cache?.set(key, discovery);
    return discovery;
  }

  async kinds(): Promise<Candidate[]> {
    const found: Candidate[] = [];
    for (const { resource, group, verbs } of (await this.discovery()).preferred())
      if (verbs.includes('get')) found.push({ value: group === '' ? resource : `${resource}.${group}` });
    return found;
  }

  async objects(word: string): Promise<ApiObject[]> {
    const resource = (await this.discovery()).lookup(word);
    if (resource === undefined) return [];
    const { api, namespace } = await this.#connect();
    const { resourcePath } = await import('./discovery.ts');
    const list = await api.get(resourcePath(resource, namespace, undefined), { query: { limit: 500 } });
    return (list.items ?? []) as ApiObject[];
  }

  async names(word: string): Promise<string[]> {
    return (await this.objects(word)).map(({ metadata }) => metadata.name ?? '').sort();
  }

  async containers(pod: string): Promise<string[]> {
    const { containersOf } = await import('./pod-of.ts');
    const found = (await this.objects('pods')).find(({ metadata }) => metadata.name === pod.replace(/^pods?\//, ''));
    return found === undefined ? [] : containersOf(found).map(({ name }) => name);
  }
}

async function kubeconfigNames(
  env: KubectlEnvironment,
  flags: Flags,
  section: 'contexts' | 'clusters' | 'users',
): Promise<string[]> {
  const config = await loadKubeconfig(env, flags.has('kubeconfig') ? flags : new Flags(GLOBAL_FLAGS));
  return [...config[section].keys()].sort();
}

/** Values of a flag. */
async function valuesOf(
  spec: FlagSpec,
  line: Line,
  cluster: Cluster,
  env: KubectlEnvironment,
): Promise<readonly (string | Candidate)[]> {
  switch (spec.name) {
    case 'namespace':
      return cluster.names('namespaces');
    case 'output':
      return line.path === 'get' ? [...FORMATS, 'custom-columns', 'custom-columns-file', 'wide'].sort() : FORMATS;
    case 'container':
      return line.args[0] === undefined ? [] : cluster.containers(line.args[0]);
    case 'context':
      return kubeconfigNames(env, line.flags, 'contexts');
    case 'cluster':
      return kubeconfigNames(env, line.flags, 'clusters');
    case 'user':
      return kubeconfigNames(env, line.flags, 'users');
    case 'dry-run':
      return ['client', 'none', 'server'];
    case 'cascade':
      return ['background', 'foreground', 'orphan'];
    case 'type':
      if (line.path === 'patch') return ['json', 'merge', 'strategic'];
      return line.path === 'expose' ? ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'] : [];
    case 'restart':
      return ['Always', 'Never', 'OnFailure'];
    case 'for':
      return line.path === 'wait' ? ['condition=', 'create', 'delete', 'jsonpath='] : [];
    case 'subresource':
      return ['resize', 'scale', 'status'];
    case 'sort-by':
      return line.path.startsWith('top') ? ['cpu', 'memory'] : line.path === 'api-resources' ? ['kind', 'name'] : [];
    case 'clusterrole':
      return cluster.names('clusterroles');
    case 'role':
      return cluster.names('roles');
    case 'validate':
      return ['ignore', 'strict', 'warn'];
    default:
      return spec.type === 'bool' ? ['false', 'true'] : [];
  }
}

/** TYPE NAME, TYPE/NAME and comma lists. */
async function resourceArguments(
  line: Line,
  current: string,
  kinds: readonly string[],
  cluster: Cluster,
): Promise<Candidate[]> {
  const slash = current.indexOf('/');
  if (slash >= 0) {
    const type = current.slice(0, slash);
    return starting(
      (await cluster.names(type)).map((name) => `${type}/${name}`),
      current,
    );
  }
  const [type] = line.args;
  if (type === undefined) {
    const comma = current.lastIndexOf(',') + 1;
    const before = current.slice(0, comma);
    const all: (string | Candidate)[] = kinds.length > 0 ? [...kinds] : await cluster.kinds();
    return starting(all, current.slice(comma)).map(({ value }) => ({ value: before + value }));
  }
  if (type.includes('/')) {
    const [kind = ''] = type.split('/');
    return starting(
      (await cluster.names(kind)).map((name) => `${kind}/${name}`),
      current,
    );
  }
  if (type.includes(',')) return [];
  const taken = new Set(line.args.slice(1));
  return starting(
    (await cluster.names(type)).filter((name) => !taken.has(name)),
    current,
  );
}

async function explainFields(line: Line, current: string, cluster: Cluster): Promise<Candidate[]> {
  return line.args.length > 0 || current.includes('.') ? [] : starting(await cluster.kinds(), current);
}

async function podArguments(line: Line, current: string, cluster: Cluster): Promise<Candidate[]> {
  if (line.args.length > 0)
    return line.path === 'logs' && line.args.length === 1
      ? starting(await cluster.containers(line.args[0]!), current)
      : [];
  if (line.path === 'cp')
    return starting(
      (await cluster.names('pods')).map((name) => `${name}:`),
      current,
    );
  const slash = current.indexOf('/');
  if (slash >= 0) return resourceArguments(line, current, [], cluster);
  const workloads = ['daemonset/', 'deployment/', 'job/', 'replicaset/', 'statefulset/'];
  const extra =
    line.path === 'port-forward' ? [...workloads, 'service/'] : line.path === 'debug' ? ['node/'] : workloads;
  return starting([...(await cluster.names('pods')), ...extra], current);
}

async function nodeTaints(line: Line, current: string, cluster: Cluster): Promise<Candidate[]> {
  if (line.args.length === 0) return starting(['node'], current);
  return starting(await cluster.names('nodes'), current);
}

async function complete(line: Line, current: string, env: KubectlEnvironment): Promise<Completion> {
  const cluster = new Cluster(env, line.flags);
  const none: Completion = { candidates: [], files: false };
  if (line.afterDash) return none;
  if (line.open !== undefined) {
    if (FILE_FLAGS.has(line.open.name)) return { candidates: [], files: true };
    return { candidates: starting(await valuesOf(line.open, line, cluster, env), current), files: false };
  }
  const equals = current.indexOf('=');
  if (current.startsWith('--') && equals > 0 && line.command !== undefined) {
    const spec = specFor([...line.command.flags, ...GLOBAL_FLAGS], current);
    if (spec === undefined) return none;
    if (FILE_FLAGS.has(spec.name)) return { candidates: [], files: true };
    const prefix = current.slice(0, equals + 1);
    const values = starting(await valuesOf(spec, line, cluster, env), current.slice(equals + 1));
    return { candidates: values.map(({ value }) => ({ value: prefix + value })), files: false };
  }
  if (current.startsWith('-')) {
    const specs = [...(line.command?.flags ?? []), ...GLOBAL_FLAGS].filter(({ hidden }) => hidden !== true);
    const seen = new Set<string>();
    const flags: Candidate[] = [];
    for (const { name, short, type, alone, help } of specs) {
      if (seen.has(name)) continue;
      seen.add(name);
      const value = type === 'bool' || alone !== undefined ? '' : '=';
      flags.push({ value: `--${name}${value}`, description: help });
      if (current === '-' && short !== undefined) flags.push({ value: `-${short}`, description: help });
    }
    return {
      candidates: starting(
        flags.sort((a, b) => (a.value < b.value ? -1 : 1)),
        current,
      ),
      files: false,
    };
  }
  if (line.command === undefined) {
    const commands = COMMANDS.map(({ name, short }) => ({ value: name, description: short }));
    return { candidates: line.path === '' ? starting(commands, current) : [], files: false };
  }
  const subcommands = (line.command.subcommands ?? []).map(({ name, short }) => ({ value: name, description: short }));
  if (subcommands.length > 0 && line.args.length === 0) {
    const found = starting(subcommands, current);
    if (line.command.run === undefined || found.length > 0) return { candidates: found, files: false };
  }
  const { path } = line;
  if (path === 'cp') return { candidates: await podArguments(line, current, cluster), files: true };
  if (PODS.has(path)) return { candidates: await podArguments(line, current, cluster), files: false };
  if (path === 'explain') return { candidates: await explainFields(line, current, cluster), files: false };
  if (path === 'taint') return { candidates: await nodeTaints(line, current, cluster), files: false };
  if (path === 'kustomize') return { candidates: [], files: true };
  if (Object.hasOwn(NAMES, path))
    return { candidates: starting(await cluster.names(NAMES[path]!), current), files: false };
  if (
    path === 'config use-context' ||
    path === 'config delete-context' ||
    path === 'config rename-context' ||
    path === 'config get-contexts'
  )
    return { candidates: starting(await kubeconfigNames(env, line.flags, 'contexts'), current), files: false };
  if (path === 'config delete-cluster')
    return { candidates: starting(await kubeconfigNames(env, line.flags, 'clusters'), current), files: false };
  if (path === 'config delete-user')
    return { candidates: starting(await kubeconfigNames(env, line.flags, 'users'), current), files: false };
  if (path === 'completion')
    return { candidates: starting(['bash', 'fish', 'powershell', 'zsh'], current), files: false };
  if (path === 'auth can-i') {
    if (line.args.length === 0)
      return {
        candidates: starting(['create', 'delete', 'get', 'list', 'patch', 'update', 'watch', '*'], current),
        files: false,
      };
    return { candidates: line.args.length === 1 ? starting(await cluster.kinds(), current) : [], files: false };
  }
  if (Object.hasOwn(KINDS, path))
    return { candidates: await resourceArguments(line, current, KINDS[path]!, cluster), files: false };
  return none;
}

/**
 * What fits at the cursor: commands, flags and their values, kinds, names, namespaces, containers. `words` are those after `kubectl`
 * and before the cursor's word. An unreachable cluster offers nothing; nothing is thrown.
 */
export async function completeKubectl(
  words: readonly string[],
  current: string,
  env: KubectlEnvironment,
): Promise<Completion> {
  try {
    return await complete(await readLine(words), current, env);
  } catch {
    return { candidates: [], files: false };
  }
}
