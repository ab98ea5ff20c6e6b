import type { RestClient } from '../sim-core/client/rest.ts';
import { adminToken, type ClusterOptions } from '../sim-core/cluster/cluster.ts';
import { SECOND } from '../sim-core/engine/index.ts';
import { LocalCluster } from '../sim-core/host/local-client.ts';
import {
  FileError,
  type FileSystem,
  type KubectlEnvironment,
  type OutputStream,
} from '../sim-core/kubectl/environment.ts';
import { runKubectl } from '../sim-core/kubectl/main.ts';
import { wordsOf } from './command-line.ts';
import type { Exercise } from './format/exercise.ts';
import type { Walkthrough } from './load.ts';

const HOME = '/home/learner';

/** Virtual time between the end of a command and the next: someone has to type it. */
const TYPING = 2 * SECOND;

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly line: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Options of an exercise's cluster for a learner's seed. The setup is part of them, so that a log needs no more than its inputs. */
export function clusterOptions(exercise: Exercise, seed: number): ClusterOptions {
  return { preset: exercise.cluster.preset, seed, setup: exercise.cluster.setup };
}

/** Starts an exercise as a learner finds it: the cluster up, its setup in place, everything at rest. */
export function startExercise(exercise: Exercise, seed: number): LocalCluster {
  const local = new LocalCluster(clusterOptions(exercise, seed));
  local.session.cluster.engine.settle();
  return local;
}

/** Carries out a solution or a recorded mistake as a learner would, with kubectl, and lets the cluster come to rest. */
export async function carryOut(
  local: LocalCluster,
  { steps, files }: Pick<Walkthrough, 'steps' | 'files'>,
): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  const disk = new Map<string, Uint8Array>();
  for (const [path, content] of Object.entries(files)) {
    local.session.apply({ type: 'file', path, content });
    disk.set(`${HOME}/${path}`, new TextEncoder().encode(content));
  }
  const { engine } = local.session.cluster;
  for (const step of steps) {
    if (typeof step !== 'string') {
      engine.runUntil(engine.now + step.wait * SECOND);
      continue;
    }
    local.session.apply({ type: 'note', text: step });
    results.push(await runLine(local, step, disk));
    engine.runUntil(engine.now + TYPING);
  }
  engine.settle();
  return results;
}

async function runLine(local: LocalCluster, line: string, disk: Map<string, Uint8Array>): Promise<CommandResult> {
  const [program, ...argv] = wordsOf(line);
  if (program !== 'kubectl') throw new Error(`"${line}": walkthroughs know only kubectl`);
  const stdout = new Transcript();
  const stderr = new Transcript();
  const environment: KubectlEnvironment = {
    connect: () => withToken(local),
    files: memoryFiles(disk),
    stdin: { isTerminal: false, read: async () => undefined },
    stdout,
    stderr,
    variables: { HOME },
    cwd: HOME,
    now: () => Math.floor(local.session.cluster.engine.now / 1000),
    sleep: (milliseconds, signal) => local.sleep(milliseconds, signal),
  };
  const code = await local.drive(runKubectl(argv, environment));
  return { line, stdout: stdout.text, stderr: stderr.text, code };
}

/** Collects what a command prints. */
class Transcript implements OutputStream {
  readonly isTerminal = false;
  text = '';

  write(data: string | Uint8Array): void {
    this.text += typeof data === 'string' ? data : new TextDecoder().decode(data);
  }
}

/** The administrator's credentials on every request, as a kubeconfig would add them. */
function withToken(local: LocalCluster): RestClient {
  const authorization = `Bearer ${adminToken(local.session.cluster.engine.seed)}`;
  return {
    server: local.server,
    request: (request, signal) =>
      local.request({ ...request, headers: { authorization, ...request.headers } }).then((response) => {
        signal?.throwIfAborted();
        return response;
      }),
    stream: (request, handler) => local.stream({ ...request, headers: { authorization, ...request.headers } }, handler),
  };
}

function memoryFiles(disk: Map<string, Uint8Array>): FileSystem {
  const children = (path: string) => {
    const prefix = path.endsWith('/') ? path : `${path}/`;
    return [
      ...new Set(
        [...disk.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length).split('/')[0]!),
      ),
    ];
  };
  return {
    async read(path) {
      const data = disk.get(path);
      if (data === undefined) throw new FileError('ENOENT', path);
      return data;
    },
    async write(path, data) {
      disk.set(path, typeof data === 'string' ? new TextEncoder().encode(data) : data);
    },
    list: async (path) => children(path).sort(),
    async stat(path) {
      const data = disk.get(path);
      if (data !== undefined) return { kind: 'file', size: data.byteLength };
      if (children(path).length > 0) return { kind: 'directory', size: 0 };
      throw new FileError('ENOENT', path);
    },
    async remove(path) {
      if (!disk.delete(path)) throw new FileError('ENOENT', path);
    },
    mkdtemp: async (prefix) => `/tmp/${prefix}0`,
  };
}
