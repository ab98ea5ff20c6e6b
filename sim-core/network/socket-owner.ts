import { type Coroutine, type Engine, type Suspension, Task, type TaskOutcome } from '../engine/index.ts';
import { BrokenPipe, FileError, NetworkError } from '../images/process.ts';
import type { Socket } from './socket.ts';
import type { TcpConnection } from './tcp.ts';

/**
 * Whoever holds sockets: a process, or a machine's own services. When it ends, its sockets close, its connections are reset
 * and what it was doing for its clients stops, as the kernel does with the files of a process.
 */
export class SocketOwner {
  readonly engine: Engine;
  /** Who it is, for reports of defects. */
  readonly name: string;
  private sockets: Socket[] | undefined;
  private connections: Set<TcpConnection> | undefined;
  private tasks: Set<Task<unknown>> | undefined;

  constructor(engine: Engine, name: string) {
    this.engine = engine;
    this.name = name;
  }

  opened(socket: Socket): void {
    this.sockets = (this.sockets ?? []).concat([socket]);
  }

  closed(socket: Socket): void {
    this.sockets = this.sockets?.filter((other) => other !== socket);
  }

  connected(connection: TcpConnection): void {
    this.connections ??= new Set();
    this.connections.add(connection);
  }

  disconnected(connection: TcpConnection): void {
    this.connections?.delete(connection);
  }

  /**
   * Runs a handler at once, as far as it goes without waiting; what then remains goes on as a task of this owner. `onEnd` hears
   * how it ended, possibly before this returns. Most servers never wait: their answers cost no event.
   */
  run<T>(body: Coroutine<T>, onEnd: (outcome: TaskOutcome<T>) => void): void {
    let step: IteratorResult<Suspension, T>;
    try {
      step = body.next();
    } catch (error) {
      this.report(error);
      onEnd({ status: 'threw', error });
      return;
    }
    if (step.done === true) {
      onEnd({ status: 'returned', value: step.value });
      return;
    }
    this.tasks ??= new Set();
    const { tasks } = this;
    const task: Task<T> = new Task<T>(this.engine, resumed(step.value, body), (outcome) => {
      tasks.delete(task as Task<unknown>);
      if (outcome.status === 'threw') this.report(outcome.error);
      onEnd(outcome);
    });
    tasks.add(task as Task<unknown>);
  }

  /** The owner has ended. */
  release(): void {
    for (const socket of this.sockets ?? []) socket.close();
    for (const task of [...(this.tasks ?? [])]) task.cancel();
    for (const connection of [...(this.connections ?? [])]) connection.abort();
  }

  /** Failures of files and peers end a handler, as they may; anything else is a defect in a program. */
  private report(error: unknown): void {
    if (error instanceof NetworkError || error instanceof BrokenPipe || error instanceof FileError) return;
    this.engine.fault(this.name, error);
  }
}

/** A coroutine that has come to its first wait, as one that begins with it. */
function* resumed<T>(first: Suspension, body: Coroutine<T>): Coroutine<T> {
  let suspension = first;
  let done = false;
  try {
    for (;;) {
      let value: unknown;
      let failed = false;
      try {
        value = yield suspension;
      } catch (error) {
        failed = true;
        value = error;
      }
      done = true;
      const step = failed ? body.throw(value) : body.next(value);
      if (step.done === true) return step.value;
      done = false;
      suspension = step.value;
    }
  } finally {
    // Cancelled while it waited: its own `finally` blocks run.
    if (!done) body.return(undefined as T);
  }
}
