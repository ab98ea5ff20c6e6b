import { Scenario } from '../scenarios/scenario.ts';
import { WEB_SERVICE, web } from '../scenarios/web.ts';

/** A cluster in front of the class: an app, its Service `web`, and a client to ask from. The tests of a file share one, and mend what they break. */
export class Stage extends Scenario {
  constructor(preset = 'three-workers', yaml = '') {
    super(preset);
    this.apply(web(1) + WEB_SERVICE + yaml);
    this.until(() => this.get('Deployment', 'web').status.readyReplicas === 3, 120);
    this.untilReady('client');
    this.wait(3);
  }

  /** What a command in the client prints, errors behind output. */
  ask(command: string): string {
    const { stdout, stderr } = this.exec('client', command);
    return stdout + stderr;
  }

  /** `curl` in the client; its exit code, or what it got. Gives up after three seconds. */
  curl(url: string, more = ''): string {
    const { stdout, code } = this.exec('client', `curl -s -m 3 ${more} ${url}`);
    return code === 0 ? stdout : `curl ${code}`;
  }

  /** The names of the pods that answer so many requests; `curl 7`, `curl 28` … among them when some fail. */
  answering(url: string, count = 24): string[] {
    const loop = `for i in $(seq ${count}); do curl -s -m 2 ${url}/hostname || printf "curl $?"; echo; done`;
    const said = this.ask(loop).split('\n');
    return [...new Set(said.filter((line) => line !== ''))].sort();
  }

  /** Names of the app's pods that have not been told to go. */
  podNames(labels = 'app=web'): string[] {
    return this.list('Pod', labels)
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name)
      .sort();
  }

  /** The app's pod on a node. */
  podOn(node: string) {
    const found = this.list('Pod', 'app=web').find(({ spec }) => spec.nodeName === node);
    if (found === undefined) throw new Error(`no pod of web on ${node}`);
    return found;
  }

  /** What a command prints on a machine, as over ssh. */
  onNode(node: string, command: string, limit = 60): string {
    let output = '';
    let ended = false;
    const { engine } = this.cluster;
    const path = `/machines/${node}/exec?tty=false&stdin=false&command=sh&command=-c&command=${encodeURIComponent(command)}`;
    this.cluster.openMachine(
      { method: 'POST', path },
      {
        head: () => {},
        chunk: (chunk) => {
          if (chunk.kind === 'data' && chunk.channel !== 3)
            output += Buffer.from(chunk.data, 'latin1').toString('utf8');
        },
        end: () => {
          ended = true;
        },
      },
    );
    const end = engine.now + limit * 1_000_000;
    while (!ended && (engine.nextTime() ?? end) < end) engine.step();
    return output;
  }

  /** Takes the pods of a DaemonSet or Deployment of the system away, and gives them back. */
  park(
    kind: 'DaemonSet' | 'Deployment',
    name: string,
    parked: boolean,
    labels: string,
    namespace = 'kube-system',
  ): void {
    const spec = { template: { spec: { nodeSelector: { parked: parked ? 'yes' : null } } } };
    this.patch(kind, name, { spec }, namespace);
    const pods = () => this.list('Pod', labels, namespace);
    this.until(
      () =>
        parked
          ? pods().every(({ status }) => status.phase === 'Pending')
          : pods().length > 0 && pods().every(({ metadata }) => this.isReady(metadata.name, namespace)),
      180,
    );
    this.wait(3);
  }
}
