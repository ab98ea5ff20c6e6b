import { base64OfBytes } from '../../api/base64.ts';
import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { ExitError, KubectlError, quote } from '../errors.ts';
import { flag } from '../flags.ts';
import { printCommandHelp } from '../help.ts';
import {
  type ConfigEntry,
  configObject,
  type Kubeconfig,
  kubeconfigFiles,
  loadKubeconfig,
  readKubeconfigFile,
  type Section,
  writeKubeconfig,
} from '../kubeconfig.ts';
import { resolvePath } from '../paths.ts';
import { printerFor, printFlags } from '../printers/print-flags.ts';
import { TABLE_TABS, TabWriter } from '../printers/tabwriter.ts';
import { setProperty } from './config/property.ts';

/** The file that changes go to (PathOptions.GetDefaultFilename): of several, the last that exists. */
async function targetFile(context: Context): Promise<string> {
  const { files } = kubeconfigFiles(context.env, context.flags);
  for (const file of files) {
    try {
      await context.env.files.stat(file);
      return file;
    } catch {
      // Look at the next one: a file that is named first but missing is created only when none exists.
    }
  }
  return files.at(-1)!;
}

async function edit(
  context: Context,
  change: (config: Kubeconfig, file: string) => void | Promise<void>,
  entry?: string,
): Promise<string> {
  const merged = await loadKubeconfig(context.env, context.flags);
  const file = (entry === undefined ? undefined : merged.origin.get(entry)) ?? (await targetFile(context));
  const config = await readKubeconfigFile(context.env, file);
  await change(config, file);
  await writeKubeconfig(context.env, file, config);
  return file;
}

/** After its help a command says that its arguments are wrong. */
function unexpected({ args, command: { name } }: Context): KubectlError {
  return new KubectlError(`${name === 'set-credentials' ? 'u' : 'U'}nexpected args: [${args.join(' ')}]`);
}

function nameArgument(context: Context): string {
  const [name] = context.args;
  if (context.args.length !== 1 || name === undefined) {
    printCommandHelp(context.env, context.command, context.path);
    if (context.command.name.startsWith('delete-')) throw new ExitError(0);
    throw unexpected(context);
  }
  return name;
}

const REDACTED = ['token', 'password', 'client-key-data', 'client-certificate-data', 'certificate-authority-data'];

/** Secrets out of what is printed: DATA+OMITTED and REDACTED. */
function shorten(config: Kubeconfig): void {
  const hide = (map: Map<string, ConfigEntry>): void => {
    for (const [name, entry] of map) {
      const copy = { ...entry };
      for (const key of REDACTED)
        if (copy[key] !== undefined && copy[key] !== '')
          copy[key] = key.endsWith('-data') ? 'DATA+OMITTED' : 'REDACTED';
      map.set(name, copy);
    }
  };
  hide(config.clusters);
  hide(config.users);
}

function minify(config: Kubeconfig, contextName: string): void {
  const name = contextName || config.currentContext;
  if (name === '') throw new KubectlError('current-context must exist in order to minify');
  const context = config.contexts.get(name);
  if (context === undefined) throw new KubectlError(`cannot locate context ${name}`);
  const keep = (map: Map<string, ConfigEntry>, key: unknown): void => {
    for (const other of [...map.keys()]) if (other !== key) map.delete(other);
  };
  keep(config.contexts, name);
  keep(config.clusters, context.cluster);
  keep(config.users, context.user);
  config.currentContext = name;
}

async function view(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length > 0)
    throw new KubectlError(
      `unexpected arguments: [${args.join(' ')}]\nSee 'kubectl config view -h' for help and examples`,
    );
  if (!flags.bool('merge') && flags.string('kubeconfig') === '')
    throw new KubectlError('if merge==false a precise file must be specified');
  const printer = await printerFor(context, { ordered: true });
  const config = await loadKubeconfig(context.env, flags);
  if (flags.bool('minify')) minify(config, flags.string('context'));
  if (flags.bool('flatten')) await flatten(context, config);
  else if (!flags.bool('raw')) shorten(config);
  context.out(printer(configObject(config) as unknown as ApiObject));
  return undefined;
}

async function flatten(context: Context, config: Kubeconfig): Promise<void> {
  const inline = async (section: Section, keys: readonly string[]): Promise<void> => {
    for (const [name, entry] of config[section]) {
      const copy = { ...entry };
      for (const key of keys) {
        const file = copy[key];
        if (typeof file !== 'string' || file === '') continue;
        const origin = config.origin.get(`${section}/${name}`) ?? context.env.cwd;
        const bytes = await context.env.files.read(resolvePath(origin.slice(0, origin.lastIndexOf('/')) || '/', file));
        copy[`${key}-data`] = base64OfBytes(bytes);
        delete copy[key];
      }
      config[section].set(name, copy);
    }
  };
  await inline('clusters', ['certificate-authority']);
  await inline('users', ['client-certificate', 'client-key']);
}

async function getContexts(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const output = flags.string('output');
  if (output !== '' && output !== 'name')
    throw new KubectlError(
      `--output ${output} is not available in kubectl config get-contexts; resetting to default output format`,
    );
  const config = await loadKubeconfig(context.env, flags);
  const missing = args.filter((name) => !config.contexts.has(name));
  const names = args.length === 0 ? [...config.contexts.keys()] : args.filter((name) => config.contexts.has(name));
  const tabs = new TabWriter(TABLE_TABS);
  if (output === '' && !flags.bool('no-headers')) tabs.write('CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n');
  for (const name of names.sort()) {
    if (output === 'name') {
      tabs.write(`${name}\n`);
      continue;
    }
    const entry = config.contexts.get(name)!;
    const cell = (key: string): string => (typeof entry[key] === 'string' ? entry[key] : '');
    tabs.write(
      `${name === config.currentContext ? '*' : ''}\t${name}\t${cell('cluster')}\t${cell('user')}\t${cell('namespace')}\n`,
    );
  }
  context.out(tabs.flush());
  if (missing.length > 0) throw new KubectlError(missing.map((name) => `context ${name} not found`).join('\n'));
  return undefined;
}

async function setContext(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const config = await loadKubeconfig(context.env, flags);
  if (args.length > 1) throw new KubectlError(`unexpected args: [${args.join(' ')}]`);
  const current = flags.bool('current');
  if (args.length === 1 && current) throw new KubectlError('you cannot specify both a context name and --current');
  if (args.length === 0 && !current) throw new KubectlError('you must specify a non-empty context name or --current');
  const name = current ? config.currentContext : args[0]!;
  if (current && name === '') throw new KubectlError('no current context is set');
  const exists = config.contexts.has(name);
  await edit(
    context,
    (file) => {
      const entry: ConfigEntry = { cluster: '', user: '', ...file.contexts.get(name) };
      for (const key of ['cluster', 'user', 'namespace'] as const)
        if (flags.changed(key)) entry[key] = flags.string(key);
      if (entry.namespace === '') delete entry.namespace;
      file.contexts.set(name, entry);
    },
    `contexts/${name}`,
  );
  context.out(`Context ${quote(name)} ${exists ? 'modified' : 'created'}.\n`);
  return undefined;
}

async function readData(context: Context, path: string, flagName: string): Promise<string> {
  try {
    return base64OfBytes(await context.env.files.read(resolvePath(context.env.cwd, path)));
  } catch {
    throw new KubectlError(`could not stat ${flagName} file ${path}: stat ${path}: no such file or directory`);
  }
}

/** The path of a file as kubeconfig keeps it: beside the config where that is possible. */
function storedPath(context: Context, path: string, file: string): string {
  const absolute = resolvePath(context.env.cwd, path);
  const folder = `${file.slice(0, file.lastIndexOf('/'))}/`;
  return absolute.startsWith(folder) ? absolute.slice(folder.length) : absolute;
}

async function setCluster(context: Context): Promise<undefined> {
  const { flags } = context;
  const name = nameArgument(context);
  if (flags.bool('insecure-skip-tls-verify') && flags.string('certificate-authority') !== '')
    throw new KubectlError('you cannot specify a certificate authority and insecure mode at the same time');
  if (flags.bool('embed-certs') && flags.string('certificate-authority') === '')
    throw new KubectlError(`you must specify a --certificate-authority to embed`);
  await edit(
    context,
    async (config, file) => {
      const entry: ConfigEntry = { server: '', ...config.clusters.get(name) };
      for (const key of ['server', 'tls-server-name', 'proxy-url'] as const)
        if (flags.changed(key)) entry[key] = flags.string(key);
      if (flags.changed('insecure-skip-tls-verify')) {
        if (flags.bool('insecure-skip-tls-verify')) entry['insecure-skip-tls-verify'] = true;
        else delete entry['insecure-skip-tls-verify'];
      }
      const authority = flags.string('certificate-authority');
      if (authority !== '') {
        delete entry['insecure-skip-tls-verify'];
        if (flags.bool('embed-certs')) {
          entry['certificate-authority-data'] = await readData(context, authority, 'certificate-authority');
          delete entry['certificate-authority'];
        } else {
          entry['certificate-authority'] = storedPath(context, authority, file);
          delete entry['certificate-authority-data'];
        }
      }
      config.clusters.set(name, entry);
    },
    `clusters/${name}`,
  );
  context.out(`Cluster ${quote(name)} set.\n`);
  return undefined;
}

async function setCredentials(context: Context): Promise<undefined> {
  const { flags } = context;
  const name = nameArgument(context);
  const methods = [
    flags.string('token') === '' ? '' : 'token',
    flags.string('username') !== '' || flags.string('password') !== '' ? 'basicAuth' : '',
  ].filter((item) => item !== '');
  if (methods.length > 1)
    throw new KubectlError(
      `you cannot specify more than one authentication method at the same time: --${methods.map((item) => (item === 'basicAuth' ? 'username/--password' : item)).join(', --')}`,
    );
  await edit(
    context,
    async (config, file) => {
      const entry: ConfigEntry = { ...config.users.get(name) };
      for (const key of ['client-certificate', 'client-key'] as const) {
        const path = flags.string(key);
        if (path === '') continue;
        if (flags.bool('embed-certs')) {
          entry[`${key}-data`] = await readData(context, path, key);
          delete entry[key];
        } else {
          entry[key] = storedPath(context, path, file);
          delete entry[`${key}-data`];
        }
      }
      if (flags.string('token') !== '') {
        entry.token = flags.string('token');
        delete entry.username;
        delete entry.password;
      }
      for (const key of ['username', 'password'] as const) {
        if (!flags.changed(key)) continue;
        entry[key] = flags.string(key);
        delete entry.token;
      }
      if (flags.string('exec-command') !== '') {
        entry.exec = {
          command: flags.string('exec-command'),
          args: flags.list('exec-arg').length === 0 ? null : flags.list('exec-arg'),
          env:
            flags.list('exec-env').length === 0
              ? null
              : flags
                  .list('exec-env')
                  .map((pair) => ({ name: pair.split('=')[0], value: pair.slice(pair.indexOf('=') + 1) })),
          apiVersion: flags.string('exec-api-version'),
          provideClusterInfo: flags.bool('exec-provide-cluster-info'),
        };
      }
      config.users.set(name, entry);
    },
    `users/${name}`,
  );
  context.out(`User ${quote(name)} set.\n`);
  return undefined;
}

function remove(section: Section, word: string): (context: Context) => Promise<undefined> {
  return async (context) => {
    const name = nameArgument(context);
    const merged = await loadKubeconfig(context.env, context.flags);
    const file = merged.origin.get(`${section}/${name}`) ?? (await targetFile(context));
    if (!merged[section].has(name)) throw new KubectlError(`cannot delete ${word} ${name}, not in ${file}`);
    if (section === 'contexts' && merged.currentContext === name)
      context.err(
        'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
      );
    await edit(context, (config) => void config[section].delete(name), `${section}/${name}`);
    context.out(`deleted ${word} ${name} from ${file}\n`);
    return undefined;
  };
}

function listNames(section: Section): (context: Context) => Promise<undefined> {
  return async (context) => {
    const config = await loadKubeconfig(context.env, context.flags);
    const names = [...config[section].keys()].sort();
    context.out(`NAME\n${names.map((name) => `${name}\n`).join('')}`);
    return undefined;
  };
}

async function useContext(context: Context): Promise<undefined> {
  const name = nameArgument(context);
  const config = await loadKubeconfig(context.env, context.flags);
  if (!config.contexts.has(name)) throw new KubectlError(`no context exists with the name: ${quote(name)}`);
  await edit(context, (file) => {
    file.currentContext = name;
  });
  context.out(`Switched to context ${quote(name)}.\n`);
  return undefined;
}

async function renameContext(context: Context): Promise<undefined> {
  const [from, to] = context.args;
  if (context.args.length !== 2 || from === undefined || to === undefined) {
    printCommandHelp(context.env, context.command, context.path);
    throw unexpected(context);
  }
  const config = await loadKubeconfig(context.env, context.flags);
  const file = await targetFile(context);
  if (!config.contexts.has(from))
    throw new KubectlError(`cannot rename the context ${quote(from)}, it's not in ${file}`);
  if (config.contexts.has(to))
    throw new KubectlError(
      `cannot rename the context ${quote(from)}, the context ${quote(to)} already exists in ${file}`,
    );
  await edit(
    context,
    (target) => {
      const entry = target.contexts.get(from);
      if (entry !== undefined) target.contexts.set(to, entry);
      target.contexts.delete(from);
      if (target.currentContext === from) target.currentContext = to;
    },
    `contexts/${from}`,
  );
  context.out(`Context ${quote(from)} renamed to ${quote(to)}.\n`);
  return undefined;
}

async function currentContext(context: Context): Promise<undefined> {
  const config = await loadKubeconfig(context.env, context.flags);
  if (config.currentContext === '') throw new KubectlError('current-context is not set');
  context.out(`${config.currentContext}\n`);
  return undefined;
}

async function setValue(context: Context): Promise<undefined> {
  const [property, value] = context.args;
  if (context.args.length !== 2 || property === undefined || value === undefined) {
    printCommandHelp(context.env, context.command, context.path);
    throw unexpected(context);
  }
  await edit(context, (config) => setProperty(config, property, value, context.flags.bool('set-raw-bytes')));
  context.out(`Property ${quote(property)} set.\n`);
  return undefined;
}

async function unset(context: Context): Promise<undefined> {
  const property = nameArgument(context);
  await edit(context, (config) => setProperty(config, property, undefined, false));
  context.out(`Property ${quote(property)} unset.\n`);
  return undefined;
}

const sub = (
  name: string,
  use: string,
  short: string,
  run: (context: Context) => Promise<undefined>,
  flags: Command['flags'] = [],
  aliases: string[] = [],
): Command => ({
  name,
  aliases,
  use: `config ${use}`,
  short,
  flags,
  run,
});

export const command: Command = {
  name: 'config',
  use: 'config SUBCOMMAND',
  short: 'Change kubeconfig files',
  long: 'Read and change kubeconfig files: the one of --kubeconfig, else those of $KUBECONFIG, else ~/.kube/config.',
  flags: [],
  subcommands: [
    sub('current-context', 'current-context', 'Show the current context', currentContext),
    sub('delete-cluster', 'delete-cluster NAME', 'Delete a cluster', remove('clusters', 'cluster')),
    sub('delete-context', 'delete-context NAME', 'Delete a context', remove('contexts', 'context')),
    sub('delete-user', 'delete-user NAME', 'Delete a user', remove('users', 'user')),
    sub('get-clusters', 'get-clusters', 'List the clusters', listNames('clusters')),
    sub('get-contexts', 'get-contexts [(-o|--output=)name)]', 'List the contexts', getContexts, [
      flag('no-headers', 'bool', 'false', 'Leave the heading out'),
      flag('o,output', 'string', '', 'name prints names alone'),
    ]),
    sub('get-users', 'get-users', 'List the users', listNames('users')),
    sub('rename-context', 'rename-context CONTEXT_NAME NEW_NAME', 'Rename a context', renameContext),
    sub('set', 'set PROPERTY_NAME PROPERTY_VALUE', 'Set one value', setValue, [
      flag('set-raw-bytes', 'bool', 'false', 'Write bytes as they stand, not as base64'),
    ]),
    sub(
      'set-cluster',
      'set-cluster NAME [--server=server] [--certificate-authority=path] [--insecure-skip-tls-verify=true]',
      'Set a cluster',
      setCluster,
      [
        flag('certificate-authority', 'string', '', 'File with the certificate of the authority to trust'),
        flag('embed-certs', 'bool', 'false', 'Keep the certificate itself', {}),
        flag('insecure-skip-tls-verify', 'bool', 'false', "Do not check the server's certificate"),
        flag('proxy-url', 'string', '', 'Proxy for this cluster'),
        flag('server', 'string', '', 'Address of the API server'),
        flag('tls-server-name', 'string', '', "Name that the server's certificate must carry"),
      ],
    ),
    sub(
      'set-context',
      'set-context [NAME | --current] [--cluster=cluster] [--user=user] [--namespace=namespace]',
      'Set a context',
      setContext,
      [
        flag('cluster', 'string', '', 'The cluster'),
        flag('current', 'bool', 'false', 'Change the current context'),
        flag('namespace', 'string', '', 'The namespace'),
        flag('user', 'string', '', 'The user'),
      ],
    ),
    sub(
      'set-credentials',
      'set-credentials NAME [--client-certificate=path] [--client-key=path] [--token=token]',
      'Set a user',
      setCredentials,
      [
        flag('auth-provider', 'string', '', 'Auth provider'),
        flag('auth-provider-arg', 'stringSlice', '[]', 'Arguments of the auth provider'),
        flag('client-certificate', 'string', '', 'File with the client certificate'),
        flag('client-key', 'string', '', 'File with the key'),
        flag('embed-certs', 'bool', 'false', 'Keep the certificates themselves'),
        flag('exec-api-version', 'string', '', 'API version of the credential command'),
        flag('exec-arg', 'stringSlice', '[]', 'Arguments of the credential command'),
        flag('exec-command', 'string', '', 'A command that gives credentials'),
        flag('exec-env', 'stringArray', '[]', 'Variables of the credential command'),
        flag('exec-interactive-mode', 'string', '', 'Whether the command may ask'),
        flag('exec-provide-cluster-info', 'bool', 'false', 'Tell the command about the cluster'),
        flag('password', 'string', '', 'Password'),
        flag('token', 'string', '', 'Bearer token'),
        flag('username', 'string', '', 'User name'),
      ],
    ),
    sub('unset', 'unset PROPERTY_NAME', 'Take one value away', unset),
    sub('use-context', 'use-context CONTEXT_NAME', 'Choose the current context', useContext, [], ['use']),
    sub('view', 'view [flags]', 'Show the configuration', view, [
      ...printFlags().map((spec) => (spec.name === 'output' ? { ...spec, default: 'yaml' } : spec)),
      flag('flatten', 'bool', 'false', 'Put files into the output, so that it stands alone'),
      flag('merge', 'optionalBool', 'true', 'Merge all files'),
      flag('minify', 'bool', 'false', 'Only what the current context needs'),
      flag('raw', 'bool', 'false', 'Show secrets too'),
    ]),
  ],
};
