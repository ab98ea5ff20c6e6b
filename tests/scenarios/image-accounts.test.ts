import { expect, test } from 'vitest';
import { desk } from './desk.ts';

const PODS = `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  securityContext: { supplementalGroups: [4000] }
  containers:
  - { name: root, image: "busybox:1.36", command: [sleep, "9999"] }
  - { name: listed, image: "busybox:1.36", command: [sleep, "9999"], securityContext: { runAsUser: 8 } }
  - { name: given, image: "busybox:1.36", command: [sleep, "9999"], securityContext: { runAsUser: 8, runAsGroup: 3000 } }
  - { name: unknown, image: "busybox:1.36", command: [sleep, "9999"], securityContext: { runAsUser: 1000 } }
  - { name: nginx, image: nginx, command: [sleep, "9999"], securityContext: { runAsUser: 101 } }
  - { name: curl, image: curlimages/curl, command: [sleep, "9999"] }
---
apiVersion: v1
kind: Pod
metadata: { name: strict }
spec:
  securityContext: { supplementalGroups: [4000], supplementalGroupsPolicy: Strict }
  containers:
  - { name: root, image: "busybox:1.36", command: [sleep, "9999"] }
`;

test("a container's user has the groups that the image lists for it, unless the pod says otherwise", async () => {
  const { shell, run } = desk('one-worker', { 'pods.yaml': PODS });
  const id = (container: string) => run(`kubectl exec web -c ${container} -- id`);
  await run('kubectl apply -f pods.yaml; sleep 60');
  expect(await id('root')).toBe('uid=0(root) gid=0(root) groups=0(root),10(wheel),4000\n');
  expect(await id('listed')).toBe('uid=8(mail) gid=8(mail) groups=8(mail),4000\n');
  expect(await id('given')).toBe('uid=8(mail) gid=3000 groups=3000,4000\n');
  expect(await id('unknown')).toBe('uid=1000 gid=0(root) groups=0(root),4000\n');
  expect(await id('nginx')).toBe('uid=101(nginx) gid=101(nginx) groups=101(nginx),4000\n');
  expect(await id('curl')).toBe('uid=100(curl_user) gid=101(curl_group) groups=101(curl_group),4000\n');
  expect(await run('kubectl exec strict -- id')).toBe('uid=0(root) gid=0(root) groups=0(root),4000\n');
  const linux = "-o jsonpath='{.status.containerStatuses[0].user.linux}'";
  expect(await run(`kubectl get pod strict ${linux}`)).toBe('{"gid":0,"supplementalGroups":[0,4000],"uid":0}');
  expect(await run(`kubectl exec web -c nginx -- id nobody`)).toBe(
    'uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n',
  );
  expect(await run(`kubectl exec web -c nginx -- id nope`)).toContain('id: ‘nope’: no such user\n');
  expect(await run(`kubectl exec web -c unknown -- whoami`)).toContain('whoami: unknown uid 1000\n');
  shell.close();
});
