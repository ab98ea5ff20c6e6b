import { imageTree } from '../../images/image.ts';
import { FileError } from '../../images/process.ts';
import { CriError } from '../cri/error.ts';
import type { LinuxContainerResources } from '../cri/linux.ts';
import type { RuntimeContainer } from './container.ts';

/** What keeps runc from mounting; its message is the whole text. */
class MountError extends FileError {
  constructor(message: string) {
    super('ENOTDIR', message);
  }
}

/** What runc's own first process needs of the memory of a cgroup: with less, the kernel kills it before it becomes the container's. */
const INIT_MEMORY = 4 * 1024 * 1024;

/** Throws when a container of such a cgroup, or of such a pod, cannot begin. */
export function checkInitMemory({ memoryLimitInBytes = 0 }: LinuxContainerResources): void {
  if (memoryLimitInBytes > 0 && memoryLimitInBytes < INIT_MEMORY)
    throw new CriError('Unknown', createFailure('container init was OOM-killed (memory limit too low?)'));
}

/** What containerd says when runc could not make a container. */
export function createFailure(text: string): string {
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${text}: unknown`;
}

/** runc makes the working directory that the pod asks for. */
export function makeWorkingDir({ config, files }: RuntimeContainer): void {
  const { workingDir = '' } = config;
  try {
    if (workingDir !== '') files.makeDirectory(workingDir, { parents: true });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
}

/** Throws runc's text when a directory is to be mounted where the image has a file. */
export function checkMounts({ config, id, image }: RuntimeContainer): void {
  const tree = imageTree(image);
  for (const mount of config.mounts ?? []) {
    const { containerPath, hostPath } = mount;
    const there = tree.find(containerPath);
    if (there === undefined || there.kind !== 'file') continue;
    if (mount.open().kind !== 'directory') continue;
    const root = `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${id}/rootfs`;
    throw new MountError(
      `error mounting "${hostPath}" to rootfs at "${containerPath}": create mountpoint for ${containerPath} mount: cannot create subdirectories in "${root}${containerPath}": not a directory`,
    );
  }
}

/** What runc says of a command that cannot be run. */
export function execFailure(command: string, error: FileError): string {
  if (error instanceof MountError) return error.message;
  const path = command.includes('/');
  if (error.code === 'ENOENT') {
    return path
      ? `exec: "${command}": stat ${command}: no such file or directory`
      : `exec: "${command}": executable file not found in $PATH`;
  }
  const text = error.code === 'EISDIR' ? 'is a directory' : error.message.toLowerCase();
  return error.code === 'EINVAL' ? `exec ${command}: ${text}` : `exec: "${command}": ${text}`;
}
