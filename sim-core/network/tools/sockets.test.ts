import { expect, it } from 'vitest';
import type { Process, ProcessInfo } from '../../images/process.ts';
import { serveWhoAmI, TestNetwork } from '../testing/test-network.ts';
import { socketRows } from './sockets.ts';

it.each([
  [['nginx: master process nginx -g daemon off;'], 'nginx', '0.0.0.0:80'],
  [['/usr/local/bin/kube-controller-manager', '--leader-elect=true'], 'kube-controller', '*:80'],
])('a socket is held by what the kernel calls the process: %j', (argv, name, near) => {
  const stack = new TestNetwork().pod('worker-1', 'a');
  serveWhoAmI(stack, 80);
  const holder = { pid: 7, argv, network: stack } as unknown as ProcessInfo;
  const process = { processes: () => [holder] } as unknown as Process;
  const [row] = socketRows(process, stack.namespace, { listening: true, open: false });
  expect(row).toMatchObject({ near, holder: { pid: 7, name } });
});
