import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { adminToken } from '../../sim-core/cluster/cluster.ts';
import { MINUTE, SECOND } from '../../sim-core/engine/index.ts';
import type { ServingCertificates } from '../../sim-core/host/http/certificates.ts';
import { openHttpDoor } from '../../sim-core/host/http/http-door.ts';
import { ServedCluster, wallTime } from '../../sim-core/host/http/served-cluster.ts';
import type { Outcome, Played } from './compare.ts';
import type { Scenario, Step } from './transcript.ts';

export interface PlayOptions {
  /** The kubectl binary. */
  readonly kubectl: string;
  readonly certificates: ServingCertificates;
  /** Hears of defects of the simulator itself. */
  readonly report?: (actor: string, error: unknown) => void;
  /** Runs a command line without a shell; undefined for those that it leaves to the shell. */
  readonly run?: (line: CommandLine) => Promise<Outcome> | undefined;
}

/** A command line and what is around it. */
export interface CommandLine {
  readonly text: string;
  readonly stdin: string;
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
}

const STEP_LIMIT = 90_000;
/** Virtual time between two looks, and until giving up. */
const POLL = SECOND / 5;
const POLL_LIMIT = 75 * SECOND;
/** How far virtual time starts behind the wall clock: waiting is done by letting it jump, and it must not get ahead. */
const BEHIND = 60 * MINUTE;

/** Plays a scenario with the real kubectl on a fresh cluster of its own. */
export async function play(scenario: Scenario, { kubectl, certificates, report, run }: PlayOptions): Promise<Played> {
  const cluster = new ServedCluster({
    cluster: { preset: scenario.preset ?? 'lab', seed: 1, epoch: Math.floor((wallTime() - BEHIND) / SECOND) * SECOND },
    speed: 1,
    report: report ?? (() => {}),
  });
  const token = adminToken(1);
  const door = await openHttpDoor({ cluster, token, certificates }, 0);
  const stage = realpathSync(mkdtempSync(path.join(tmpdir(), 'golden-')));
  const player = new Player(stage, cluster, kubectl, run);
  try {
    player.prepare(scenario, kubeconfig(door.url, token, certificates.authority, scenario.namespace));
    await player.raw(`kubectl create namespace ${scenario.namespace}`);
    cluster.clock({ type: 'settle' });
    const outcomes: Outcome[] = [];
    for (const step of scenario.steps) outcomes.push(await player.step(step));
    cluster.clock({ type: 'advance', by: 1.2 * SECOND });
    const finals: unknown[][] = [];
    for (const { get } of scenario.final ?? []) finals.push(await player.objects(get));
    return { outcomes, finals };
  } finally {
    cluster.close();
    await door.close();
    rmSync(stage, { recursive: true, force: true });
  }
}

class Player {
  private readonly cluster: ServedCluster;
  private readonly work: string;
  private readonly home: string;
  private readonly config: string;
  private readonly bin: string;

  private readonly run: PlayOptions['run'];

  constructor(stage: string, cluster: ServedCluster, kubectl: string, run: PlayOptions['run']) {
    this.run = run;
    this.cluster = cluster;
    this.work = path.join(stage, 'work');
    this.home = path.join(stage, 'home');
    this.bin = path.join(stage, 'bin');
    this.config = path.join(stage, 'config');
    for (const folder of [this.work, this.home, this.bin]) mkdirSync(folder);
    symlinkSync(kubectl, path.join(this.bin, 'kubectl'));
  }

  prepare({ files }: Scenario, kubeconfigText: string): void {
    writeFileSync(this.config, kubeconfigText, { mode: 0o600 });
    for (const [name, content] of Object.entries(files ?? {})) {
      const file = path.join(this.work, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  async step(step: Step): Promise<Outcome> {
    if (step.wait_before !== undefined) this.cluster.clock({ type: 'advance', by: step.wait_before * 1000 });
    if (step.wait_for !== undefined) await this.waitFor(step.wait_for);
    return this.places(await this.raw(step.cmd, step.stdin));
  }

  async objects(get: string): Promise<unknown[]> {
    const { stdout } = this.places(await this.raw(`kubectl get ${get} -o json`));
    try {
      const list = JSON.parse(stdout) as { items?: unknown[] };
      return list.items ?? [list];
    } catch {
      return [];
    }
  }

  raw(cmd: string, stdin = ''): Promise<Outcome> {
    const variables = {
      PATH: `${this.bin}:/usr/bin:/bin`,
      HOME: this.home,
      KUBECONFIG: this.config,
      TMPDIR: '/tmp',
      LANG: 'C.UTF-8',
    };
    const answer = this.run?.({ text: cmd, stdin, cwd: this.work, variables });
    if (answer !== undefined) return answer;
    return new Promise((resolve) => {
      const child = execFile(
        '/bin/sh',
        ['-c', cmd],
        { cwd: this.work, timeout: STEP_LIMIT, maxBuffer: 64 * 1024 * 1024, env: variables },
        (error, stdout, stderr) => {
          const code = (error as { code?: unknown } | null)?.code;
          resolve({ stdout, stderr, exit: error === null ? 0 : typeof code === 'number' ? code : 1 });
        },
      );
      child.stdin?.on('error', () => {});
      child.stdin?.end(stdin);
    });
  }

  private async waitFor({ cmd, matches }: NonNullable<Step['wait_for']>): Promise<void> {
    const pattern = new RegExp(matches);
    const { engine } = this.cluster.session.cluster;
    const end = engine.now + POLL_LIMIT;
    while (engine.now < end) {
      const { stdout, stderr } = await this.raw(cmd);
      if (pattern.test(stdout + stderr)) return;
      // Looks become rarer: something that takes seconds is not missed by one.
      const waited = POLL_LIMIT - (end - engine.now);
      this.cluster.clock({ type: 'advance', by: Math.max(POLL, waited / 8) });
    }
  }

  private places({ stdout, stderr, exit }: Outcome): Outcome {
    const named = (text: string) =>
      text.replaceAll(this.work, '<CWD>').replaceAll(this.config, '<KUBECONFIG>').replaceAll(this.home, '<HOME>');
    return { stdout: named(stdout), stderr: named(stderr), exit };
  }
}

function kubeconfig(server: string, token: string, authority: string, namespace: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [
      { name: 'lab', cluster: { server, 'certificate-authority-data': Buffer.from(authority).toString('base64') } },
    ],
    users: [{ name: 'kubernetes-admin', user: { token } }],
    contexts: [{ name: 'kubernetes-admin@lab', context: { cluster: 'lab', user: 'kubernetes-admin', namespace } }],
    'current-context': 'kubernetes-admin@lab',
  });
}
