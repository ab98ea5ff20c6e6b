import type { Ingress } from '../api/objects.ts';
import { type Engine, type Micros, SECOND } from '../engine/index.ts';
import { NetworkError } from '../images/process.ts';
import type { OutsideWorld } from '../network/cloud/outside-world.ts';
import { parseIPv4 } from '../network/ipv4.ts';
import type { ProcessStack } from '../network/stack.ts';
import type { Store } from '../store/store.ts';
import type { OutsideDone, OutsideRequest, OutsideResponse, OutsideTarget } from './cluster.ts';

const TIMEOUT: Micros = 30 * SECOND;

/** Who asks from outside, and whom when nobody is named. */
export interface OutsideView {
  readonly engine: Engine;
  readonly browser: ProcessStack;
  readonly world: OutsideWorld;
  readonly nodeAddress: string;
}

/** Sends a request from the learner's computer and lets virtual time run until it is answered. */
export function askFromOutside(
  view: OutsideView,
  port: number,
  request: OutsideRequest,
  target?: OutsideTarget,
): OutsideResponse | { readonly error: string } {
  const { engine } = view;
  let result: OutsideResponse | { readonly error: string } | undefined;
  const cancel = sendFromOutside(view, port, request, target, (answer) => {
    result = answer;
  });
  const end = engine.now + TIMEOUT;
  while (result === undefined && (engine.nextTime() ?? Number.POSITIVE_INFINITY) <= end) engine.step();
  if (result !== undefined) return result;
  cancel();
  return { error: `no answer from ${target?.host ?? view.nodeAddress}:${port} within 30 s` };
}

/** Sends a request from the learner's computer; `done` hears once what came of it. Returns what gives it up. */
export function sendFromOutside(
  { browser, world, nodeAddress }: OutsideView,
  port: number,
  { method, path, headers, body }: OutsideRequest,
  { host = nodeAddress, tls = false }: OutsideTarget = {},
  done: OutsideDone,
): () => void {
  const address = parseIPv4(host) === undefined ? world.lookup(host) : host;
  if (address === undefined) {
    done({ error: `Could not resolve host: ${host}` });
    return () => {};
  }
  const named = host === nodeAddress || headers.host !== undefined;
  const hostHeader = port === (tls ? 443 : 80) ? host : `${host}:${port}`;
  const request = {
    method,
    path,
    headers: named ? headers : { host: hostHeader, ...headers },
    body,
    ...(tls ? { tls: { serverName: serverName(headers.host ?? host), verify: () => undefined } } : {}),
  };
  return browser.probeHttp(address, port, request, TIMEOUT, (answer) =>
    done(answer instanceof NetworkError ? { error: answer.message } : answer),
  );
}

function serverName(host: string): string {
  const name = host.replace(/:\d+$/, '');
  return parseIPv4(name) === undefined ? name : '';
}

/** Where an Ingress says that a host of its rules can be reached, as an external-dns would tell the world. */
export function publicAddress(store: Store, name: string): string | undefined {
  for (const { spec, status } of store.list('ingresses.networking.k8s.io') as unknown as Ingress[]) {
    const address = status.loadBalancer?.ingress?.[0]?.ip;
    if (address === undefined) continue;
    if (spec.rules?.some(({ host }) => host !== undefined && covers(host, name)) === true) return address;
  }
  return undefined;
}

function covers(host: string, name: string): boolean {
  if (!host.startsWith('*.')) return host === name;
  const dot = name.indexOf('.');
  return dot > 0 && name.slice(dot) === host.slice(1);
}
