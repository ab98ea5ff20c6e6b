import type { MetaProvider } from '../apiserver/rest/meta.ts';
import { hasEverything, missedParts } from '../cluster/packs.ts';
import type { FromHost, ToHost } from './door.ts';
import { DoorHost, type Moment, type Platform } from './door-host.ts';

/**
 * A door whose cluster starts before all of the simulator has been loaded (`load`, which imports `programs.ts`). Its clock runs, and reads
 * are answered; everything else waits in its order until everything is there. Should the cluster need anything of that earlier, it stops where
 * it was before, and is made again up to there: nothing that is not true is ever said. What needs everything to start at all, as an exercise's
 * pods or a log that is replayed do, starts with it.
 */
export class GatedDoor {
  readonly host: DoorHost;
  private readonly platform: Platform;
  private readonly load: () => Promise<unknown>;
  private readonly documents: (() => Promise<MetaProvider>) | undefined;
  private readonly patience: number;
  private provider: MetaProvider | undefined;
  /** Messages to be taken once everything is loaded; undefined: it is. */
  private held: ToHost[] | undefined = hasEverything() ? undefined : [];
  private loading = false;
  /** What a cluster says while it does something: nothing of it is true if it missed something. */
  private unsaid: FromHost[] | undefined;
  /** The last moment at which nothing had been missed, once something has. */
  private spoilt: Moment | undefined;

  /**
   * `documents` loads what answers requests for OpenAPI: with descriptions it is large, and comes when it is first asked for. `patience`: how
   * many milliseconds to wait, once a cluster is up, before loading what nobody has needed yet, so that what a page needs sooner comes first.
   */
  constructor(platform: Platform, load: () => Promise<unknown>, documents?: () => Promise<MetaProvider>, patience = 0) {
    this.platform = platform;
    this.patience = patience;
    this.load = load;
    this.documents = documents;
    this.host = new DoorHost({
      ...platform,
      post: (message) => {
        if (this.unsaid === undefined) platform.post(message);
        else this.unsaid.push(message);
      },
      after: (milliseconds, run) =>
        platform.after(milliseconds, () => {
          if (this.held === undefined) run();
          else if (this.spoilt === undefined) this.attempt(run);
        }),
      report: (error) => {
        if (this.unsaid === undefined || missedParts() === undefined) platform.report(error);
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
    if (held === undefined) {
      host.receive(message);
      return;
    }
    const waits = held.length > 0 || this.spoilt !== undefined || !(mayStart(message) || this.mayRead(message));
    if (waits || !this.attempt(() => host.receive(message))) {
      held.push(message);
      this.loadRest();
    } else if (message.type === 'boot') this.platform.after(this.patience, () => this.loadRest());
  }

  private mayRead(message: ToHost): boolean {
    return this.host.cluster !== undefined && isRead(message);
  }

  /** Whether everything is there: before, nobody may touch the cluster but through the door. */
  get isOpen(): boolean {
    return this.held === undefined;
  }

  /** Has the host do something. Answers whether it could: if not, it is as if it had not begun. */
  private attempt(run: () => void): boolean {
    const before = this.host.moment();
    const unsaid: FromHost[] = [];
    this.unsaid = unsaid;
    run();
    this.unsaid = undefined;
    if (missedParts() !== undefined) {
      this.spoilt = before;
      this.loadRest();
      return false;
    }
    for (const message of unsaid) this.platform.post(message);
    return true;
  }

  /** Loads what is missing, unless that has begun. */
  loadRest(): void {
    if (this.loading || this.held === undefined) return;
    this.loading = true;
    this.load().then(
      () => this.open(),
      (error: unknown) => {
        this.loading = false;
        this.platform.report(error);
        this.platform.post({ type: 'failed', message: 'a part of the simulator could not be loaded' });
      },
    );
  }

  private open(): void {
    const { held = [], spoilt, host, provider } = this;
    this.held = undefined;
    this.spoilt = undefined;
    if (spoilt !== undefined) {
      host.returnTo(spoilt);
      if (provider !== undefined && host.cluster !== undefined) Object.assign(host.cluster.meta, provider);
    }
    for (const message of held) host.receive(message);
  }
}

/** Whether a message asks for a cluster that comes up by itself. */
function mayStart(message: ToHost): boolean {
  if (message.type !== 'boot' || message.log !== undefined) return false;
  const { setup = [], images = [], incidents = [], visitors = [] } = message.options;
  return [...setup, ...images, ...incidents, ...visitors].length === 0;
}

/** Whether a message is a request for an OpenAPI document, which changes nothing. */
function asksForDocuments(message: ToHost): boolean {
  return (
    message.type === 'input' && message.input.type === 'request' && message.input.request.path.startsWith('/openapi/')
  );
}

/** Whether a message changes nothing in the cluster and makes no program run. */
function isRead(message: ToHost): boolean {
  if (message.type === 'input') {
    const { input } = message;
    // A command line begins with a note of it.
    if (input.type === 'note' || input.type === 'file') return true;
    if (input.type === 'open') return /^\/apis?\/[^?]*\?(?:[^#]*&)?watch=(?:true|1)\b/.test(input.request.path);
    return input.type === 'request' && input.request.method === 'GET';
  }
  return (
    message.type === 'watch' || message.type === 'log' || message.type === 'look-back' || message.type === 'timeline'
  );
}
