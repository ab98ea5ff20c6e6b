import type { Engine } from '../engine/index.ts';
import { ALPINE_PROGRAMS } from '../images/catalog/bases.ts';
import { Directory, RegularFile } from '../images/file-node.ts';
import type { Machine, Program, Trust } from '../images/process.ts';
import { CURL, JQ } from '../images/shell/applets/index.ts';
import { openssl } from '../images/shell/applets/openssl.ts';
import { sudo } from '../images/shell/applets/sudo.ts';
import { tlsClient } from '../images/shell/applets/tls.ts';
import { sh } from '../images/shell/sh.ts';
import type { ProcessStack } from '../network/stack.ts';
import { NETWORK_TOOLS } from '../network/tools/programs.ts';
import { crictl } from '../node/login/crictl.ts';
import { MachineLogin, nodeLogin } from '../node/login/node-login.ts';
import { nsenter } from '../node/login/nsenter.ts';
import { powerPrograms } from '../node/login/power.ts';
import { ps } from '../node/login/ps.ts';
import { journalctl, systemctl } from '../node/login/services.ts';
import type { NodeMachine } from '../node/node.ts';
import { PidNamespace } from '../node/runtime/process-table.ts';
import type { Etcd } from './etcd/etcd.ts';
import { etcdPrograms } from './etcd/etcdctl.ts';
import type { LoginMachine } from './machine-access.ts';

export interface LoginOptions {
  readonly engine: Engine;
  readonly etcd: Etcd;
  readonly machines: ReadonlyMap<string, NodeMachine>;
  /** The node whose control plane is this cluster's. */
  readonly controlPlane: string;
  /** Where the learner's own computer stands in the network. */
  readonly learner: ProcessStack;
}

/** Programs of every machine, by name. */
function commonPrograms(): Record<string, Program> {
  const programs: Record<string, Program> = {};
  for (const [path, program] of Object.entries(ALPINE_PROGRAMS))
    programs[path.slice(path.lastIndexOf('/') + 1)] = program;
  return { ...programs, ...NETWORK_TOOLS, curl: CURL, jq: JQ, sh: sh('dash'), bash: sh('bash') };
}

/** The machines that a learner can work on: the nodes, and the place of their own computer in the network. Made when first asked for. */
export function logins({
  engine,
  etcd,
  machines,
  controlPlane,
  learner,
}: LoginOptions): (name: string) => LoginMachine | undefined {
  const made = new Map<string, MachineLogin>();
  const loginTo = (node: NodeMachine): MachineLogin => {
    const found = made.get(node.name);
    if (found !== undefined) return found;
    const login = nodeLogin(node, {
      ...commonPrograms(),
      sudo,
      crictl: crictl(node),
      nsenter: nsenter(node, () => loginTo(node)),
      ps,
      systemctl: systemctl(node),
      journalctl: journalctl(node),
      ...powerPrograms(node),
      openssl,
      ...(node.name === controlPlane ? etcdPrograms(etcd, { name: node.name, address: node.address }) : {}),
    });
    made.set(node.name, login);
    return login;
  };
  let computer: MachineLogin | undefined;
  const tls = (serverName: string, trust: Trust) => tlsClient(serverName, engine.now, trust);
  return (name) => {
    if (name === 'learner') {
      computer ??= learnerLogin(engine, learner);
      const { run } = computer;
      return { stack: learner, furnish: () => {}, unreachable: () => undefined, tls, run: run.bind(computer) };
    }
    const node = machines.get(name) ?? [...machines.values()].find(({ address }) => address === name);
    if (node === undefined) return undefined;
    return {
      stack: node.stack,
      furnish: () => void loginTo(node),
      tls,
      unreachable: () =>
        node.isConnected
          ? undefined
          : `ssh: connect to host ${name} port 22: ${node.isPowered ? 'Connection timed out' : 'No route to host'}`,
      run: (command, streams) => loginTo(node).run(command, streams),
    };
  };
}

/** Where the network tools of the learner's own computer run. */
function learnerLogin(engine: Engine, network: ProcessStack): MachineLogin {
  const root = new Directory();
  for (const [name, program] of Object.entries(commonPrograms()))
    root.put(`usr/bin/${name}`, new RegularFile('', { mode: 0o755, program }));
  for (const folder of ['root', 'tmp']) root.ensure(folder);
  const machine: Machine = {
    architecture: 'amd64',
    cpus: 4,
    memory: 8 * 1024 ** 3,
    kernel: '6.8.0-51-generic',
    bootedAt: engine.now,
  };
  return new MachineLogin({ engine, name: 'learner', machine, network, namespace: new PidNamespace(2), root });
}
