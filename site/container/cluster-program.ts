/**
 * The cluster as a Node program in a container: its door is a line each on standard input and output; beside it an HTTP face on loopback for
 * kubectl and for the learner's own programs, and the checks that can be asked of a living cluster.
 */
import '../../sim-core/host/programs.ts';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { apiDocuments } from '../../sim-core/apiserver/rest/documents.ts';
import type { FromHost } from '../../sim-core/host/door.ts';
import { DoorHost } from '../../sim-core/host/door-host.ts';
import { HostedCluster } from '../../sim-core/host/http/hosted-cluster.ts';
import { openHttpDoor } from '../../sim-core/host/http/http-door.ts';
import { kubeconfigText } from '../../sim-core/host/http/kubeconfig-file.ts';
import { loadSandbox } from '../../sim-core/host/load-sandbox.ts';
import { serveStdio } from '../../sim-core/host/stdio-platform.ts';
import { LiveChecks } from '../workspace/live-checks.ts';
import type { FromClusterWorker, ToClusterWorker } from '../workspace/protocol.ts';

/** Where programs in the container find the API, unless something else of theirs is there. */
const PORT = 8001;

const kubeconfig = process.env.KUBECONFIG ?? path.resolve('kubeconfig');
let token = '';
let url = '';

serveStdio<{ receive(message: ToClusterWorker): void }, ToClusterWorker, FromClusterWorker>((platform) => {
  const post = (message: FromHost) => {
    if (hosted.take(message)) return;
    if (message.type === 'booted') {
      token = message.token;
      Object.assign(host.cluster!.meta, apiDocuments());
      writeKubeconfig();
    }
    platform.post(message);
    checks.take(message);
  };
  const host: DoorHost = new DoorHost({ ...platform, post });
  const hosted = new HostedCluster(host);
  const checks = new LiveChecks(
    () => host.cluster,
    (report) => platform.post({ type: 'live-report', report }),
  );
  // What comes first is held until programs in the container can be answered, too.
  const open = Promise.all([openDoor(hosted), loadSandbox().catch(() => undefined)]);
  let ready = Promise.resolve<unknown>(open);
  return {
    receive(message) {
      ready = ready.then(() => {
        if (message.type === 'exercise') checks.exercise = message.exercise;
        // Here everything has been loaded.
        else if (message.type !== 'load-rest') {
          if (message.type === 'boot') checks.forget();
          host.receive(message);
        }
      });
    },
  };
});

async function openDoor(cluster: HostedCluster): Promise<void> {
  const options = {
    cluster,
    get token() {
      return token;
    },
  };
  const door = await openHttpDoor(options, PORT).catch(() => openHttpDoor(options, 0));
  ({ url } = door);
}

function writeKubeconfig(): void {
  mkdirSync(path.dirname(kubeconfig), { recursive: true });
  writeFileSync(kubeconfig, kubeconfigText({ server: url, token }));
}
