import { KUBERNETES_VERSION } from '../api/version.ts';
import { formatMicroTime } from '../engine/index.ts';
import type { Process } from '../images/process.ts';
import { klog } from '../network/daemon.ts';

/** What the components of the control plane write into their logs at the verbosity that kubeadm leaves them: how they start, and what ends them. */

const GOLANG = '"Golang settings" GOGC="" GOMAXPROCS="" GOTRACEBACK=""';

function info(process: Process, lines: readonly (readonly [where: string, text: string])[]): void {
  process.stderr.write(lines.map(([where, text]) => `${klog(process, 'I', where)} ${text}\n`).join(''));
}

/** A component with a certificate of its own (kube-controller-manager, kube-scheduler). */
export function logStart(process: Process, [file, line]: readonly [string, number], text: string, port: number): void {
  info(process, [
    ['serving.go:386', 'Generated self-signed cert in-memory'],
    [`${file}:${line}`, `${text} version="${KUBERNETES_VERSION}"`],
    [`${file}:${line + 2}`, GOLANG],
    ['secure_serving.go:211', `Serving securely on 127.0.0.1:${port}`],
    ['tlsconfig.go:243', '"Starting DynamicServingCertificateController"'],
  ]);
}

export function logApiServerStart(process: Process, address: string): void {
  info(process, [
    ['options.go:249', `external host was not specified, using ${address}`],
    ['server.go:147', `Version: ${KUBERNETES_VERSION}`],
    ['server.go:149', GOLANG],
  ]);
}

/** etcd has answered: it serves. */
export function logApiServing(process: Process, port: number): void {
  info(process, [
    ['instance.go:233', 'Using reconciler: lease'],
    ['secure_serving.go:211', `Serving securely on [::]:${port}`],
    ['controller.go:615', 'quota admission added evaluator for: leases.coordination.k8s.io'],
  ]);
}

/** etcd has not answered at `endpoint`: `127.0.0.1:2379`. */
export function logNoEtcd(process: Process, endpoint: string): void {
  process.stderr.write(
    `${klog(process, 'W', 'logging.go:55')} [core] [Channel #1 SubChannel #2]grpc: addrConn.createTransport failed to connect to {Addr: "${endpoint}", ServerName: "${endpoint}"}. Err: connection error: desc = "transport: Error while dialing: dial tcp ${endpoint}: connect: connection refused"\n`,
  );
}

/** The API server gives up: its storage has not answered. */
export function logGivingUp(process: Process): void {
  process.stderr.write(
    `${klog(process, 'F', 'instance.go:226')} Error creating leases: error creating storage factory: context deadline exceeded\n`,
  );
}

/** The line that all of them end with when something will not do (component-base's cli.Run). */
export function logCommandFailed(process: Process, why: string): void {
  process.stderr.write(`${klog(process, 'E', 'run.go:72')} "command failed" err=${JSON.stringify(why)}\n`);
}

export function logControllers(process: Process, names: readonly string[]): void {
  info(
    process,
    names.map((name) => ['controllermanager.go:778', `"Started controller" controller="${name}"`] as const),
  );
}

/** etcd writes one JSON object a line. */
export function logEtcd(process: Process, caller: string, msg: string, fields: object = {}, level = 'info'): void {
  const ts = formatMicroTime(process.now());
  process.stderr.write(`${JSON.stringify({ level, ts, caller, msg, ...fields })}\n`);
}
