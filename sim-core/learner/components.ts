import type { ControllerDefinition } from '../controllers/controller.ts';
import { controllers } from '../controllers/index.ts';
import {
  type ControllerManager,
  type ControllerManagerOptions,
  startControllerManager,
} from '../controllers/manager.ts';
import type { Engine } from '../engine/index.ts';
import { type RunningScheduler, type StartSchedulerOptions, startScheduler } from '../scheduler/start.ts';
import { learnerController } from './learner-controller.ts';
import { type LearnerPlugin, learnerPlugin } from './learner-plugin.ts';
import type { ComponentReports, ComponentSource } from './machine.ts';
import type { ComponentProblem, SandboxFactory } from './sandbox.ts';

/** How a component does. */
export interface ComponentState {
  readonly name: string;
  readonly file: string;
  /** What it takes the place of; `addition`: of nothing. */
  readonly role: ComponentRole;
  /** Its machine has ended: nothing is done in its place until the source is replaced or taken away. */
  readonly failed: boolean;
  /** Newest last; the same one again is counted, not repeated. */
  readonly problems: readonly (ComponentProblem & { readonly times: number })[];
  readonly log: readonly string[];
}

export type ComponentRole = 'controller' | 'scheduler' | 'scheduler-plugin' | 'addition';

interface State {
  source: ComponentSource;
  failed: boolean;
  problems: (ComponentProblem & { times: number })[];
  log: string[];
}

const SCHEDULER = 'kube-scheduler';
const PLUGIN = 'scheduler-plugin/';
const NAMES = /^(scheduler-plugin\/[A-Za-z][A-Za-z0-9]{0,62}|[a-z]([-a-z0-9]{0,61}[a-z0-9])?)$/;
const MOST_PROBLEMS = 50;
const MOST_LINES = 500;
const MOST_COMPONENTS = 32;

/** Something of the control plane that components take places in. */
interface Place {
  changed(name: string): void;
}

/**
 * The components of a cluster that are a learner's own. The control plane's processes are started through it: whatever has a
 * learner's source runs that, and the upstream part comes back when the source is taken away.
 */
export class Components implements ComponentReports {
  /** Who makes the machines; to be set before the first source. */
  sandboxes: SandboxFactory | undefined;
  private readonly engine: Engine;
  private readonly states = new Map<string, State>();
  private readonly places = new Set<Place>();

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** All components that are the learner's, in the order in which they came. */
  list(): ComponentState[] {
    return [...this.states.entries()].map(([name, { source, failed, problems, log }]) => ({
      name,
      file: source.file,
      role: this.roleOf(name),
      failed,
      problems: [...problems],
      log: [...log],
    }));
  }

  /**
   * Puts a source in the place of a component; null: gives the place back. A name that no component can have, and one more component than
   * there may be, is a problem that is reported, and nothing else happens.
   */
  set(name: string, source: string | null, file = 'component.ts'): void {
    const tooMany = !this.states.has(name) && this.states.size >= MOST_COMPONENTS;
    if (!NAMES.test(name) || tooMany) {
      this.problem(name.slice(0, 100), { key: 'name', values: { name: JSON.stringify(name.slice(0, 100)) } }, true);
      return;
    }
    if (source === null) this.states.delete(name);
    else {
      if (this.sandboxes === undefined) throw new TypeError('components need sandboxes: wait for loadSandbox() first');
      const place = file.replace(/[^\w./-]/g, '_').slice(-100) || 'component.ts';
      this.states.delete(name);
      this.states.set(name, {
        // `jotasu` is the library's name.
        source: { name, file: place === 'jotasu' ? 'component.ts' : place, source },
        failed: false,
        problems: [],
        log: [],
      });
    }
    this.engine.asWork(() => {
      for (const place of [...this.places]) place.changed(name);
    });
  }

  log(name: string, message: string): void {
    this.engine.emit('component', name, { name, log: message });
    const log = this.states.get(name)?.log;
    log?.push(message);
    if (log !== undefined && log.length > MOST_LINES) log.shift();
  }

  problem(name: string, problem: ComponentProblem, fatal: boolean): void {
    this.engine.emit('component', name, { name, problem });
    const state = this.states.get(name);
    if (state === undefined) return;
    if (fatal) state.failed = true;
    const same = state.problems.find(
      ({ key, line, values }) =>
        key === problem.key && line === problem.line && JSON.stringify(values) === JSON.stringify(problem.values),
    );
    if (same !== undefined) same.times += 1;
    else state.problems.push({ ...problem, times: 1 });
    if (state.problems.length > MOST_PROBLEMS) state.problems.shift();
  }

  /** Starts kube-controller-manager (`startControllerManager`) with the learner's controllers in their places. */
  startControllerManager(options: ControllerManagerOptions): ControllerManager {
    const upstream = new Map(options.controllers.map((controller) => [controller.name, controller]));
    const definitionOf = (name: string): ControllerDefinition | undefined => {
      const source = this.states.get(name)?.source;
      const base = upstream.get(name);
      if (source === undefined) return base;
      return this.controllerFrom(base ?? { name, user: OWNER }, source);
    };
    const belongs = (name: string) => upstream.has(name) || this.roleOf(name) === 'addition';
    const names = new Set([...upstream.keys(), ...[...this.states.keys()].filter(belongs)]);
    const controllers = [...names].map((name) => definitionOf(name)!);
    const manager = startControllerManager({ ...options, controllers });
    return this.occupy(manager, (name) => {
      if (!belongs(name)) return;
      const definition = definitionOf(name);
      if (definition === undefined) manager.remove(name);
      else manager.replace(definition);
    });
  }

  /** Starts kube-scheduler with the learner's plugins, or the learner's scheduler. Options of both kinds of process. */
  startScheduler(options: StartSchedulerOptions & Pick<ControllerManagerOptions, 'connect' | 'discover'>): {
    stop(): void;
  } {
    let running = this.schedulerNow(options);
    return this.occupy({ stop: () => running.stop() }, (name) => {
      if (name === SCHEDULER) {
        running.stop();
        running = this.schedulerNow(options);
      } else if (name.startsWith(PLUGIN)) running.plugin?.(name);
    });
  }

  private schedulerNow(options: StartSchedulerOptions & Pick<ControllerManagerOptions, 'connect' | 'discover'>): {
    stop(): void;
    plugin?(name: string): void;
  } {
    const source = this.states.get(SCHEDULER)?.source;
    if (source !== undefined) {
      const base = { name: SCHEDULER, asManager: true, eventSource: 'default-scheduler' };
      const controllers = [this.controllerFrom(base, source)];
      const { engine, connect, discover } = options;
      return startControllerManager({ engine, connect, discover, controllers, processName: SCHEDULER });
    }
    const scheduler = startScheduler(options);
    const plugins = new Map<string, LearnerPlugin>();
    const plugin = (name: string) => this.plug(scheduler, plugins, name);
    for (const name of this.states.keys()) if (name.startsWith(PLUGIN)) plugin(name);
    return {
      plugin,
      stop() {
        scheduler.stop();
        for (const each of plugins.values()) each.stop();
      },
    };
  }

  private plug(scheduler: RunningScheduler, plugins: Map<string, LearnerPlugin>, name: string): void {
    plugins.get(name)?.stop();
    plugins.delete(name);
    const pluginName = name.slice(PLUGIN.length);
    const source = this.states.get(name)?.source;
    if (source === undefined) {
      scheduler.restorePlugin(pluginName);
      return;
    }
    const made = learnerPlugin(this.engine, pluginName, source, this.sandboxes!, this);
    plugins.set(name, made);
    scheduler.replacePlugin({ plugin: made.plugin, ...(made.weight === undefined ? {} : { weight: made.weight }) });
  }

  private controllerFrom(base: Omit<ControllerDefinition, 'setUp'>, source: ComponentSource): ControllerDefinition {
    return learnerController(base, source, this.sandboxes!, this);
  }

  private occupy<T extends { stop(): void }>(process: T, changed: (name: string) => void): T {
    const place: Place = { changed };
    this.places.add(place);
    const stop = process.stop.bind(process);
    process.stop = () => {
      this.places.delete(place);
      stop();
    };
    return process;
  }

  private roleOf(name: string): ComponentRole {
    if (name === SCHEDULER) return 'scheduler';
    if (name.startsWith(PLUGIN)) return 'scheduler-plugin';
    return CONTROLLER_NAMES.has(name) ? 'controller' : 'addition';
  }
}

/** A component that takes nobody's place acts as its author, as an operator does that is run from one's own machine. */
const OWNER = { username: 'kubernetes-admin', groups: ['system:masters'] };
const CONTROLLER_NAMES: ReadonlySet<string> = new Set(controllers.map(({ name }) => name));
