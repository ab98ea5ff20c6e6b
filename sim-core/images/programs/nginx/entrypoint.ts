import { deferred } from '../../../engine/index.ts';
import { FileError, type Process, type Program } from '../../process.ts';
import { nginx } from './nginx.ts';

const ENTRYPOINT = '/docker-entrypoint.sh';

const ENTRYPOINT_LOG = `${ENTRYPOINT}: /docker-entrypoint.d/ is not empty, will attempt to perform configuration
${ENTRYPOINT}: Looking for shell scripts in /docker-entrypoint.d/
${ENTRYPOINT}: Launching /docker-entrypoint.d/10-listen-on-ipv6-by-default.sh
10-listen-on-ipv6-by-default.sh: info: Getting the checksum of /etc/nginx/conf.d/default.conf
`;

const ENTRYPOINT_LOG_END = `${ENTRYPOINT}: Sourcing /docker-entrypoint.d/15-local-resolvers.envsh
${ENTRYPOINT}: Launching /docker-entrypoint.d/20-envsubst-on-templates.sh
${ENTRYPOINT}: Launching /docker-entrypoint.d/30-tune-worker-processes.sh
${ENTRYPOINT}: Configuration complete; ready for start up
`;

const UNCHANGED_LOG = `${ENTRYPOINT_LOG}10-listen-on-ipv6-by-default.sh: info: Enabled listen on IPv6 in /etc/nginx/conf.d/default.conf
${ENTRYPOINT_LOG_END}`;

const TEMPLATES = '/etc/nginx/templates';

/** /docker-entrypoint.sh of the official image: prepares the configuration, then becomes its command. */
export function nginxEntrypoint(version: string, defaultConf: string): Program {
  const server = nginx(version);
  return (process) =>
    deferred(() => {
      const argv = process.argv.slice(1);
      if (argv[0] !== 'nginx') return process.exec({ argv });
      prepare(process, defaultConf);
      return process.exec({ argv, program: server });
    });
}

function prepare(process: Process, defaultConf: string): void {
  const { files } = process;
  const conf = '/etc/nginx/conf.d/default.conf';
  const info = '10-listen-on-ipv6-by-default.sh: info:';
  if (files.stat(conf) === undefined) {
    process.stdout.write(
      `${ENTRYPOINT_LOG.slice(0, ENTRYPOINT_LOG.lastIndexOf(info))}${info} ${conf} is not a file or does not exist\n${ENTRYPOINT_LOG_END}`,
    );
  } else {
    let outcome: string | undefined;
    try {
      files.checkWritable(conf);
      if (files.read(conf) !== defaultConf) outcome = `${info} ${conf} differs from the packaged version`;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      outcome = `${info} can not modify ${conf} (read-only file system?)`;
    }
    if (outcome === undefined) process.stdout.write(UNCHANGED_LOG);
    else {
      const head = outcome.includes('can not')
        ? ENTRYPOINT_LOG.slice(0, ENTRYPOINT_LOG.lastIndexOf(info))
        : ENTRYPOINT_LOG;
      process.stdout.write(`${head}${outcome}\n${ENTRYPOINT_LOG_END}`);
    }
  }
  if (files.stat(TEMPLATES)?.kind !== 'directory') return;
  for (const name of files.list(TEMPLATES)) {
    if (!name.endsWith('.template')) continue;
    const output = `/etc/nginx/conf.d/${name.slice(0, -'.template'.length)}`;
    const text = files.read(`${TEMPLATES}/${name}`);
    // envsubst is told the variables that are set: others stay as they are.
    files.write(
      output,
      text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => process.env[braced ?? bare] ?? whole),
    );
  }
}
