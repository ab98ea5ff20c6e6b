/**
 * Requests per second of wall time through a Service to a pod on another node, at 10, 100 and 1,000 Services with three endpoints each.
 * Run with `npx node bench/network.ts [--seconds=2]`. Targets: 100,000/s with the trace sampled, 20,000/s with all of it.
 */
import { Task, type TraceLevel } from '../sim-core/engine/index.ts';
import { formatIPv4, ipv4 } from '../sim-core/network/ipv4.ts';
import type { ProcessStack } from '../sim-core/network/stack.ts';
import { text } from '../sim-core/network/testing/test-network.ts';
import { TestServices } from '../sim-core/network/testing/test-services.ts';

const argument = process.argv.find((one) => one.startsWith('--seconds='));
const seconds = argument === undefined ? 2 : Number(argument.slice('--seconds='.length));
const SERVICE_COUNTS = [10, 100, 1000];
/** Requests under way at once. */
const CLIENTS = 50;

function services(count: number, level: TraceLevel): { all: TestServices; client: ProcessStack; addresses: string[] } {
  const all = new TestServices(['worker-1', 'worker-2'], 'iptables', { level });
  const answer = text('ok');
  const pods = Array.from({ length: 30 }, (_, index) => {
    const stack = all.network.pod(index % 2 === 0 ? 'worker-1' : 'worker-2', `server-${index}`);
    // biome-ignore lint/correctness/useYield: answers at once
    stack.serveHttp(80, function* serve() {
      return answer;
    });
    return { address: stack.address, node: index % 2 === 0 ? 'worker-1' : 'worker-2' };
  });
  const addresses: string[] = [];
  for (let index = 0; index < count; index++) {
    const address = formatIPv4(ipv4('10.96.1.0') + index);
    addresses.push(address);
    all.service(`service-${index}`, { clusterIP: address });
    all.endpoints(
      `service-${index}`,
      [0, 1, 2].map((offset) => pods[(3 * index + offset) % pods.length]!),
    );
  }
  all.settle();
  return { all, client: all.network.pod('worker-1', 'client'), addresses };
}

/** Requests that were answered in a second of wall time. */
function measure(count: number, level: TraceLevel): number {
  const { all, client, addresses } = services(count, level);
  const { engine } = all.network;
  let answered = 0;
  let running = true;
  const ask = function* (first: number) {
    for (let index = first; running; index++) {
      const { status } = yield* client.http(addresses[index % addresses.length]!, 80, { path: '/' });
      if (status === 200) answered++;
    }
  };
  for (let index = 0; index < CLIENTS; index++) new Task(engine, ask(7 * index));
  const slice = () => {
    for (let event = 0; event < 20_000; event++) engine.step();
  };
  slice();
  answered = 0;
  const start = performance.now();
  while (performance.now() - start < seconds * 1000) slice();
  const spent = performance.now() - start;
  running = false;
  return (answered * 1000) / spent;
}

process.stdout.write('Services   sampled (target 100,000/s)   full trace (target 20,000/s)\n');
for (const count of SERVICE_COUNTS) {
  const shown = (value: number) => `${Math.round(value).toLocaleString('en-US')}/s`.padStart(14);
  process.stdout.write(
    `${String(count).padStart(8)}   ${shown(measure(count, 'sampled'))}                 ${shown(measure(count, 'full'))}\n`,
  );
}
