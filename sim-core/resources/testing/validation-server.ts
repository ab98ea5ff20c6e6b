import type { AnyObject } from '../../api/objects.ts';
import { StatusError } from '../../api/status.ts';
import { ApiServer } from '../../apiserver/server.ts';
import { Engine, parseTime } from '../../engine/index.ts';
import { Store } from '../../store/store.ts';
import { builtInResources } from '../index.ts';
import { ResourceRegistry } from '../registry.ts';

type Manifest = Record<string, unknown> & {
  apiVersion: string;
  kind: string;
  metadata: Record<string, unknown> & { name?: string; namespace?: string };
};

/** What became of a request: the object, or what was wrong with it, one `field: message` a line, and the warnings. */
export interface Outcome {
  readonly object?: AnyObject;
  readonly errors: string[];
  readonly message: string;
  readonly warnings: string[];
}

/** An API server without admission: what refuses an object here is its kind. */
export class ValidationServer {
  readonly server: ApiServer;

  constructor() {
    const engine = new Engine({ seed: 1, epoch: parseTime('2026-01-05T09:00:00Z')! });
    this.server = new ApiServer({
      engine,
      store: new Store(engine),
      resources: new ResourceRegistry(builtInResources),
      authorizers: [{ name: 'all', authorize: () => ({ verdict: 'allow', reason: '' }) }],
      admission: [],
    });
  }

  create(manifest: Manifest): Outcome {
    return this.send('create', manifest);
  }

  update(manifest: Manifest, subresource?: string): Outcome {
    return this.send('update', manifest, subresource);
  }

  private send(verb: 'create' | 'update', manifest: Manifest, subresource?: string): Outcome {
    const target = this.server.resources.of(manifest);
    if (target === undefined) throw new TypeError(`${manifest.apiVersion} ${manifest.kind} is not served`);
    const namespace = target.resource.namespaced ? (manifest.metadata.namespace ?? 'default') : undefined;
    const warnings: string[] = [];
    try {
      const object = this.server.handle({
        verb,
        target,
        user: { username: 'admin', groups: ['system:masters'] },
        userAgent: 'test',
        warnings,
        options: {},
        ...(namespace === undefined ? {} : { namespace }),
        ...(verb === 'update' ? { name: manifest.metadata.name! } : {}),
        ...(subresource === undefined ? {} : { subresource }),
        body: manifest as unknown as AnyObject,
      }) as AnyObject;
      return { object, errors: [], message: '', warnings };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const causes = error.status.details?.causes ?? [];
      return {
        errors: causes.map(({ field, message }) => `${field}: ${message}`),
        message: error.message,
        warnings,
      };
    }
  }
}
