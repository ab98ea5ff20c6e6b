import { LocalCluster } from '../../sim-core/host/local-client.ts';
import { LocalShell } from '../../sim-core/host/local-shell.ts';

/** A learner's desk: a cluster that has settled, and a shell beside it. */
export function desk(preset: string, files: Readonly<Record<string, string>> = {}) {
  const local = new LocalCluster({ preset });
  const { engine } = local.session.cluster;
  engine.settle();
  const shell = new LocalShell(local, files);
  return {
    engine,
    shell,
    /** What a line prints, on both streams. */
    async run(line: string): Promise<string> {
      const { stdout, stderr } = await shell.run(line);
      return stdout + stderr;
    },
    /** The same without the last line's end, and behind it the exit code in brackets where it is not 0. */
    async told(line: string): Promise<string> {
      const { stdout, stderr, code } = await shell.run(line);
      return `${stdout}${stderr}${code === 0 ? '' : `[${code}]`}`.trimEnd();
    },
  };
}
