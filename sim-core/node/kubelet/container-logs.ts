import { badRequest } from '../../api/status.ts';
import { formatNanoTime, parseTime, SECOND } from '../../engine/index.ts';
import { CriError } from '../cri/error.ts';
import type { LogLine } from '../cri/log.ts';
import { toByteString } from './byte-string.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import type { PodWorker } from './pod-worker.ts';

/** PodLogOptions */
export interface LogOptions {
  readonly container: string;
  readonly follow?: boolean;
  readonly previous?: boolean;
  readonly sinceSeconds?: number;
  /** RFC 3339 */
  readonly sinceTime?: string;
  readonly timestamps?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
}

/** The ID of the container whose log is meant (Kubelet.validateContainerLogStatus). Throws 400 with upstream's text. */
export function logContainer(worker: PodWorker, name: string, previous: boolean): string {
  const pod = worker.pod.metadata.name;
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = worker.status;
  const status = [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find(
    (one) => one.name === name,
  );
  if (status === undefined) throw badRequest(`container "${name}" in pod "${pod}" is not available`);
  const { state, lastState } = status;
  const before = plainId(lastState?.terminated?.containerID);
  if (previous) {
    if (before === '') throw badRequest(`previous terminated container "${name}" in pod "${pod}" not found`);
    return before;
  }
  if (state?.running !== undefined) return plainId(status.containerID);
  const ended = plainId(state?.terminated?.containerID);
  if (ended !== '') return ended;
  if (before !== '') return before;
  const waiting = `container "${name}" in pod "${pod}" is waiting to start`;
  if (state?.waiting === undefined) throw badRequest(`${waiting} - no logs yet`);
  const { reason = '' } = state.waiting;
  if (reason === 'ErrImagePull') throw badRequest(`${waiting}: image can't be pulled`);
  if (reason === 'ImagePullBackOff') throw badRequest(`${waiting}: trying and failing to pull image`);
  throw badRequest(`${waiting}: ${reason}`);
}

function plainId(id: string | undefined): string {
  return (id ?? '').replace(/^\w+:\/\//, '');
}

/**
 * Sends a container's log, and with `follow` what it writes until it ends (Kubelet.GetKubeletContainerLogs). `write` is
 * handed UTF-8 bytes as code units. Answers what stops it. Throws a StatusError when there is no such log.
 */
export function sendLogs(
  kubelet: KubeletParts,
  worker: PodWorker,
  options: LogOptions,
  write: (bytes: string) => void,
  end: () => void,
): () => void {
  const { runtime, engine } = kubelet;
  const id = logContainer(worker, options.container, options.previous ?? false);
  const printer = new LogPrinter(options, write);
  let lines: readonly LogLine[];
  try {
    lines = runtime.containerLog(id).lines();
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    throw badRequest(`unable to retrieve container logs for containerd://${id}`);
  }
  const since =
    options.sinceSeconds !== undefined
      ? engine.now - options.sinceSeconds * SECOND
      : parseTime(options.sinceTime ?? '');
  const recent = since === undefined ? lines : lines.filter(({ time }) => time >= since);
  for (const line of lastLines(recent, options.tailLines)) printer.print(line);
  const running = runtime.containerStatus(id).state === 'CONTAINER_RUNNING';
  if (options.follow !== true || !running || printer.full) {
    end();
    return () => {};
  }
  let stopped = false;
  const stop = () => {
    if (stopped) return;
    stopped = true;
    unsubscribe();
    stopEvents();
  };
  const finish = () => {
    if (stopped) return;
    stop();
    end();
  };
  const unsubscribe = runtime.containerLog(id).subscribe((line) => {
    printer.print(line);
    if (printer.full) finish();
  });
  const stopEvents = runtime.getContainerEvents(({ type, containerId }) => {
    if (containerId !== id) return;
    if (type === 'CONTAINER_STOPPED_EVENT' || type === 'CONTAINER_DELETED_EVENT') finish();
  });
  return stop;
}

/** The last so many lines; a line's parts count as one. */
function lastLines(lines: readonly LogLine[], count: number | undefined): readonly LogLine[] {
  if (count === undefined || count < 0) return lines;
  if (count === 0) return [];
  let left = count;
  for (let index = lines.length - 1; index >= 0; index--) {
    if (lines[index]!.tag === 'F' && index < lines.length - 1 && --left === 0) return lines.slice(index + 1);
  }
  return lines;
}

/** Prints log lines the way `kubectl logs` shows them. */
class LogPrinter {
  full = false;
  private readonly timestamps: boolean;
  private readonly write: (bytes: string) => void;
  private left: number;
  private partial = false;

  constructor({ timestamps = false, limitBytes }: LogOptions, write: (bytes: string) => void) {
    this.timestamps = timestamps;
    this.write = write;
    this.left = limitBytes ?? Number.POSITIVE_INFINITY;
  }

  print({ time, tag, text }: LogLine): void {
    if (this.full) return;
    const stamp = this.timestamps && !this.partial ? `${formatNanoTime(time)} ` : '';
    this.partial = tag === 'P';
    const bytes = toByteString(`${stamp}${text}${tag === 'P' ? '' : '\n'}`);
    this.write(bytes.slice(0, this.left));
    this.left -= bytes.length;
    this.full = this.left <= 0;
  }
}
