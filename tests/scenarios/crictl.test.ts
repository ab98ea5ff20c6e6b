import { expect, test } from 'vitest';
import { desk } from './desk.ts';

test('crictl lists, looks into and removes images, and tells of containers as the real one', async () => {
  const { shell, run } = desk('one-worker');
  const on = (command: string) => run(`ssh worker-1 '${command}'`);
  await run('kubectl run web --image=nginx:1.27; sleep 30');

  // Columns are 20 wide at least.
  expect(await on('crictl ps --name web')).toMatch(
    /^CONTAINER {11}IMAGE {15}CREATED {13}STATE {15}NAME {16}ATTEMPT {13}POD ID {14}POD {17}NAMESPACE\n/,
  );
  expect(await on('crictl ps -o json | jq -r ".containers[].metadata.name" | grep web')).toBe('web\n');
  expect(await on('crictl pods --name web -o yaml')).toContain('state: SANDBOX_READY');
  expect(await on('crictl inspect $(crictl ps -q --name web) | jq -r .status.finishedAt')).toBe(
    '0001-01-01T00:00:00Z\n',
  );
  expect(await on('crictl inspectp $(crictl pods -q --name web) | jq -r .status.network.ip')).toMatch(/^10\.244\./);
  expect(await on('crictl logs -t --tail=1 $(crictl ps -q --name web)')).toMatch(
    /^2026-01-05T09:00:\d\d\.\d{9}Z .*\n$/,
  );
  expect(await on('crictl exec $(crictl ps -q --name web) false')).toBe(
    'FATA[0000] execing command in container: command terminated with exit code 1\n',
  );
  expect(await on('crictl rm $(crictl ps -q --name web)')).toMatch(
    /^ERRO\[0000\] container "\w{64}" is running, please stop it first\nFATA\[0000\] unable to remove container\(s\)\n$/,
  );
  expect(await on('crictl logs nope')).toBe(
    'FATA[0000] rpc error: code = NotFound desc = an error occurred when try to find container "nope": not found\n',
  );
  expect(await on('crictl nope')).toBe("No help topic for 'nope'\n");
  expect(await on('crictl --version')).toBe('crictl version v1.33.0\n');

  expect(await on('crictl images --digests')).toMatch(/^IMAGE +TAG +DIGEST +IMAGE ID +SIZE\n/);
  expect(await on('crictl images -q')).toMatch(/^(sha256:\w{64}\n)+$/);
  expect(await on('crictl images -v')).toMatch(
    /RepoTags: docker\.io\/library\/nginx:1\.27\nRepoDigests: .*\nSize: \d+\n\n/,
  );
  expect(await on('crictl inspecti nginx:1.27 | jq -r .info.imageSpec.config.StopSignal')).toBe('SIGQUIT\n');
  expect(await on('crictl inspecti nope')).toBe('FATA[0000] no such image "nope" present\n');

  // containerd does not ask who uses an image; the container runs on, and the next one has it pulled again.
  expect(await on('crictl rmi nginx:1.27 nope')).toBe(
    'Deleted: docker.io/library/nginx:1.27\nERRO[0000] no such image nope\nFATA[0000] unable to remove the image(s)\n',
  );
  expect(await run('kubectl get pod web')).toContain('1/1     Running   0');
  await on('crictl stop $(crictl ps -q --name web)');
  await run('sleep 30');
  expect(await run('kubectl get events')).toMatch(/Pulling +pod\/web/);
  expect(await on('crictl images')).toMatch(/nginx +1\.27/);
  await on('crictl pull redis:7.4');
  expect(await on('crictl rmi --prune')).toBe('Deleted: docker.io/library/redis:7.4\n');
  shell.close();
});
