import type { Micros } from '../../engine/index.ts';
import { Directory, type FileNode, RegularFile, SpecialFile, SymbolicLink } from '../../images/file-node.ts';
import type { Program } from '../../images/process.ts';
import { cgroupTree } from '../kubelet/cgroup-tree.ts';
import type { NodeMachine } from '../node.ts';
import { LiveDirectory } from '../runtime/live-directory.ts';
import { cgroupFiles, machineDevices } from '../runtime/system-files.ts';
import type { SystemView } from '../runtime/system-mounts.ts';

const OS_RELEASE =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nID=debian\n';

/** Puts the operating system's files on a node's disk, when someone first logs in. What is there stays. */
export function furnish(node: NodeMachine, programs: Readonly<Record<string, Program>>, now: Micros): void {
  const { root } = node;
  const put = (path: string, file: FileNode) => {
    if (root.find(path) === undefined) root.put(path, file);
  };
  const text = (content: string) => new RegularFile(content, { modified: now });
  for (const folder of ['root', 'tmp', 'home', 'var/log', 'etc/kubernetes/manifests', 'opt/cni/bin', 'usr/bin', 'bin'])
    root.ensure(folder);
  for (const [name, program] of Object.entries(programs))
    put(`usr/bin/${name}`, new RegularFile('', { mode: 0o755, program, modified: now }));
  for (const name of ['sh', 'bash']) put(`bin/${name}`, new SymbolicLink(`/usr/bin/${name}`));
  put('etc/hostname', text(`${node.name}\n`));
  put('etc/hosts', text(`127.0.0.1\tlocalhost\n${node.address}\t${node.name}\n`));
  put('etc/resolv.conf', text('nameserver 10.0.0.2\n'));
  put('etc/os-release', text(OS_RELEASE));
  put('etc/debian_version', text('12.11\n'));
  put('etc/passwd', text('root:x:0:0:root:/root:/bin/bash\n'));
  put('etc/group', text('root:x:0:\n'));
  put('dev', machineDevices());
  const socket = new SpecialFile('socket', () => '', undefined, 0o660);
  for (const run of ['run', 'var/run']) put(`${run}/containerd/containerd.sock`, socket);
  put('etc/crictl.yaml', text('runtime-endpoint: unix:///run/containerd/containerd.sock\n'));
}

/** `/sys/fs/cgroup`: what the kubelet has made, with what the kernel counts for each container. */
export function cgroupDirectory(node: NodeMachine, view: Pick<SystemView, 'cgroup' | 'namespace'>): Directory {
  return new LiveDirectory(() => {
    const top = new Directory(new Map(), { mode: 0o555 });
    for (const [name, file] of cgroupFiles(view)) top.entries.set(name, file);
    const { kubelet, runtime } = node;
    if (kubelet === undefined) return top.entries;
    const containers = new Map(runtime.all().map((container) => [container.id, container]));
    const pods = [...kubelet.workers()].map(({ pod }) => ({
      pod,
      containers: new Map(
        [...containers.values()]
          .filter(({ sandbox, running }) => running && sandbox.config.metadata.uid === pod.metadata.uid)
          .map(({ config, id }) => [config.metadata.name, id]),
      ),
    }));
    const { cpus, memory } = runtime.machine;
    for (const { path, files } of cgroupTree(pods, { milliCpu: cpus * 1000, allocatableMemory: memory, memory })) {
      const directory = top.ensure(path);
      const id = /cri-containerd-([0-9a-f]+)\.scope$/.exec(path)?.[1];
      const container = id === undefined ? undefined : containers.get(id);
      if (container !== undefined) for (const [name, file] of cgroupFiles(container)) directory.entries.set(name, file);
      for (const [name, content] of Object.entries(files))
        directory.entries.set(name, new SpecialFile('file', () => `${content}\n`));
    }
    return top.entries;
  });
}
