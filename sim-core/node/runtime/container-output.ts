import type { Output } from '../../images/process.ts';
import type { Recurrence, Room } from '../../images/recurrence.ts';
import type { TimedLine } from '../../images/timed-line.ts';
import type { LogLine } from '../cri/log.ts';
import type { RuntimeContainer } from './container.ts';

/** What a container's processes write to one of its own streams: it is logged, and shown to whoever is attached. */
export class ContainerOutput implements Output {
  private readonly container: RuntimeContainer;
  private readonly stream: LogLine['stream'];

  constructor(container: RuntimeContainer, stream: LogLine['stream']) {
    this.container = container;
    this.stream = stream;
  }

  write(text: string): void {
    this.container.writeLog(this.stream, text);
  }

  writeTimed(line: TimedLine): void {
    const { container, stream } = this;
    const now = container.now();
    if (container.isAttached) container.writeLog(stream, line.at(now));
    else container.log.writeTimed(stream, line, now);
  }

  followTimed(line: TimedLine, recurrence: Recurrence): Room | undefined {
    const { container, stream } = this;
    return container.isAttached ? undefined : container.log.followTimed(stream, line, recurrence);
  }
}
