import type { Command, Context } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { stringifyYaml } from '../printers/yaml.ts';

const CLIENT = {
  major: '1',
  minor: '33',
  gitVersion: 'v1.33.1',
  gitCommit: '8adc0f041b8e7ad1d30e29cc59c6ae7a15e19828',
  gitTreeState: 'clean',
  buildDate: '2025-05-15T08:27:33Z',
  goVersion: 'go1.24.2',
  compiler: 'gc',
  platform: 'linux/amd64',
};
const KUSTOMIZE = 'v5.6.0';

function minor(version: string): number {
  return Number(/^v?\d+\.(\d+)/.exec(version)?.[1] ?? Number.NaN);
}

async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length > 0) throw new KubectlError(`extra arguments: [${args.join(' ')}]`);
  const output = flags.string('output');
  if (!['', 'yaml', 'json'].includes(output)) throw new KubectlError("--output must be 'yaml' or 'json'");
  let server: (Record<string, string> & { gitVersion: string }) | undefined;
  let failure: unknown;
  if (!flags.bool('client')) {
    try {
      server = await (await context.api()).get('/version');
    } catch (error) {
      failure = error;
    }
  }
  const info = {
    clientVersion: CLIENT,
    kustomizeVersion: KUSTOMIZE,
    ...(server === undefined ? {} : { serverVersion: server }),
  };
  if (output === 'json') context.out(`${JSON.stringify(info, null, 2)}\n`);
  else if (output === 'yaml') context.out(`${stringifyYaml(info)}\n`);
  else {
    context.out(`Client Version: ${CLIENT.gitVersion}\nKustomize Version: ${KUSTOMIZE}\n`);
    if (server !== undefined) context.out(`Server Version: ${server.gitVersion}\n`);
  }
  if (server !== undefined) {
    const [mine, theirs] = [minor(CLIENT.gitVersion), minor(server.gitVersion)];
    if (Math.abs(mine - theirs) > 1)
      context.err(
        `WARNING: version difference between client (1.${mine}) and server (1.${theirs}) exceeds the supported minor version skew of +/-1\n`,
      );
  }
  if (failure !== undefined) throw failure;
  return undefined;
}

export const command: Command = {
  name: 'version',
  use: 'version [flags]',
  short: 'Show the versions of client and server',
  flags: [flag('client', 'bool', 'false', 'Only of the client'), flag('o,output', 'string', '', 'yaml or json')],
  run,
};
