import { parseJson } from '../../api/json.ts';
import type { Micros } from '../../engine/index.ts';
import { type Directory, RegularFile } from '../../images/file-node.ts';
import type { NetworkConfigList, PluginConfig } from './plugin.ts';

export const CONFIG_FOLDER = 'etc/cni/net.d';
const PLUGIN_FOLDER = 'opt/cni/bin';
/** Plugins that call another one to give an address out. */
const ADDRESS_PLUGINS: Readonly<Record<string, string>> = {
  bridge: 'host-local',
  flannel: 'host-local',
  calico: 'calico-ipam',
};

/** A node's /etc/cni/net.d and /opt/cni/bin. What is there already stays. */
export class CniFiles {
  private readonly root: Directory;

  constructor(root: Directory) {
    this.root = root;
    this.root.ensure(CONFIG_FOLDER);
  }

  writeConfig(file: string, config: NetworkConfigList, now: Micros): void {
    const path = `${CONFIG_FOLDER}/${file}`;
    if (this.root.find(path) !== undefined) return;
    this.root.put(path, new RegularFile(`${JSON.stringify(config, undefined, 2)}\n`, { modified: now }));
  }

  removeConfig(file: string): void {
    this.root.ensure(CONFIG_FOLDER).entries.delete(file);
  }

  writePlugin(type: string, now: Micros): void {
    for (const name of [type, ADDRESS_PLUGINS[type]]) {
      const path = `${PLUGIN_FOLDER}/${name}`;
      if (name === undefined || this.root.find(path) !== undefined) continue;
      this.root.put(path, new RegularFile(`ELF ${name}\n`, { mode: 0o755, modified: now }));
    }
  }

  /** The configurations that are there, by file. A file that is none is passed over, as containerd does. */
  configs(): Map<string, NetworkConfigList> {
    const found = new Map<string, NetworkConfigList>();
    for (const [name, file] of this.root.ensure(CONFIG_FOLDER).entries) {
      if (!/\.(conf|conflist|json)$/.test(name) || file.kind !== 'file' || !('content' in file)) continue;
      const config = configOf(jsonOf(file.content));
      if (config !== undefined) found.set(name, config);
    }
    return found;
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text).value;
  } catch {
    return undefined;
  }
}

function configOf(value: unknown): NetworkConfigList | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, plugins, type, cniVersion } = value as Record<string, unknown>;
  if (typeof name !== 'string') return undefined;
  // A single plugin's configuration stands for a list of one.
  const list: unknown = Array.isArray(plugins) ? plugins : typeof type === 'string' ? [value] : undefined;
  if (!Array.isArray(list) || list.length === 0 || !list.every(isPlugin)) return undefined;
  return { name, cniVersion: typeof cniVersion === 'string' ? cniVersion : '0.3.1', plugins: list };
}

function isPlugin(value: unknown): value is PluginConfig {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}
