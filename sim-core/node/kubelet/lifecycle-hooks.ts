import type { Container, LifecycleHandler } from 'kubernetes-types/core/v1';
import { goQuote } from '../../api/go-format.ts';
import type { Pod } from '../../api/objects.ts';
import { type Coroutine, SECOND, suspend } from '../../engine/index.ts';
import { NetworkError, type NetworkStack } from '../../images/process.ts';
import { CriError } from '../cri/error.ts';
import type { RuntimeService } from '../cri/runtime-service.ts';
import { resolvePort } from './container-port.ts';
import { formatPod } from './event-subject.ts';
import { getError, joinHostPort } from './go-network.ts';

/** A lifecycle hook that failed; `message` tells all, which events do not: hooks may print secrets. */
export class HookError extends Error {
  override readonly name = 'HookError';
}

/** Runs a postStart or preStop handler (lifecycle.handlerRunner.Run). Throws `HookError`. */
export function* runHook(
  runtime: RuntimeService,
  network: NetworkStack,
  pod: Pod,
  container: Container,
  containerId: string,
  handler: LifecycleHandler,
  podIp: string,
): Coroutine {
  const where = `for Container "${container.name}" in Pod "${formatPod(pod)}" failed - error: `;
  if (handler.exec !== undefined) {
    const command = handler.exec.command ?? [];
    const failed = (error: string, output: string) =>
      new HookError(`Exec lifecycle hook ([${command.join(' ')}]) ${where}${error}, message: ${goQuote(output)}`);
    let result: { stdout: string; stderr: string; exitCode: number };
    try {
      result = yield* runtime.execSync(containerId, command, 0);
    } catch (error) {
      if (!(error instanceof CriError)) throw error;
      throw failed(error.message, '');
    }
    const { stdout, stderr, exitCode } = result;
    if (exitCode === 0) return;
    throw failed(`command '${command.join(' ')}' exited with ${exitCode}: ${stderr}`, stdout + stderr);
  } else if (handler.httpGet !== undefined) {
    const { path = '', port, host = '', httpHeaders = [], scheme = 'HTTP' } = handler.httpGet;
    const failed = (text: string) => new HookError(`HTTP lifecycle hook (${path}) ${where}${text}`);
    const target = host === '' ? podIp : host;
    let number: number;
    try {
      number = resolvePort(port, container);
    } catch (error) {
      throw failed((error as Error).message);
    }
    const absolute = path.startsWith('/') ? path : `/${path}`;
    const url = `${scheme.toLowerCase()}://${joinHostPort(target, number)}${absolute}`;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name.toLowerCase(), value]));
    try {
      // Any answer will do, whatever its status.
      yield* network.http(target, number, {
        method: 'GET',
        path: absolute,
        headers: { 'user-agent': 'kube-lifecycle/1.33', accept: '*/*', ...headers },
      });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      throw failed(getError(error, url, target, number));
    }
  } else if (handler.sleep !== undefined) {
    const { seconds } = handler.sleep;
    yield* suspend<void>((resume, _fail, engine) => {
      const timer = engine.after(seconds * SECOND, resume);
      return () => engine.cancel(timer);
    });
  } else throw new HookError('Cannot run handler: unknown handler');
}
