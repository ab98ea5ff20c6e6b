import { type KubeObject, objectKey } from '../api/objects.ts';
import { StatusError } from '../api/status.ts';
import type { WorkQueue } from '../client/index.ts';
import type { ControllerContext, ControllerDefinition } from '../controllers/controller.ts';
import { SECOND, type Timer } from '../engine/index.ts';
import { ComponentFailure, type ComponentReports, type ComponentSource, Machine } from './machine.ts';
import { answerRequest, resourceNamed } from './requests.ts';
import { ComponentError, type SandboxFactory } from './sandbox.ts';

type Kind = 'added' | 'updated' | 'deleted';

interface Change {
  readonly id: number;
  readonly kind: Kind;
  readonly key: string;
  readonly object: KubeObject;
}

/** Informers and queues that one component may have: more is a loop gone wrong. */
const MOST = 64;

/**
 * A controller from a learner's source: set up in the place of the upstream one, under its identity, with its informers. The
 * machine ends with the controller.
 */
export function learnerController(
  base: Omit<ControllerDefinition, 'setUp'>,
  source: ComponentSource,
  factory: SandboxFactory,
  reports: ComponentReports,
): ControllerDefinition {
  return { ...base, setUp: (context) => new LearnerController(context, source, factory, reports).start() };
}

class LearnerController {
  private readonly context: ControllerContext;
  private readonly machine: Machine;
  private readonly queues: WorkQueue[] = [];
  private readonly inbox: Change[] = [];
  private delivery: Timer | undefined;
  private informers = 0;

  constructor(context: ControllerContext, source: ComponentSource, factory: SandboxFactory, reports: ComponentReports) {
    this.context = context;
    this.machine = new Machine(context.engine, factory, source, reports, (operation, request) =>
      this.answer(operation, request),
    );
    context.onStop(() => this.machine.stop());
  }

  start(): void {
    const { machine } = this;
    if (!machine.running) return;
    this.attempt(() => {
      const shape = machine.call('describe', null) as { setUp?: boolean } | undefined;
      if (shape?.setUp !== true)
        machine.end(
          new ComponentError({ key: 'shape', values: { wanted: 'setUp(context)' }, file: machine.source.file }),
        );
      else machine.call('setUp', null);
    });
  }

  /** Failures have been reported where they happened: the caller has nothing to add. */
  private attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof ComponentFailure)) throw error;
    }
  }

  private answer(operation: string, request: Record<string, unknown>): { value: unknown } | undefined {
    const { context } = this;
    const { engine, client, events } = context;
    switch (operation) {
      case 'informer':
        this.addInformer(Number(request.id), request.resource);
        return { value: null };
      case 'queue':
        if (this.queues.length >= MOST) throw tooMany('queues');
        this.queues.push(context.queue({ reconcile: (key) => this.reconcile(Number(request.id), key) }));
        return { value: null };
      case 'add': {
        const delay = Number(request.delay);
        this.queues[Number(request.id)]?.addAfter(String(request.key).slice(0, 1000), delay > 0 ? delay * SECOND : 0);
        return { value: null };
      }
      case 'later':
        context.later(this.pause(request), () => this.timer(request));
        return { value: null };
      case 'every':
        if (++this.informers > MOST) throw tooMany('timers');
        context.every(Math.max(this.pause(request), SECOND), () => engine.asWork(() => this.timer(request)));
        return { value: null };
      case 'event': {
        const object = request.object as KubeObject | undefined;
        if (typeof object?.metadata?.name !== 'string')
          throw new StatusError(400, 'BadRequest', 'an event is about an object');
        const [reason, message] = [String(request.reason).slice(0, 128), String(request.message).slice(0, 1024)];
        if (request.type === 'Warning') events.warning(object, reason, message);
        else events.normal(object, reason, message);
        return { value: null };
      }
      default:
        return answerRequest(client, context.discover(), operation, request);
    }
  }

  private pause(request: Record<string, unknown>): number {
    const seconds = Number(request.seconds);
    return Math.max(seconds > 0 ? Math.min(seconds, 1e9) * SECOND : 0, 1000);
  }

  private timer({ id }: Record<string, unknown>): void {
    this.deliver();
    this.attempt(() => void this.machine.call('timer', { id }));
  }

  private reconcile(id: number, key: string): number {
    this.deliver();
    const answer = this.machine.call('reconcile', { id, key });
    // As a reconcile.Result with RequeueAfter.
    if (typeof answer === 'number' && answer > 0) this.queues[id]?.addAfter(key, Math.min(answer, 1e9) * SECOND);
    return 0;
  }

  private addInformer(id: number, name: unknown): void {
    if (++this.informers > MOST) throw tooMany('informers');
    const { context } = this;
    const informer = context.informers.for(resourceNamed(name, context.discover()));
    const hear = (kind: Kind) => (object: KubeObject) => {
      if (!this.machine.running) return;
      this.inbox.push({ id, kind, key: objectKey(object), object });
      const { engine } = context;
      if (this.delivery?.run !== undefined && (this.delivery.kind === 'work' || engine.kind === 'background')) return;
      // Real work must not wait unseen behind background work.
      engine.cancel(this.delivery);
      this.delivery = engine.after(0, () => this.deliver());
    };
    informer.addHandler({ added: hear('added'), updated: hear('updated'), deleted: hear('deleted') });
  }

  /** Hands changes to the component, between two of its own calls: its own writes come back to it, as all others. */
  private deliver(): void {
    this.context.engine.cancel(this.delivery);
    const changes = this.inbox.splice(0);
    for (const change of changes) {
      if (!this.machine.running) return;
      this.attempt(() => {
        const failures = this.machine.call('change', change);
        if (Array.isArray(failures)) for (const failure of failures.slice(0, 10)) this.machine.fail(failure);
      });
    }
  }
}

function tooMany(what: string): StatusError {
  return new StatusError(403, 'Forbidden', `a component may have at most ${MOST} ${what}`);
}
