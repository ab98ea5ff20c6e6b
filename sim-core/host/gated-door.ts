import type { MetaProvider } from '../apiserver/rest/meta.ts';
import { hasPrograms, missedPrograms } from '../cluster/packs.ts';
import type { FromHost, ToHost } from './door.ts';
import { DoorHost, type Platform } from './door-host.ts';

/**
 * A door whose cluster starts before the programs of its containers have been loaded (`load`, which imports `programs.ts`). Until they
 * have, plain reads are answered, everything else waits in its order, and the cluster's time stands still. What needs programs to start
 * at all, as an exercise's pods or a log that is replayed do, starts with them.
 */
export class GatedDoor {
  readonly host: DoorHost;
  private readonly platform: Platform;
  private readonly load: () => Promise<unknown>;
  private readonly documents: (() => Promise<MetaProvider>) | undefined;
  private provider: MetaProvider | undefined;
  /** Messages to be taken once everything is loaded; undefined: it is. */
  private held: ToHost[] | undefined = hasPrograms() ? undefined : [];
  private loading = false;
  /** What a cluster says while it starts: nothing of it is true if it missed something. */
  private unsaid: FromHost[] | undefined;
  private readonly timers = new Map<object, () => void>();

  /** `documents` loads what answers requests for OpenAPI: with descriptions it is large, and comes when it is first asked for. */
  constructor(platform: Platform, load: () => Promise<unknown>, documents?: () => Promise<MetaProvider>) {
    this.platform = platform;
    this.load = load;
    this.documents = documents;
    this.host = new DoorHost({
      ...platform,
      post: (message) => {
        if (this.unsaid === undefined) platform.post(message);
        else this.unsaid.push(message);
      },
      after: (milliseconds, run) => this.after(milliseconds, run),
      report: (error) => {
        if (this.unsaid === undefined) platform.report(error);
      },
    });
  }

  receive(message: ToHost): void {
    if (this.documents === undefined || !asksForDocuments(message)) this.take(message);
    else if (this.provider !== undefined) this.takeWith(this.provider, message);
    else {
      this.documents().then(
        (provider) => {
          this.provider = provider;
          this.takeWith(provider, message);
        },
        (error: unknown) => {
          this.platform.report(error);
          this.take(message);
        },
      );
    }
  }

  private takeWith(provider: MetaProvider, message: ToHost): void {
    const { cluster } = this.host;
    if (cluster !== undefined) Object.assign(cluster.meta, provider);
    this.take(message);
  }

  private take(message: ToHost): void {
    const { held, host } = this;
    if (held === undefined) host.receive(message);
    else if (held.length > 0) held.push(message);
    else if (message.type === 'boot' && message.log === undefined) this.start(message);
    else if (isRead(message) && host.cluster !== undefined) host.receive(message);
    else this.hold(message);
  }

  /** Starts a cluster; if it misses anything, once more with everything. */
  private start(boot: ToHost): void {
    this.unsaid = [];
    this.host.receive(boot);
    const said = this.unsaid;
    this.unsaid = undefined;
    if (missedPrograms()) {
      this.timers.clear();
      this.hold(boot);
      return;
    }
    for (const message of said) this.platform.post(message);
    this.complete();
  }

  private hold(message: ToHost): void {
    this.held?.push(message);
    this.complete();
  }

  private complete(): void {
    if (this.loading) return;
    this.loading = true;
    this.load().then(
      () => this.open(),
      (error: unknown) => {
        this.loading = false;
        this.platform.report(error);
        this.platform.post({ type: 'failed', message: 'the programs of containers could not be loaded' });
      },
    );
  }

  private open(): void {
    const { held = [], timers } = this;
    this.held = undefined;
    for (const message of held) this.host.receive(message);
    // A cluster that was started anew has cancelled the timers of the one before.
    for (const run of [...timers.values()]) run();
    timers.clear();
  }

  /** The cluster's clock is driven by timers: they wait, too. */
  private after(milliseconds: number, run: () => void): () => void {
    if (this.held === undefined) return this.platform.after(milliseconds, run);
    const key = {};
    let cancel = () => {
      this.timers.delete(key);
    };
    this.timers.set(key, () => {
      cancel = this.platform.after(milliseconds, run);
    });
    return () => cancel();
  }
}

/** Whether a message is a request for an OpenAPI document, which changes nothing. */
function asksForDocuments(message: ToHost): boolean {
  return (
    message.type === 'input' && message.input.type === 'request' && message.input.request.path.startsWith('/openapi/')
  );
}

/** Whether a message changes nothing and makes no program run. */
function isRead(message: ToHost): boolean {
  if (message.type === 'input') return message.input.type === 'request' && message.input.request.method === 'GET';
  return (
    message.type === 'watch' || message.type === 'log' || message.type === 'look-back' || message.type === 'timeline'
  );
}
