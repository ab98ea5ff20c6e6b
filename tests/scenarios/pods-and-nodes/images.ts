import { describe, expect, test } from 'vitest';
import { Scenario } from '../scenario.ts';
import { one, pod } from './manifests.ts';

describe('images', () => {
  test('that cannot be had: each with its own words', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(
      one('typo', 'nginx:1.72') +
        one('private', 'registry.example.com/team/hello:1.0') +
        one('arm', 'jotasu/hello-arm64:1.0') +
        one('nobody', 'no.such.registry/x:1') +
        one('hub', 'ngnix') +
        pod('local', 'containers:\n- {name: main, image: "redis:7.2", imagePullPolicy: Never}') +
        one('bad', 'Nginx'),
    );
    cluster.wait(120);
    const failed = (name: string) =>
      cluster.events('Pod', name).find((event) => event.startsWith('Warning Failed Failed to pull image')) ?? '';
    expect(failed('typo')).toContain(
      'failed to resolve reference "docker.io/library/nginx:1.72": docker.io/library/nginx:1.72: not found',
    );
    expect(failed('private')).toContain('authorization failed: no basic auth credentials');
    expect(failed('arm')).toContain('no match for platform in manifest: not found');
    expect(failed('nobody')).toContain('no such host');
    expect(failed('hub')).toContain('pull access denied, repository does not exist or may require authorization');
    for (const name of ['typo', 'private', 'arm', 'nobody', 'hub'])
      expect(cluster.state(name)).toMatch(/^Waiting (ErrImagePull|ImagePullBackOff)$/);
    expect(cluster.events('Pod', 'typo').join('\n')).toContain('Normal BackOff Back-off pulling image "nginx:1.72"');
    expect(cluster.state('local')).toBe('Waiting ErrImageNeverPull');
    expect(cluster.state('bad')).toBe('Waiting InvalidImageName');
  });

  test('of a private registry come with the right secret', () => {
    const cluster = new Scenario('one-worker');
    const auths = { 'registry.example.com': { username: 'jotasu', password: 'helmsman' } };
    cluster.apply(
      `apiVersion: v1
kind: Secret
metadata: {name: reg}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '${JSON.stringify({ auths })}'}
---
${one('private', 'registry.example.com/team/hello:1.0', '', 'imagePullSecrets: [{name: reg}]')}`,
    );
    cluster.untilReady('private');
  });

  test('of servers end with their first process: nginx goes to the background unless it is told to stay', () => {
    const cluster = new Scenario('one-worker');
    const kept = 'echo "daemon off;" >> /etc/nginx/nginx.conf; exec nginx';
    cluster.apply(
      one('gone', 'nginx:1.27', 'exec nginx', 'restartPolicy: Never') +
        one(
          'behind',
          'nginx:1.27',
          'nginx; sleep 1; curl -so /dev/null localhost && echo served',
          'restartPolicy: Never',
        ) +
        one('kept', 'nginx:1.27', kept),
    );
    cluster.until(() => cluster.state('behind').startsWith('Terminated'));
    expect(cluster.state('gone')).toBe('Terminated Completed 0');
    expect(cluster.logs('behind')).toContain('served\n');
    expect(cluster.state('kept')).toBe('Running');
    expect(cluster.exec('kept', ['nginx'])).toMatchObject({ code: 1 });
  });

  test('nginx takes directives from its command line as it takes those of its file', () => {
    const cluster = new Scenario('one-worker');
    const said = (name: string, directives: string) =>
      one(name, 'nginx:1.27', `nginx -g "${directives}"`, 'restartPolicy: Never');
    cluster.apply(
      said('open', 'daemon off') + said('twice', 'daemon off; daemon on;') + said('unknown', 'daemon off; nonsense;'),
    );
    cluster.until(() => ['open', 'twice', 'unknown'].every((name) => cluster.state(name) === 'Terminated Error 1'));
    const complaint = (name: string) => cluster.logs(name).split('nginx: [emerg] ')[1]!.trim();
    expect(complaint('open')).toBe('unexpected end of parameter, expecting ";" in command line');
    expect(complaint('twice')).toBe('"daemon" directive is duplicate in command line');
    expect(complaint('unknown')).toBe('unknown directive "nonsense" in command line');
  });

  test('httpd tells when it is ready, and why it ends', () => {
    const cluster = new Scenario('one-worker');
    cluster.apply(one('web', 'httpd:2.4'));
    cluster.untilReady('web');
    cluster.exec('web', 'kill -TERM 1');
    cluster.until(() => cluster.get('Pod', 'web').status.containerStatuses[0].restartCount === 1);
    const stamp = String.raw`\[\w{3} Jan 05 09:\d\d:\d\d\.\d{6} 2026\]`;
    const log = cluster.logs('web', '?previous=true');
    expect(log).toMatch(
      new RegExp(`${stamp} \\[mpm_event:notice\\] \\[pid 1:tid 1\\] AH00489: .* resuming normal operations\n`),
    );
    expect(log).toMatch(new RegExp(`${stamp} .* AH00491: caught SIGTERM, shutting down\n$`));
  });
});
