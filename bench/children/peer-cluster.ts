/** The same in the peer, @ngrok/webernetes: wall milliseconds as JSON. */
import { BaseImage, Cluster, type ProcessContext } from '@ngrok/webernetes';
import { webDeployment } from './web.ts';

class Nginx extends BaseImage {
  static readonly imageName = 'nginx';
  static readonly imageVersion = '1.27';
  readonly defaultCommand = ['serve'];

  override async exec(context: ProcessContext): Promise<number> {
    context.listenHttp(80, async () => ({ statusCode: 200, body: 'Welcome to nginx!' }) as never);
    return await context.waitUntilKilled();
  }
}

const replicas = Number(process.argv[2] ?? 100);
const start = performance.now();
const cluster = new Cluster({ nodes: Math.max(3, Math.ceil(replicas / 100)) });
cluster.registerImage(Nginx);
await cluster.init();
const boot = performance.now() - start;
const created = performance.now();
const ready = new Promise<void>((resolve) => {
  const informer = cluster.informer('deployments', (_type, { status }) => {
    if ((status?.readyReplicas ?? 0) >= replicas) resolve();
  });
  void informer.start();
});
await cluster.apply([webDeployment(replicas)]);
await ready;
process.stdout.write(JSON.stringify({ boot, ready: performance.now() - created }));
process.exit(0);
