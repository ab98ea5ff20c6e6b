import { expect, test } from 'vitest';
import { desk } from './desk.ts';

test('port-forward listens on both loopbacks, says who has a port already, and fails at once without a kubelet', async () => {
  const { shell, run } = desk('one-worker');
  await run('kubectl run web --image=nginx:1.27; sleep 30');
  const both = 'Forwarding from 127.0.0.1:8080 -> 80\nForwarding from [::1]:8080 -> 80\n';
  const shown = await run(
    'kubectl port-forward pod/web 8080:80 & sleep 1; for host in localhost 127.0.0.1 [::1]; do curl -s $host:8080 | grep title; done; kubectl port-forward pod/web 8080:80; kill %1',
  );
  const answer = 'Handling connection for 8080\n<title>Welcome to nginx!</title>\n';
  const error = (address: string) =>
    `unable to create listener: Error listen ${address}:8080: bind: address already in use`;
  expect(shown).toBe(
    `${both}${answer.repeat(3)}Unable to listen on port 8080: Listeners failed to create with the following errors: [${error('tcp4 127.0.0.1')} ${error('tcp6 [::1]')}]\nerror: unable to listen on any of the requested ports: [{8080 80}]\n`,
  );
  expect(await run('kubectl port-forward pod/web :80 & sleep 1; kill %1')).toMatch(
    /^Forwarding from 127\.0\.0\.1:(\d+) -> 80\nForwarding from \[::1\]:\1 -> 80\n$/,
  );
  expect(await run('kubectl port-forward pod/web 8081:80 --address 0.0.0.0 & sleep 1; kill %1')).toBe(
    'Forwarding from 0.0.0.0:8081 -> 80\n',
  );
  await run('ssh worker-1 systemctl stop kubelet');
  expect(await run('kubectl port-forward pod/web 8080:80')).toBe(
    'error: error upgrading connection: error dialing backend: dial tcp 10.0.0.11:10250: connect: connection refused\n',
  );
  shell.close();
});
