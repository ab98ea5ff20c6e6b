import type { AnyObject } from '../../api/objects.ts';
import type { Engine } from '../../engine/index.ts';
import type { Store } from '../../store/store.ts';
import { programPack } from '../packs.ts';

/** Where etcd keeps its database below its data directory. */
export const DATABASE_FILE = 'member/snap/db';

/** Everything that is kept at one revision. */
export interface Snapshot {
  readonly revision: number;
  readonly entries: readonly { readonly table: string; readonly key: string; readonly object: AnyObject }[];
}

/**
 * etcd's process, and what its data directories hold. What its own clients see of it (`database.ts`) comes with the programs: the API
 * server uses the store itself.
 */
export class Etcd {
  readonly engine: Engine;
  readonly store: Store;
  /** Whether its process is there to answer. */
  running = false;
  /** The data directory's name for what is in the store, and what other directories hold. */
  opened = '';
  readonly closed = new Map<string, Snapshot>();

  constructor(engine: Engine, store: Store) {
    this.engine = engine;
    this.store = store;
  }

  /**
   * It starts on a data directory whose database file says `content`; undefined: the directory is empty. Answers what the file says from
   * now on. `emptied` is called when there is nothing in it any more.
   */
  open(content: string | undefined, emptied: () => void): string {
    if (this.opened === '') this.opened = nameOf(1);
    else if (content !== this.opened) programPack().reopen(this, content, emptied);
    return this.opened;
  }
}

/** What the file of a database says in its place. */
export function nameOf(number: number): string {
  return `etcd database ${number}\n`;
}
