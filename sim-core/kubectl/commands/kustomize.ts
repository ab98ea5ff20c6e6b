import type { Command } from '../command.ts';
import { KubectlError } from '../errors.ts';
import { flag } from '../flags.ts';
import { buildKustomization } from '../kustomize.ts';
import { resolvePath } from '../paths.ts';
import { stringifyYaml } from '../printers/yaml.ts';

export const command: Command = {
  name: 'kustomize',
  use: 'kustomize DIR [flags]',
  short: 'Print what a kustomization builds',
  flags: [
    flag('as-current-user', 'bool', 'false', 'Run functions as the current user'),
    flag('enable-alpha-plugins', 'bool', 'false', 'Enable plugins'),
    flag('enable-helm', 'bool', 'false', 'Use Helm charts'),
    flag('e,env', 'stringArray', '[]', 'Variables for functions'),
    flag('helm-api-versions', 'stringArray', '[]', 'API versions for Helm'),
    flag('helm-command', 'string', 'helm', 'The helm command'),
    flag('helm-debug', 'bool', 'false', 'Debug Helm'),
    flag('helm-kube-version', 'string', '', 'Version for Helm'),
    flag('load-restrictor', 'string', 'LoadRestrictionsRootOnly', 'Whether files outside the folder may be read'),
    flag('mount', 'stringArray', '[]', 'Mounts for functions'),
    flag('network', 'bool', 'false', 'Network for functions'),
    flag('network-name', 'string', 'bridge', 'Network of functions'),
    flag('o,output', 'string', '', 'A file to write to'),
  ],
  async run(context) {
    const { args, flags, env } = context;
    if (args.length > 1) throw new KubectlError('specify one path to kustomization.yaml');
    const objects = await buildKustomization(env, args[0] ?? '.');
    const text = objects.map((object) => stringifyYaml(object)).join('---\n');
    const file = flags.string('output');
    if (file === '') context.out(text);
    else await env.files.write(resolvePath(env.cwd, file), text);
    return 0;
  },
};
