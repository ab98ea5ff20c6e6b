import type { Container } from 'kubernetes-types/core/v1';
import { byteLength } from '../../api/go-format.ts';
import type { ContainerStatus } from '../cri/container.ts';
import { CriError } from '../cri/error.ts';
import type { KubeletParts } from './kubelet-parts.ts';
import type { PodWorker } from './pod-worker.ts';

const MAX_MESSAGE = 4096;
const MAX_LOG_MESSAGE = 2048;
const MAX_LOG_LINES = 80;

/** What a container that ended wrote into its termination log or, by its policy, the end of its log (getTerminationMessage). */
export function terminationMessage(
  { runtime }: KubeletParts,
  worker: PodWorker,
  container: Container,
  status: ContainerStatus,
): string {
  const { name, terminationMessagePolicy } = container;
  const text = worker.terminationLogs?.get(`${name}/${status.metadata.attempt}`)?.content ?? '';
  if (text !== '') return tail(text, MAX_MESSAGE);
  if (terminationMessagePolicy !== 'FallbackToLogsOnError' || status.exitCode === 0) return '';
  try {
    const lines = runtime.containerLog(status.id).lines().slice(-MAX_LOG_LINES);
    return tail(lines.map((line) => `${line.text}\n`).join(''), MAX_LOG_MESSAGE);
  } catch (error) {
    if (!(error instanceof CriError)) throw error;
    return '';
  }
}

/** At most the last `limit` bytes. */
function tail(text: string, limit: number): string {
  if (byteLength(text) <= limit) return text;
  let rest = text.slice(-limit);
  while (byteLength(rest) > limit) rest = rest.slice(1);
  return rest;
}
