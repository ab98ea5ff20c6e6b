import type { Pod } from '../api/objects.ts';
import type { Engine } from '../engine/index.ts';
import type { Plugin, PluginFactory, PreFilterResult, Verdict } from '../scheduler/framework.ts';
import type { NodeInfo } from '../scheduler/node-info.ts';
import type { Resource } from '../scheduler/resource.ts';
import { Status } from '../scheduler/status.ts';
import { ComponentFailure, type ComponentReports, type ComponentSource, Machine } from './machine.ts';
import { ComponentError, type ComponentProblem, type SandboxFactory } from './sandbox.ts';

interface Shape {
  readonly preFilter?: boolean;
  readonly filter?: boolean;
  readonly score?: boolean;
  readonly normalize?: boolean;
  readonly weight?: number;
}

/** A scheduler plugin from a learner's source, and what ends it. */
export interface LearnerPlugin {
  readonly plugin: PluginFactory;
  readonly weight: number | undefined;
  stop(): void;
}

/** Most that a weight can be (`config.MaxWeight` is beyond any use). */
const HEAVIEST = 1000;

/**
 * Makes a scheduler plugin of a learner's source: an object with `filter(pod, node)`, `score(pod, node)` and the like. Without a
 * machine that runs it refuses every pod with an error, as upstream's scheduler does when a plugin fails.
 */
export function learnerPlugin(
  engine: Engine,
  pluginName: string,
  source: ComponentSource,
  factory: SandboxFactory,
  reports: ComponentReports,
): LearnerPlugin {
  const machine = new Machine(engine, factory, source, reports, () => undefined);
  const shape = shapeOf(machine);
  const stop = () => machine.stop();
  if (shape === undefined) return { plugin: () => broken(pluginName), weight: undefined, stop };
  const { weight } = shape;
  const usable = weight !== undefined && weight >= 0 && weight <= HEAVIEST ? weight : undefined;
  return { plugin: () => new GuestPlugin(pluginName, machine, reports).plugin(shape), weight: usable, stop };
}

function shapeOf(machine: Machine): Shape | undefined {
  if (!machine.running) return undefined;
  try {
    const shape = machine.call('describe', null) as Shape | undefined;
    if (shape !== undefined && (shape.filter || shape.score || shape.preFilter)) return shape;
  } catch (error) {
    if (!(error instanceof ComponentFailure)) throw error;
  }
  machine.end(new ComponentError({ key: 'shape', values: { wanted: 'filter(pod, node)' }, file: machine.source.file }));
  return undefined;
}

function broken(name: string): Plugin {
  return {
    name,
    preFilter() {
      throw new Error(`the plugin ${name} could not be started`);
    },
  };
}

class GuestPlugin {
  private readonly name: string;
  private readonly machine: Machine;
  private readonly reports: ComponentReports;
  private sentPod: Pod | undefined;
  private readonly sentNodes = new Map<string, { info: NodeInfo; generation: number }>();

  constructor(name: string, machine: Machine, reports: ComponentReports) {
    this.name = name;
    this.machine = machine;
    this.reports = reports;
  }

  plugin(shape: Shape): Plugin {
    const { name } = this;
    const plugin: { -readonly [K in keyof Plugin]: Plugin[K] } = {
      name,
      requeue: [
        { on: 'Node/Add' },
        { on: 'Node/Update' },
        { on: 'AssignedPod/Add' },
        { on: 'AssignedPod/Delete' },
      ] as never,
    };
    if (shape.preFilter === true) plugin.preFilter = (_state, { pod }) => this.preFilter(pod);
    if (shape.filter === true)
      plugin.filter = (_state, { pod }, node) => this.verdict('filter', this.ask('filter', pod, node));
    if (shape.score === true) plugin.score = (_state, { pod }, node) => this.score(pod, node, shape.normalize !== true);
    if (shape.normalize === true)
      plugin.normalize = (_state, { pod }, scores, nodes) => this.normalize(pod, scores, nodes);
    return plugin;
  }

  private preFilter(pod: Pod): Verdict | PreFilterResult {
    const answer = this.call('preFilter', { pod: this.podFor(pod) });
    const names = (answer as { nodeNames?: unknown } | undefined)?.nodeNames;
    if (Array.isArray(names)) return { nodeNames: new Set(names.map(String)) };
    return this.verdict('preFilter', answer);
  }

  /** Nothing or true: yes. A text, or several: why not. */
  private verdict(where: string, answer: unknown): Verdict {
    if (answer === undefined || answer === null || answer === true) return undefined;
    if (answer === false) return new Status('Unschedulable', [`node(s) didn't satisfy plugin ${this.name}`]);
    const reasons = Array.isArray(answer) ? answer : [answer];
    if (reasons.length > 0 && reasons.every((reason) => typeof reason === 'string' && reason !== ''))
      return new Status(
        'Unschedulable',
        reasons.slice(0, 10).map((reason) => String(reason).slice(0, 256)),
      );
    throw this.useless(where, answer);
  }

  private score(pod: Pod, node: NodeInfo, final: boolean): number {
    const answer = this.ask('score', pod, node);
    if (typeof answer !== 'number' || !Number.isSafeInteger(answer) || (final && (answer < 0 || answer > 100)))
      throw this.useless('score', answer);
    return answer;
  }

  private normalize(pod: Pod, scores: Float64Array, nodes: readonly NodeInfo[]): void {
    const before = nodes.map(({ name }, index) => ({ name, score: scores[index]! }));
    const after = this.call('normalize', { pod: this.podFor(pod), scores: before });
    if (!Array.isArray(after) || after.length !== before.length) throw this.useless('normalize', after);
    for (const [index, entry] of after.entries()) {
      const score = (entry as { score?: unknown } | null)?.score;
      if (typeof score !== 'number' || !Number.isSafeInteger(score) || score < 0 || score > 100)
        throw this.useless('normalize', score);
      scores[index] = score;
    }
  }

  private useless(where: string, answer: unknown): Error {
    const values = { function: where, answer: (JSON.stringify(answer) ?? 'undefined').slice(0, 200) };
    const problem: ComponentProblem = { key: 'answer', values, file: this.machine.source.file };
    this.reports.problem(this.machine.source.name, problem, false);
    return new Error(`${where} of plugin ${this.name} answered ${values.answer}`);
  }

  private ask(operation: 'filter' | 'score', pod: Pod, node: NodeInfo): unknown {
    return this.call(operation, { pod: this.podFor(pod), node: this.nodeFor(node) });
  }

  private call(operation: string, argument: unknown): unknown {
    if (!this.machine.running) throw new Error(`the plugin ${this.name} has ended`);
    return this.machine.call(operation, argument);
  }

  /** A pod is sent once; then it is named. */
  private podFor(pod: Pod): { uid: string; pod?: Pod } {
    const { uid } = pod.metadata;
    if (this.sentPod === pod) return { uid };
    this.sentPod = pod;
    return { uid, pod };
  }

  /** A node is sent when it, or its pods, have changed. */
  private nodeFor(info: NodeInfo): unknown {
    const { name, generation } = info;
    const sent = this.sentNodes.get(name);
    if (sent !== undefined && sent.info === info && sent.generation === generation) return { name, generation };
    this.sentNodes.set(name, { info, generation });
    const { node, pods, allocatable, requested } = info;
    return {
      name,
      generation,
      info: {
        node,
        pods: pods.map(({ pod }) => pod),
        allocatable: amounts(allocatable, allocatable.pods),
        requested: amounts(requested, pods.length),
      },
    };
  }
}

/** Thousandths of a core, bytes, pods. */
function amounts({ milliCPU, memory, ephemeralStorage }: Resource, pods: number) {
  return { milliCPU, memory, ephemeralStorage, pods };
}
