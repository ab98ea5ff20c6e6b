import type { KubeObject } from '../../api/objects.ts';
import { notFound } from '../../api/status.ts';
import { type Client, Informer } from '../../client/index.ts';
import type { Engine } from '../../engine/index.ts';
import type { ResourceDefinition } from '../../resources/resource.ts';

interface Entry<T extends KubeObject> {
  readonly informer: Informer<T>;
  users: number;
}

/**
 * The ConfigMaps or Secrets that a node's pods refer to, each watched by its name for as long as a pod needs it: a node may
 * not see others (manager.NewWatchBasedManager).
 */
export class ObjectCache<T extends KubeObject> {
  private readonly engine: Engine;
  private readonly client: Client;
  private readonly resource: ResourceDefinition<T>;
  private readonly onChange: (namespace: string, name: string) => void;
  private readonly entries = new Map<string, Entry<T>>();

  /** `onChange` hears when a watched object appears, changes or goes. */
  constructor(
    engine: Engine,
    client: Client,
    resource: ResourceDefinition<T>,
    onChange: (namespace: string, name: string) => void,
  ) {
    this.engine = engine;
    this.client = client;
    this.resource = resource;
    this.onChange = onChange;
  }

  /** A pod needs the object from now on. */
  use(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const { engine, client, resource } = this;
      const informer = new Informer(engine, client, resource, { namespace, fieldSelector: `metadata.name=${name}` });
      entry = { informer, users: 0 };
      this.entries.set(key, entry);
      informer.start();
      const changed = () => this.onChange(namespace, name);
      // Handlers hear of what is there already, too: that is no change.
      let listening = false;
      informer.addHandler({
        added: () => {
          if (listening) changed();
        },
        updated: changed,
        deleted: changed,
      });
      listening = true;
    }
    entry.users++;
  }

  /** A pod no longer needs it. */
  release(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const entry = this.entries.get(key);
    if (entry === undefined || --entry.users > 0) return;
    entry.informer.stop();
    this.entries.delete(key);
  }

  /** The object. Throws NotFound, or that the API server has not been reached yet. */
  get(namespace: string, name: string): T {
    const { singular } = this.resource;
    const entry = this.entries.get(`${namespace}/${name}`);
    if (entry === undefined) return this.client.get(this.resource, namespace, name);
    if (!entry.informer.synced)
      throw new Error(`failed to sync ${singular} cache: timed out waiting for the condition`);
    const object = entry.informer.get(namespace, name);
    // The cache words it with the singular, unlike the API server.
    if (object === undefined) throw notFound({ group: '', plural: singular }, name);
    return object;
  }

  stop(): void {
    for (const { informer } of this.entries.values()) informer.stop();
    this.entries.clear();
  }
}
