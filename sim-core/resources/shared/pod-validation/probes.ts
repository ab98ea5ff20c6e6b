import type * as CoreV1 from 'kubernetes-types/core/v1';
import { type ErrorList, forbidden, invalid, required } from '../../../api/field-error.ts';
import * as names from '../../../api/names.ts';
import { addInvalid, checkEnum, checkNonNegative, checkPortNumber, checkPortNumberOrName, isBlank } from '../checks.ts';
import type { Container } from './types.ts';

const SCHEMES = ['HTTP', 'HTTPS'];

/** validateLivenessProbe, validateReadinessProbe, validateStartupProbe */
export function checkProbes(container: Container, grace: number | undefined, at: string, errors: ErrorList): void {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  if (livenessProbe !== undefined) {
    const path = `${at}.livenessProbe`;
    checkProbe(livenessProbe, grace, path, errors);
    if (livenessProbe.successThreshold !== 1)
      errors.push(invalid(`${path}.successThreshold`, livenessProbe.successThreshold ?? 0, 'must be 1'));
  }
  if (readinessProbe !== undefined) {
    const path = `${at}.readinessProbe`;
    checkProbe(readinessProbe, grace, path, errors);
    if (readinessProbe.terminationGracePeriodSeconds !== undefined)
      errors.push(
        invalid(
          `${path}.terminationGracePeriodSeconds`,
          readinessProbe.terminationGracePeriodSeconds,
          'must not be set for readinessProbes',
        ),
      );
  }
  if (startupProbe !== undefined) {
    const path = `${at}.startupProbe`;
    checkProbe(startupProbe, grace, path, errors);
    if (startupProbe.successThreshold !== 1)
      errors.push(invalid(`${path}.successThreshold`, startupProbe.successThreshold ?? 0, 'must be 1'));
  }
}

function checkProbe(probe: CoreV1.Probe, grace: number | undefined, at: string, errors: ErrorList): void {
  checkHandler(probe, grace, at, errors);
  checkNonNegative(probe.initialDelaySeconds, `${at}.initialDelaySeconds`, errors);
  checkNonNegative(probe.timeoutSeconds, `${at}.timeoutSeconds`, errors);
  checkNonNegative(probe.periodSeconds, `${at}.periodSeconds`, errors);
  checkNonNegative(probe.successThreshold, `${at}.successThreshold`, errors);
  checkNonNegative(probe.failureThreshold, `${at}.failureThreshold`, errors);
  const period = probe.terminationGracePeriodSeconds;
  if (period !== undefined && period <= 0)
    errors.push(invalid(`${at}.terminationGracePeriodSeconds`, period, 'must be greater than 0'));
}

/** validateLifecycle */
export function checkLifecycle(
  { postStart, preStop }: CoreV1.Lifecycle,
  grace: number | undefined,
  at: string,
  errors: ErrorList,
): void {
  if (postStart !== undefined) checkHandler(postStart, grace, `${at}.postStart`, errors);
  if (preStop !== undefined) checkHandler(preStop, grace, `${at}.preStop`, errors);
}

type Handler = CoreV1.LifecycleHandler & { grpc?: CoreV1.GRPCAction };

/** Exactly one way of asking or acting (validateHandler). */
function checkHandler(handler: Handler, grace: number | undefined, at: string, errors: ErrorList): void {
  let handlers = 0;
  const isFirst = (field: string): boolean => {
    if (handlers++ === 0) return true;
    errors.push(forbidden(`${at}.${field}`, 'may not specify more than 1 handler type'));
    return false;
  };
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined && isFirst('exec') && (exec.command?.length ?? 0) === 0)
    errors.push(required(`${at}.exec.command`));
  if (httpGet !== undefined && isFirst('httpGet')) checkHttpGet(httpGet, `${at}.httpGet`, errors);
  if (tcpSocket !== undefined && isFirst('tcpSocket'))
    checkPortNumberOrName(tcpSocket.port, `${at}.tcpSocket.port`, errors);
  if (grpc !== undefined && isFirst('grpc')) checkPortNumber(grpc.port, `${at}.grpc.port`, errors);
  if (sleep !== undefined && isFirst('sleep') && grace !== undefined && (sleep.seconds < 0 || sleep.seconds > grace))
    errors.push(
      invalid(
        `${at}.sleep`,
        sleep.seconds,
        `must be non-negative and less than terminationGracePeriodSeconds (${grace})`,
      ),
    );
  if (handlers === 0) errors.push(required(at, 'must specify a handler type'));
}

function checkHttpGet(get: CoreV1.HTTPGetAction, at: string, errors: ErrorList): void {
  if (isBlank(get.path)) errors.push(required(`${at}.path`));
  checkPortNumberOrName(get.port, `${at}.port`, errors);
  checkEnum(get.scheme, SCHEMES, `${at}.scheme`, errors);
  for (const { name = '' } of get.httpHeaders ?? [])
    addInvalid(errors, `${at}.httpHeaders`, name, names.isHTTPHeaderName(name));
}
