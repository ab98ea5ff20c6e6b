import { DEFAULT_EPOCH, type Visit } from '../../sim-core/cluster/cluster.ts';
import type { Micros } from '../../sim-core/engine/index.ts';
import { LocalCluster } from '../../sim-core/host/local-client.ts';
import type { Session, SessionLog } from '../../sim-core/host/session.ts';
import type { Change } from '../../sim-core/store/store.ts';
import { type Exercise, questionsOf } from '../format/exercise.ts';
import { type Action, type Test, testsWithin } from '../format/tests.ts';
import { packs } from './packs.ts';

/** The most virtual time that a cluster is given to come to rest before it is judged. */
const PATIENCE: Micros = 600_000_000;

/** A copy of a learner's cluster, and what has been seen of it. */
export interface Copy {
  readonly local: LocalCluster;
  /** Every change since its boot, oldest first; empty when no test asks for the past. */
  readonly changes: readonly Change[];
  /** When the learner began; in a scenario, when its actions did. */
  begun: Micros;
  /** How requests of a scenario's load fared, by name. */
  readonly loads: Map<string, readonly Visit[]>;
  /** Something has been done to it that is not part of its scenario: no other test may use it. */
  spent: boolean;
}

/** Looks on while the learner's cluster is made again, and changes nothing. */
export interface Onlooker {
  /** Before anything has happened in it. */
  begun?(session: Session): void;
  /** Where the log ends, before the cluster is given time to come to rest. */
  ended?(session: Session): void;
}

/** A cluster in which somebody works, and what has been seen of it since its boot. */
export interface Lived {
  readonly local: LocalCluster;
  readonly changes: readonly Change[];
}

/** Makes copies of a learner's cluster by replaying their log, and shares those that several tests can use. */
export class Copies {
  private readonly log: SessionLog;
  private readonly recorded: boolean;
  private readonly lived: Lived | undefined;
  private readonly ready = new Map<string, Copy>();
  /** How often a scenario of these actions is still to come. */
  private readonly planned = new Map<string, number>();
  private beginning: Copies | undefined;
  private spare: Copy | undefined;
  private original: Copy | undefined;
  private forQuestions: Copy | undefined;
  /** How many replays there were: what tests of sharing look at. */
  made = 0;

  /** `tests` are asked for certain, `more` perhaps; `lived` is the cluster of the log itself, when nobody needs it any more. */
  constructor(log: SessionLog, tests: readonly Test[], more: readonly Test[] = [], recorded = false, lived?: Lived) {
    this.lived = lived;
    this.log = { ...log, cluster: { ...log.cluster, trace: { level: 'off' } } };
    const within = tests.flatMap((test) => [...testsWithin(test)]);
    const all = [...within, ...more.flatMap((test) => [...testsWithin(test)])];
    this.recorded = recorded || all.some((test) => 'history' in test || 'script' in test);
    for (const test of within) if ('scenario' in test) this.plan(test.scenario.actions, 1);
  }

  /** The cluster as the learner left it, at rest. It must only be looked at. */
  untouched(onlooker?: Onlooker): Copy {
    this.original ??= this.lived === undefined ? this.fresh(onlooker) : this.atRest(this.lived);
    return this.original;
  }

  /** Nobody looks at the learner's cluster as it was any more: it is the next copy, and a replay is saved. */
  release(): void {
    this.spare = this.original;
  }

  /** A copy for requests that change nothing but the time; they share it. */
  forReading(): Copy {
    if (this.forQuestions === undefined || this.forQuestions.spent) this.forQuestions = this.fresh();
    return this.forQuestions;
  }

  /** A copy of one's own. */
  fresh(onlooker: Onlooker = {}): Copy {
    const { spare } = this;
    if (spare !== undefined) {
      this.spare = undefined;
      return spare;
    }
    this.made += 1;
    const changes: Change[] = [];
    const local = new LocalCluster(this.log, (session) => {
      onlooker.begun?.(session);
      if (this.recorded) keepChanges(session, changes);
    });
    onlooker.ended?.(local.session);
    return this.atRest({ local, changes });
  }

  private atRest({ local, changes }: Lived): Copy {
    const { cluster } = local.session;
    if (packs.documents !== undefined) Object.assign(cluster.meta, packs.documents());
    cluster.engine.settle({ limit: PATIENCE });
    // A page writes the learner's files as soon as the cluster starts; what they do comes after.
    const first = this.log.entries.find(({ input }) => input.type !== 'file');
    const begun = first?.time ?? cluster.readySince ?? cluster.engine.epoch;
    return { local, changes, begun, loads: new Map(), spent: false };
  }

  /** Where copies of the cluster as the exercise begins come from, before the learner has done anything. */
  ofBeginning(exercise: Exercise): Copies {
    if (this.beginning === undefined) {
      const { cluster } = this.log;
      const epoch = cluster.epoch ?? DEFAULT_EPOCH;
      const scenarios = questionsOf(exercise).map(
        ({ answer: { actions } }): Test => ({ scenario: { actions, expect: [] } }),
      );
      this.beginning = new Copies({ cluster, entries: [], until: { time: epoch, executed: 0 } }, scenarios, [], true);
    }
    return this.beginning;
  }

  /** A scenario begins: a copy in which the first so many of its actions have happened already. */
  take(actions: readonly Action[]): { readonly copy: Copy; readonly done: number } {
    this.plan(actions, -1);
    for (let done = actions.length; done > 0; done--) {
      const key = keyOf(actions.slice(0, done));
      const copy = this.ready.get(key);
      if (copy === undefined) continue;
      const others = this.planned.get(key) ?? 0;
      if (done < actions.length && others > 0) continue;
      this.ready.delete(key);
      return { copy, done };
    }
    return { copy: this.fresh(), done: 0 };
  }

  /** A scenario has been judged: its copy is kept if another goes on from there. */
  giveBack(actions: readonly Action[], copy: Copy): void {
    if (copy.spent || ![...this.planned].some(([other, count]) => count > 0 && goesOn(actions, other))) return;
    this.ready.set(keyOf(actions), copy);
  }

  private plan(actions: readonly Action[], by: 1 | -1): void {
    const key = keyOf(actions);
    this.planned.set(key, (this.planned.get(key) ?? 0) + by);
  }
}

/** Adds every change of a cluster's objects to a list, oldest first. */
export function keepChanges({ cluster: { store } }: Session, changes: Change[]): void {
  const hear = store.onChange;
  store.onChange = (change) => {
    hear(change);
    changes.push(change);
  };
}

function keyOf(actions: readonly Action[]): string {
  return JSON.stringify(actions);
}

/** Whether the actions of a key begin with these. */
function goesOn(actions: readonly Action[], key: string): boolean {
  return key.startsWith(keyOf(actions).slice(0, -1));
}
