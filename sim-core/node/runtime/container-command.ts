import { DEFAULT_PATH } from '../../images/image.ts';
import type { RuntimeContainer } from './container.ts';

/** What a container's configuration and its image say together about the command that it runs. */
type Configured = Pick<RuntimeContainer, 'config' | 'image'>;

/** The command: CRI's rules for `command` and `args` over the image's entrypoint and command. */
export function commandLine({ config, image }: Configured): readonly string[] {
  const { command = [], args = [] } = config;
  if (command.length > 0) return args.length > 0 ? [...command, ...args] : command;
  const rest = args.length > 0 ? args : image.command;
  if (image.entrypoint.length === 0) return rest;
  return rest.length === 0 ? image.entrypoint : [...image.entrypoint, ...rest];
}

/** The directory it begins in. */
export function workingDir({ config, image }: Configured): string {
  const { workingDir } = config;
  return workingDir === undefined || workingDir === '' ? image.workingDir : workingDir;
}

/** Where a command without a slash is looked for. */
export function searchPath({ config, image }: Configured): string {
  let path = image.env.PATH ?? DEFAULT_PATH;
  for (const { key, value } of config.envs ?? []) if (key === 'PATH') path = value;
  return path;
}

/** Its variables; `TERM` is among them where it has a terminal. */
export function environment(container: RuntimeContainer, terminal: boolean): Readonly<Record<string, string>> {
  const { config, image, sandbox, user } = container;
  // No prototype: variables may have any name.
  const env: Record<string, string> = Object.create(null);
  env.PATH = DEFAULT_PATH;
  env.HOSTNAME = sandbox.hostname;
  if (terminal) env.TERM = 'xterm';
  Object.assign(env, image.env);
  for (const { key, value } of config.envs ?? []) env[key] = value;
  env.HOME ??= user === 0 ? '/root' : '/';
  return env;
}
