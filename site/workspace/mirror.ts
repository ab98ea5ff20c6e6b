import type { AnyObject } from '../../sim-core/api/objects.ts';
import type { FrameChange } from '../../sim-core/host/door.ts';

/** The objects of a cluster as this page knows them, by table (`pods`, `deployments.apps`) and key (`default/web`). */
export class Mirror {
  private readonly tables = new Map<string, Map<string, AnyObject>>();

  /** Takes a change. An object that was gone already stays gone. */
  apply({ type, table, key, object }: Pick<FrameChange, 'type' | 'table' | 'key' | 'object'>): void {
    let rows = this.tables.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.tables.set(table, rows);
    }
    if (type === 'DELETED') rows.delete(key);
    else rows.set(key, object);
  }

  /** The same objects in a mirror that goes its own way. */
  clone(): Mirror {
    const copy = new Mirror();
    for (const [table, rows] of this.tables) copy.tables.set(table, new Map(rows));
    return copy;
  }

  /** The objects of a table in the order of their keys. */
  list(table: string): AnyObject[] {
    const rows = this.tables.get(table);
    if (rows === undefined) return [];
    return [...rows].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
  }

  /** How many objects a table has. */
  count(table: string): number {
    return this.tables.get(table)?.size ?? 0;
  }

  get(table: string, key: string): AnyObject | undefined {
    return this.tables.get(table)?.get(key);
  }

  /** The object with that uid, with the table and key where it lies. */
  find(uid: string): { table: string; key: string; object: AnyObject } | undefined {
    for (const [table, rows] of this.tables) {
      for (const [key, object] of rows) {
        if (object.metadata.uid === uid) return { table, key, object };
      }
    }
    return undefined;
  }

  tableNames(): string[] {
    return [...this.tables.keys()].sort();
  }
}
