import type { KubeObject } from '../../sim-core/api/objects.ts';
import type { Micros } from '../../sim-core/engine/index.ts';
import type { Change } from '../../sim-core/store/store.ts';
import { type PlainTest, testsWithin } from '../format/tests.ts';
import { type ObjectView, type Outcome, type TestContext, tableOf } from './context.ts';
import type { Copy } from './copies.ts';

/** A moment at which something may have come to be different. */
export interface Moment {
  readonly time: Micros;
  readonly view: ObjectView;
}

/** Asks a test that only looks at objects. */
export type AskPlain = (test: PlainTest, context: TestContext) => Outcome;

/** Objects of the tables that matter, as changes made them. */
class PastObjects implements ObjectView {
  private readonly tables = new Map<string, Map<string, KubeObject>>();
  private readonly sorted = new Map<string, readonly (readonly [string, KubeObject])[]>();

  apply({ type, table, key, object }: Change): void {
    let rows = this.tables.get(table);
    if (rows === undefined) {
      rows = new Map();
      this.tables.set(table, rows);
    }
    if (type === 'DELETED') rows.delete(key);
    else rows.set(key, object);
    this.sorted.delete(table);
  }

  list(table: string, prefix: string): readonly KubeObject[] {
    let rows = this.sorted.get(table);
    if (rows === undefined) {
      rows = [...(this.tables.get(table) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      this.sorted.set(table, rows);
    }
    return rows.flatMap(([key, object]) => (key.startsWith(prefix) ? [object] : []));
  }
}

/**
 * The moments of a copy's past between two times at which objects of the kinds that these tests name changed, with the moment of `from` itself.
 * What happened within one microsecond counts as one change. The view is that of the moment only until the next is taken.
 */
export function* momentsOf(
  copy: Copy,
  tests: readonly PlainTest[],
  from: Micros,
  to: Micros,
): Generator<Moment, void, void> {
  const { cluster } = copy.local.session;
  const tables = new Set<string>();
  for (const test of tests) {
    for (const each of testsWithin(test)) {
      if ('event' in each) tables.add('events');
      const [selection] = Object.values(each) as [{ apiVersion?: string; kind?: string }];
      if (selection?.apiVersion === undefined || selection.kind === undefined) continue;
      const where = tableOf(cluster, { apiVersion: selection.apiVersion, kind: selection.kind });
      if (where !== undefined) tables.add(where.table);
    }
  }
  const view = new PastObjects();
  let due = false;
  let begun = false;
  let time = from;
  for (const change of copy.changes) {
    if (!tables.has(change.table)) continue;
    if (change.time > to) break;
    if (!begun && change.time > from) {
      begun = true;
      due = false;
      yield { time: from, view };
    }
    if (due && change.time > time) {
      yield { time, view };
      due = false;
    }
    view.apply(change);
    time = change.time;
    due = begun;
  }
  if (!begun) yield { time: from, view };
  else if (due) yield { time, view };
}

/** The first moment, from a time on, at which a test holds. */
export function firstTime(
  copy: Copy,
  test: PlainTest,
  from: Micros,
  to: Micros,
  ask: AskPlain,
  context: TestContext,
): Micros | undefined {
  for (const { time, view } of momentsOf(copy, [test], from, to))
    if (ask(test, { ...context, view }).status === 'passed') return time;
  return undefined;
}
