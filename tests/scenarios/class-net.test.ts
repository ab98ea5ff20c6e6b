import { expect, test } from 'vitest';
import { desk } from './desk.ts';

test('/sys/class/net tells of the interfaces of a pod and of its node, whose veth has the number that the pod names', async () => {
  const { shell, run } = desk('one-worker');
  const overrides = '{"spec":{"nodeName":"worker-1"}}';
  await run('ssh worker-1 ls /sys/class/net');
  await run(`kubectl run bb --image=busybox:1.36 --overrides='${overrides}' -- sleep 1000000; sleep 20`);
  const inPod = (file: string) => run(`kubectl exec bb -- cat /sys/class/net/${file}`);
  expect(await run('kubectl exec bb -- ls /sys/class/net')).toBe('eth0\nlo\n');
  expect(await inPod('eth0/mtu')).toBe('1500\n');
  expect(await inPod('eth0/operstate')).toBe('up\n');
  expect(await inPod('lo/operstate')).toBe('unknown\n');
  const address = (await inPod('eth0/address')).trim();
  expect(await run('kubectl exec bb -- ip link')).toContain(`link/ether ${address} `);
  const number = (await inPod('eth0/iflink')).trim();
  expect(await run(`ssh worker-1 'grep -l "^${number}$" /sys/class/net/veth*/ifindex'`)).toMatch(
    /^\/sys\/class\/net\/veth\w+\/ifindex\n$/,
  );
  shell.close();
});
