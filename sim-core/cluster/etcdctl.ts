import type { AnyObject } from '../api/objects.ts';
import { sha256Hex } from '../api/sha256.ts';
import { encodeUtf8 } from '../api/utf8.ts';
import { FileError, type Program } from '../images/process.ts';
import { applet, type Tool, ToolError } from '../images/shell/applets/tool.ts';
import type { Store } from '../store/store.ts';

/** Prefixes that the API server uses for historical reasons, where they are not the resource's own name. */
const PREFIXES: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  replicationcontrollers: 'controllers',
  'ingresses.networking.k8s.io': 'ingress',
  'podsecuritypolicies.policy': 'podsecuritypolicy',
};
/** Groups whose resources stand under their own name alone. */
const SHORT =
  /\.(apps|batch|autoscaling|policy|rbac\.authorization\.k8s\.io|storage\.k8s\.io|coordination\.k8s\.io|discovery\.k8s\.io|networking\.k8s\.io|scheduling\.k8s\.io|admissionregistration\.k8s\.io|certificates\.k8s\.io|node\.k8s\.io|flowcontrol\.apiserver\.k8s\.io)$/;

/** The key of an object in etcd: `/registry/pods/default/web`. */
export function etcdKey(table: string, { metadata }: AnyObject): string {
  const dot = table.indexOf('.');
  const prefix = Object.hasOwn(PREFIXES, table)
    ? PREFIXES[table]!
    : dot < 0 || SHORT.test(table)
      ? table.replace(/\..*$/, '')
      : `${table.slice(dot + 1)}/${table.slice(0, dot)}`;
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  return `/registry/${prefix}/${name}`;
}

interface Snapshot {
  readonly revision: number;
  readonly entries: readonly { readonly key: string; readonly object: AnyObject }[];
}

function entriesOf(store: Store): Snapshot['entries'] {
  return store
    .tableNames()
    .flatMap((table) => store.list(table).map((object) => ({ key: etcdKey(table, object), object })))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** `snapshot save FILE` writes what is kept, as JSON; `snapshot status FILE` tells what such a file holds. */
function snapshot(tool: Tool, store: Store, [action, file]: readonly string[]): number {
  if (file === undefined)
    throw new ToolError(
      action === 'save' ? 'snapshot save expects one argument' : 'snapshot status requires exactly one argument',
    );
  if (action === 'save') {
    const kept: Snapshot = { revision: store.revision, entries: entriesOf(store) };
    tool.process.files.write(tool.path(file), `${JSON.stringify(kept)}\n`);
    tool.out(`Snapshot saved at ${file}\n`);
    return 0;
  }
  let text: string;
  let kept: Snapshot;
  try {
    text = tool.process.files.read(tool.path(file));
    kept = JSON.parse(text) as Snapshot;
  } catch (error) {
    throw new ToolError(error instanceof FileError ? `${file}: ${error.message}` : `${file} is no snapshot`);
  }
  const cells = [
    sha256Hex(encodeUtf8(text)).slice(0, 8),
    String(kept.revision),
    String(kept.entries.length),
    `${(text.length / 1000).toFixed(1)} kB`,
  ];
  const heads = ['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE'];
  const widths = heads.map((head, index) => Math.max(head.length, cells[index]!.length) + 2);
  const rule = `+${widths.map((width) => '-'.repeat(width)).join('+')}+\n`;
  const row = (values: readonly string[]) =>
    `|${values.map((value, index) => ` ${value}`.padStart(Math.floor((widths[index]! + value.length) / 2) + 1).padEnd(widths[index]!)).join('|')}|\n`;
  if (tool.args.some((arg) => /table$/.test(arg))) tool.out(`${rule}${row(heads)}${rule}${row(cells)}${rule}`);
  else tool.out(`${cells.join(', ')}\n`);
  return 0;
}

/**
 * etcdctl on the control plane, looking at the store in etcd's place. Values are shown as JSON: a real API server stores protobuf, which nobody
 * can read. Writing past the API server is not simulated.
 */
export function etcdctl(store: Store): Program {
  return applet((tool) => {
    const words: string[] = [];
    const flags = new Map<string, string>();
    for (let index = 0; index < tool.args.length; index++) {
      const [name = '', value] = tool.args[index]!.split('=', 2);
      if (!name.startsWith('-')) words.push(tool.args[index]!);
      else if (value !== undefined) flags.set(name, value);
      else if (/^--(endpoints|cacert|cert|key|limit|rev|write-out)$|^-w$/.test(name))
        flags.set(name, tool.args[++index] ?? '');
      else flags.set(name, '');
    }
    const [command, ...rest] = words;
    const endpoint = (flags.get('--endpoints') ?? '127.0.0.1:2379').replace(/^https?:\/\//, '');
    if (command === 'version') {
      tool.out('etcdctl version: 3.5.21\nAPI version: 3.5\n');
      return 0;
    }
    if (command === 'endpoint') {
      if (rest[0] === 'health') tool.out(`${endpoint} is healthy: successfully committed proposal: took = 1.2ms\n`);
      else
        tool.out(
          `${endpoint}, 8e9e05c52164694d, 3.5.21, 4.2 MB, true, false, 2, ${store.revision}, ${store.revision}, \n`,
        );
      return 0;
    }
    if (command === 'member' && rest[0] === 'list') {
      tool.out('8e9e05c52164694d, started, control-plane, https://10.0.0.10:2380, https://10.0.0.10:2379, false\n');
      return 0;
    }
    if (command === 'snapshot' && (rest[0] === 'save' || rest[0] === 'status')) return snapshot(tool, store, rest);
    if (command === 'snapshot' || command === 'put' || command === 'del')
      throw new ToolError(`etcdctl ${words.slice(0, 2).join(' ')} is not simulated by sim-core`);
    if (command !== 'get')
      throw new ToolError(
        'etcdctl here knows: get, endpoint health, endpoint status, member list, snapshot save, snapshot status, version',
      );
    const [key = ''] = rest;
    const prefix = flags.has('--prefix') || flags.has('--from-key');
    const found = entriesOf(store).filter((entry) => (prefix ? entry.key.startsWith(key) : entry.key === key));
    const limit = Number(flags.get('--limit') ?? 0);
    if (flags.has('--count-only')) {
      tool.out(`${found.length}\n`);
      return 0;
    }
    for (const entry of limit > 0 ? found.slice(0, limit) : found) {
      if (!flags.has('--print-value-only')) tool.out(`${entry.key}\n`);
      if (flags.has('--keys-only')) tool.out('\n');
      else tool.out(`${JSON.stringify(entry.object)}\n`);
    }
    return 0;
  });
}
