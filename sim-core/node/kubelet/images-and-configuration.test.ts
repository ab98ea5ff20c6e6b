import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../../api/base64.ts';
import { configMaps } from '../../resources/config-map.ts';
import { pods } from '../../resources/pod.ts';
import { secrets } from '../../resources/secret.ts';
import { services } from '../../resources/service.ts';
import { SLEEPER, sh, TestKubelets } from './testing.ts';

describe('images', () => {
  const failing = (image: string, spec: Record<string, unknown> = {}) => {
    const cluster = new TestKubelets();
    cluster.pod('app', { image }, spec);
    cluster.until(() => cluster.state('app') === 'ErrImagePull', 120);
    const { message } = cluster.status('app').state!.waiting!;
    cluster.until(() => cluster.state('app') === 'ImagePullBackOff', 60);
    expect(cluster.status('app').state!.waiting!.message).toBe(
      `Back-off pulling image "${image}": ErrImagePull: ${message}`,
    );
    const events = cluster.events('app');
    expect(events).toContain(`Normal Pulling Pulling image "${image}"`);
    expect(events).toContain(`Warning Failed Failed to pull image "${image}": ${message}`);
    expect(events).toContain('Warning Failed Error: ErrImagePull');
    expect(events).toContain(`Normal BackOff Back-off pulling image "${image}"`);
    expect(events).toContain('Warning Failed Error: ImagePullBackOff');
    expect(cluster.get('app').status.phase).toBe('Pending');
    return message!;
  };

  it('with a typo in the tag cannot be found', () => {
    expect(failing('nginx:1.99')).toContain('docker.io/library/nginx:1.99: not found');
  });

  it('for another architecture have no match', () => {
    expect(failing('jotasu/hello-arm64:1.0')).toContain('no match for platform in manifest: not found');
  });

  it('that are private need their secret', () => {
    expect(failing('registry.example.com/team/hello:1.0')).toContain('no basic auth credentials');

    const cluster = new TestKubelets();
    const config = { auths: { 'registry.example.com': { auth: encodeBase64('jotasu:helmsman') } } };
    cluster.create(secrets, {
      metadata: { name: 'registry' },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': encodeBase64(JSON.stringify(config)) },
    });
    cluster.pod('app', { image: 'registry.example.com/team/hello:1.0' }, { imagePullSecrets: [{ name: 'registry' }] });
    cluster.until(() => cluster.state('app') === 'running');
  });

  it('that must not be pulled, or have no name, say so', () => {
    const cluster = new TestKubelets();
    cluster.pod('never', { image: 'redis:7', imagePullPolicy: 'Never' });
    cluster.until(() => cluster.state('never') === 'ErrImageNeverPull');
    expect(cluster.status('never').state!.waiting!.message).toBe(
      'Container image "redis:7" is not present with pull policy of Never',
    );
    cluster.pod('shout', { image: 'NGINX' });
    cluster.until(() => cluster.state('shout') === 'InvalidImageName');
    expect(cluster.status('shout').state!.waiting!.message).toMatch(/^Failed to apply default image tag "NGINX": /);
  });
});

describe('configuration', () => {
  it('that is missing keeps a container from being made, until it is there', () => {
    const cluster = new TestKubelets();
    cluster.pod('app', { ...SLEEPER, envFrom: [{ configMapRef: { name: 'settings' } }] });
    cluster.until(() => cluster.state('app') === 'CreateContainerConfigError');
    expect(cluster.status('app').state!.waiting!.message).toBe('configmap "settings" not found');
    expect(cluster.events('app')).toContain('Warning Failed Error: configmap "settings" not found');
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: { A: '1' } });
    cluster.until(() => cluster.state('app') === 'running');
  });

  it('names the key that is missing', () => {
    const cluster = new TestKubelets();
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: { a: '1' } });
    const env = [{ name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'b' } } }];
    cluster.pod('app', { ...SLEEPER, env });
    cluster.until(() => cluster.state('app') === 'CreateContainerConfigError');
    expect(cluster.status('app').state!.waiting!.message).toBe("couldn't find key b in ConfigMap default/settings");
  });

  it('reaches the environment from values, references, fields, resources and services', () => {
    const cluster = new TestKubelets();
    cluster.create(services, {
      metadata: { name: 'my-db' },
      spec: { clusterIP: '10.96.0.7', ports: [{ name: 'sql', port: 3306, protocol: 'TCP' }] },
    });
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: { COLOR: 'blue', SIZE: 'xl' } });
    cluster.create(secrets, { metadata: { name: 'keys' }, data: { token: encodeBase64('s3cret') } });
    cluster.wait(1);
    cluster.pod(
      'app',
      {
        command: ['sh', '-c', 'env; echo "arg $0"; sleep 1', '$(GREETING)'],
        envFrom: [{ configMapRef: { name: 'settings' }, prefix: 'X_' }],
        env: [
          { name: 'NAME', value: 'world' },
          { name: 'GREETING', value: 'hello $(NAME) $(NOBODY) $$(NAME)' },
          { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } },
          { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
          { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
          { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
          { name: 'GONE', valueFrom: { secretKeyRef: { name: 'none', key: 'k', optional: true } } },
        ],
        resources: { limits: { cpu: '250m' } },
      },
      { restartPolicy: 'Never' },
      { labels: { app: 'shop' } },
    );
    cluster.until(() => cluster.get('app').status.phase === 'Succeeded');
    const lines = cluster.logs('app');
    for (const line of [
      'X_COLOR=blue',
      'X_SIZE=xl',
      'GREETING=hello world $(NOBODY) $(NAME)',
      'TOKEN=s3cret',
      `IP=${cluster.get('app').status.podIP}`,
      'APP=shop',
      'CPU=250',
      'MY_DB_SERVICE_HOST=10.96.0.7',
      'MY_DB_SERVICE_PORT_SQL=3306',
      'MY_DB_PORT_3306_TCP=tcp://10.96.0.7:3306',
      'arg hello world $(NOBODY) $(NAME)',
    ])
      expect(lines).toContain(line);
    expect(lines.some((line) => line.startsWith('GONE='))).toBe(false);
  });

  it('is mounted as files, which follow changes', () => {
    const cluster = new TestKubelets();
    const settings = cluster.create(configMaps, { metadata: { name: 'settings' }, data: { 'app.conf': 'one' } });
    cluster.pod(
      'app',
      {
        ...sh('while true; do cat /etc/app/app.conf; echo; sleep 10; done'),
        volumeMounts: [{ name: 'conf', mountPath: '/etc/app' }],
      },
      { volumes: [{ name: 'conf', configMap: { name: 'settings' } }] },
    );
    cluster.until(() => cluster.state('app') === 'running');
    cluster.wait(20);
    cluster.client.update(configMaps, { ...settings, data: { 'app.conf': 'two' } });
    cluster.wait(120);
    const lines = cluster.logs('app').filter((line) => line !== '');
    expect(lines[0]).toBe('one');
    expect(lines.at(-1)).toBe('two');
  });

  it('mounted as one file by subPath stays as it was when the container was made', () => {
    const cluster = new TestKubelets();
    const settings = cluster.create(configMaps, { metadata: { name: 'settings' }, data: { 'app.conf': 'one' } });
    cluster.pod(
      'app',
      {
        ...sh('while true; do sleep 100; cat /etc/app.conf; echo; done'),
        volumeMounts: [{ name: 'conf', mountPath: '/etc/app.conf', subPath: 'app.conf' }],
      },
      { volumes: [{ name: 'conf', configMap: { name: 'settings' } }] },
    );
    cluster.until(() => cluster.state('app') === 'running');
    cluster.client.update(configMaps, { ...settings, data: { 'app.conf': 'two' } });
    cluster.wait(350);
    expect(cluster.logs('app').filter((line) => line !== '')).toEqual(['one', 'one', 'one']);
  });

  it('a subPath that nobody has made is open to whom its volume is', () => {
    const cluster = new TestKubelets();
    const mounts = [{ name: 'data', mountPath: '/data', subPath: 'a/b' }];
    const volumes = [{ name: 'data', emptyDir: {} }];
    const script = sh('touch /data/x && stat -c "%a %u:%g" /data /data/x; sleep 100');
    cluster.pod('other', { ...script, volumeMounts: mounts }, { volumes, securityContext: { runAsUser: 1000 } });
    cluster.pod(
      'group',
      { ...script, volumeMounts: mounts },
      { volumes, securityContext: { runAsUser: 7, fsGroup: 2000 } },
    );
    cluster.wait(10);
    expect(cluster.logs('other')).toEqual(['777 0:0', '644 1000:0']);
    expect(cluster.logs('group')).toEqual(['2777 0:2000', '644 7:2000']);
  });

  it('that a volume lacks is told by FailedMount', () => {
    const cluster = new TestKubelets();
    cluster.pod(
      'app',
      { ...SLEEPER, volumeMounts: [{ name: 'conf', mountPath: '/etc/app' }] },
      { volumes: [{ name: 'conf', configMap: { name: 'settings' } }] },
    );
    cluster.wait(30);
    expect(cluster.state('app')).toBe('ContainerCreating');
    expect(cluster.events('app')[0]).toMatch(
      /^Warning FailedMount MountVolume\.SetUp failed for volume "conf" : configmap "settings" not found ×\d+$/,
    );
    cluster.create(configMaps, { metadata: { name: 'settings' }, data: {} });
    cluster.until(() => cluster.state('app') === 'running', 180);
  });

  it('gitRepo volumes are no longer mounted, hostPath types are checked', () => {
    const cluster = new TestKubelets();
    const volume = (name: string, source: Record<string, unknown>) =>
      cluster.pod(name, SLEEPER, { volumes: [{ name: 'v', ...source }] });
    volume('git', { gitRepo: { repository: 'https://example.com/x.git' } });
    volume('host', { hostPath: { path: '/data', type: 'Directory' } });
    cluster.wait(2);
    expect(cluster.events('git')[0]).toContain('git-repo volume plugin has been disabled');
    expect(cluster.events('host')[0]).toContain('hostPath type check failed: /data is not a directory');
  });

  it('emptyDir is shared by a pod and survives a container, not the pod', () => {
    const cluster = new TestKubelets();
    const volumes = [{ name: 'work', emptyDir: {} }];
    const volumeMounts = [{ name: 'work', mountPath: '/work' }];
    const script = sh('cat /work/count; echo x >> /work/count; sleep 1; exit 1');
    cluster.pod('app', { ...script, volumeMounts }, { volumes });
    cluster.until(() => cluster.status('app').restartCount === 2 && cluster.state('app') === 'running');
    cluster.wait(0.5);
    expect(cluster.logs('app')).toEqual(['x', 'x']);
    cluster.client.delete(pods, 'default', 'app', { gracePeriodSeconds: 0 });
    cluster.wait(5);
    cluster.pod('app', { ...script, volumeMounts }, { volumes });
    cluster.until(() => cluster.state('app') === 'running');
    cluster.wait(0.5);
    expect(cluster.logs('app')[0]).toContain("can't open '/work/count'");
  });

  it('a seccomp profile that the node lacks keeps a container from being made', () => {
    const cluster = new TestKubelets();
    cluster.pod('sealed', {
      ...SLEEPER,
      securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'audit.json' } },
    });
    cluster.wait(20);
    expect(cluster.state('sealed')).toBe('CreateContainerError');
    const file = '/var/lib/kubelet/seccomp/audit.json';
    expect(cluster.events('sealed').map((event) => event.replace(/ ×\d+$/, ''))).toContain(
      `Warning Failed Error: failed to create containerd container: cannot load seccomp profile "${file}": open ${file}: no such file or directory`,
    );
  });
});
