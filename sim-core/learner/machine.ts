import { StatusError } from '../api/status.ts';
import { Unreachable } from '../client/index.ts';
import type { Engine } from '../engine/index.ts';
import { parseRequest } from './requests.ts';
import {
  ComponentError,
  type ComponentProblem,
  MEMORY,
  placeIn,
  type Sandbox,
  type SandboxFactory,
} from './sandbox.ts';

declare module '../engine/trace.ts' {
  interface TraceEventMap {
    /** A learner's component said or did something that its author should see. */
    component: { readonly name: string; readonly log?: string; readonly problem?: ComponentProblem };
  }
}

/** A component's source, as it was handed in. */
export interface ComponentSource {
  /** As in the input: `replicaset-controller`, `kube-scheduler`, `scheduler-plugin/NodeAffinity`. */
  readonly name: string;
  readonly file: string;
  /** TypeScript. */
  readonly source: string;
}

/** Who hears what components say and do wrong. */
export interface ComponentReports {
  log(name: string, message: string): void;
  /** `fatal`: the component has ended, and does nothing until its source is replaced. */
  problem(name: string, problem: ComponentProblem, fatal: boolean): void;
}

interface Failure {
  readonly error: string;
  readonly message: string;
  readonly stack: string;
  readonly reason?: string;
}

/** A call into a component failed; the component goes on. */
export class ComponentFailure extends StatusError {
  constructor(problem: ComponentProblem) {
    const { error = problem.key, message = '' } = problem.values;
    super(500, 'InternalError', `${error}: ${message}`);
  }
}

/** Answers a component's calls to its host; undefined: unknown. */
export type Host = (operation: string, request: Record<string, unknown>) => { value: unknown } | undefined;

/** A learner's component at work: its machine, the calls both ways, and what is told of its failures. */
export class Machine {
  readonly source: ComponentSource;
  private readonly engine: Engine;
  private readonly reports: ComponentReports;
  private sandbox: Sandbox | undefined;

  constructor(engine: Engine, factory: SandboxFactory, source: ComponentSource, reports: ComponentReports, host: Host) {
    this.engine = engine;
    this.source = source;
    this.reports = reports;
    try {
      this.sandbox = factory.create({
        prelude: factory.prelude,
        code: factory.compile(source.source, source.file),
        file: source.file,
        host: (operation, argument) => this.answer(host, operation, argument),
      });
    } catch (error) {
      this.end(error);
    }
  }

  /** Whether it still runs. */
  get running(): boolean {
    return this.sandbox !== undefined;
  }

  /**
   * Calls one of the prelude's operations. What goes wrong is reported.
   * Throws a ComponentFailure; the answer of an ended component is undefined.
   */
  call(operation: string, argument: unknown): unknown {
    if (this.sandbox === undefined) return undefined;
    let failure: Failure | undefined;
    let value: unknown;
    try {
      const answer = JSON.parse(this.sandbox.dispatch(operation, JSON.stringify(argument))) as {
        value?: unknown;
        failure?: Failure;
      };
      value = answer.value;
      failure = answer.failure;
      if (failure === undefined) this.settle();
    } catch (error) {
      if (error instanceof ComponentFailure) throw error;
      this.end(error);
      throw new ComponentFailure({
        key: 'threw',
        values: { error: 'ComponentError', message: 'the component has ended' },
      });
    }
    if (failure !== undefined) throw this.fail(failure);
    return value;
  }

  /** Reports a failure that the prelude caught. Answers what to throw. */
  fail(failure: Failure): ComponentFailure {
    const problem = this.problemOf(failure);
    if (problem.key === 'memory') this.end(new ComponentError(problem));
    else this.reports.problem(this.source.name, problem, false);
    return new ComponentFailure(problem);
  }

  /** The component has ended of itself, and cannot do its work. */
  end(error: unknown): void {
    this.sandbox?.dispose();
    this.sandbox = undefined;
    if (!(error instanceof ComponentError)) {
      this.engine.fault(this.source.name, error);
      return;
    }
    this.reports.problem(this.source.name, error.problem, true);
  }

  /** The component is taken away. */
  stop(): void {
    this.sandbox?.dispose();
    this.sandbox = undefined;
  }

  /** What has become of async functions: nothing is left that could wake those that wait. */
  private settle(): void {
    const { value } = JSON.parse(this.sandbox!.dispatch('settle', 'null')) as { value?: unknown };
    if (!Array.isArray(value) || value.length === 0) return;
    const first = value[0] as Failure & { pending?: boolean };
    if (first.pending !== true) throw this.fail(first);
    const problem: ComponentProblem = { key: 'pending', values: {}, file: this.source.file };
    this.reports.problem(this.source.name, problem, false);
    throw new ComponentFailure(problem);
  }

  private problemOf(failure: Failure): ComponentProblem {
    const error = String(failure.error);
    const message = String(failure.message);
    const { file } = this.source;
    const place = placeIn(String(failure.stack), file);
    if (typeof failure.reason === 'string')
      return { key: 'refused', values: { reason: failure.reason, message }, ...place };
    if (error === 'InternalError' && message === 'out of memory')
      return { key: 'memory', values: { mebibytes: String(MEMORY) }, ...place };
    if (error === 'InternalError' && message === 'stack overflow') return { key: 'stack', values: {}, ...place };
    return { key: 'threw', values: { error, message }, ...place };
  }

  private answer(host: Host, operation: string, argument: string): string {
    const { engine } = this;
    try {
      switch (operation) {
        case 'now':
          return JSON.stringify({ value: Math.floor(engine.now / 1000) });
        case 'random':
          return JSON.stringify({ value: engine.random(`component/${this.source.name}`).below(2 ** 31) / 2 ** 31 });
        case 'log':
          this.reports.log(this.source.name, String(parseRequest(argument).message).slice(0, 2000));
          return '{}';
      }
      const answer = host(operation, parseRequest(argument));
      if (answer === undefined) throw new StatusError(400, 'BadRequest', `${operation} is not possible here`);
      return JSON.stringify({ value: answer.value ?? null });
    } catch (error) {
      if (error instanceof StatusError) {
        const { code, reason, message } = error;
        return JSON.stringify({ error: { code, reason, message } });
      }
      if (error instanceof Unreachable)
        return JSON.stringify({ error: { code: 0, reason: 'Unreachable', message: error.message } });
      throw error;
    }
  }
}
