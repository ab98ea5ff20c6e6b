import { formatNanoTime } from '../engine/index.ts';
import { Directory, type FileNode, SpecialFile, SymbolicLink } from '../images/file-node.ts';
import type { LogLine } from './cri/log.ts';
import type { NodeMachine } from './node.ts';
import type { RuntimeContainer } from './runtime/container.ts';
import { LiveDirectory } from './runtime/live-directory.ts';

/** `2026-01-05T09:00:00.000000000Z stdout F text`. */
function criLine({ time, stream, tag, text }: LogLine): string {
  return `${formatNanoTime(time)} ${stream} ${tag} ${text}\n`;
}

function logFile(container: RuntimeContainer): FileNode {
  return new SpecialFile('file', () => container.log.lines().map(criLine).join(''));
}

/** `/var/log/pods/<namespace>_<pod>_<uid>/<container>/<attempt>.log`. */
export function podLogs(node: NodeMachine): Directory {
  return new LiveDirectory(() => {
    const top = new Directory();
    for (const container of node.runtime.all()) {
      const { namespace, name, uid } = container.sandbox.config.metadata;
      const { metadata } = container.config;
      top.put(`${namespace}_${name}_${uid}/${metadata.name}/${metadata.attempt}.log`, logFile(container));
    }
    return top.entries;
  });
}

/** `/var/log/containers/<pod>_<namespace>_<container>-<id>.log`: links to the pods' logs. */
export function containerLogs(node: NodeMachine): Directory {
  return new LiveDirectory(() => {
    const entries = new Map<string, FileNode>();
    for (const { sandbox, config, id } of node.runtime.all()) {
      const { namespace, name, uid } = sandbox.config.metadata;
      const { metadata } = config;
      entries.set(
        `${name}_${namespace}_${metadata.name}-${id}.log`,
        new SymbolicLink(`/var/log/pods/${namespace}_${name}_${uid}/${metadata.name}/${metadata.attempt}.log`),
      );
    }
    return entries;
  });
}
