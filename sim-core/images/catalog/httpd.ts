import { utf8Length } from '../../api/utf8.ts';
import { formatDate } from '../../engine/format-date.ts';
import { type Coroutine, SECOND } from '../../engine/index.ts';
import { absolutePath } from '../absolute-path.ts';
import { DEFAULT_PATH, type ImageRepository, layer } from '../image.ts';
import { FileError, type Process } from '../process.ts';
import { commonLogTime, decodePath, mimeType, statusText } from '../programs/http.ts';
import { answer, serveUntilSignal } from '../programs/server.ts';
import { DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';

const ROOT = '/usr/local/apache2/htdocs';
const MEMORY = 9 * 1024 * 1024;

/** Apache httpd: serves the files below its document root on port 80. */
function* httpd(process: Process): Coroutine<number> {
  process.use({ memory: MEMORY });
  const { address } = process.network;
  const hint = `AH00558: httpd: Could not reliably determine the server's fully qualified domain name, using ${address}. Set the 'ServerName' directive globally to suppress this message\n`;
  process.stderr.write(hint + hint);
  const notice = (module: string, text: string) =>
    process.stderr.write(`[${errorLogTime(process.now())}] [${module}:notice] [pid 1:tid 1] ${text}\n`);
  notice('mpm_event', 'AH00489: Apache/2.4.65 (Unix) configured -- resuming normal operations');
  notice('core', "AH00094: Command line: 'httpd -D FOREGROUND'");
  return yield* serveUntilSignal(
    process,
    80,
    // biome-ignore lint/correctness/useYield: files are read at once
    function* handle(request) {
      const uri = decodePath(request.path.replace(/\?.*$/, ''));
      let path = absolutePath('/', `${ROOT}${absolutePath('/', uri)}`);
      if (process.files.stat(path)?.kind === 'directory') path = `${path}/index.html`;
      let status = 200;
      let body: string;
      try {
        body = process.files.read(path);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        status = error.code === 'EACCES' ? 403 : 404;
        const title = `${status} ${statusText(status)}`;
        body = `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${title}</title>\n</head><body>\n<h1>${statusText(status)}</h1>\n<p>The requested URL was not found on this server.</p>\n</body></html>\n`;
      }
      process.stdout.write(
        `${request.remoteAddress} - - [${commonLogTime(process.now())}] "${request.method} ${request.path} HTTP/1.1" ${status} ${utf8Length(body)}\n`,
      );
      return answer(process, status, body, {
        server: 'Apache/2.4.65 (Unix)',
        'content-type': status === 200 ? (mimeType(path) ?? 'text/plain') : 'text/html; charset=iso-8859-1',
      });
    },
    () => {
      notice('mpm_event', 'AH00491: caught SIGTERM, shutting down');
      return 0;
    },
  );
}

/** `Mon Jan 05 09:00:00.000000 2026` */
function errorLogTime(now: number): string {
  const micros = String(now % SECOND).padStart(6, '0');
  return formatDate(`%a %b %d %H:%M:%S.${micros} %Y`, now);
}

export const httpdImage: ImageRepository = {
  name: 'docker.io/library/httpd',
  releases: [
    {
      tags: ['2.4.65', '2.4', '2', 'latest'],
      layers: [
        DEBIAN_LAYER,
        layer('httpd 2.4.65', 30.5, {
          files: { [`${ROOT}/index.html`]: '<html><body><h1>It works!</h1></body></html>\n' },
        }),
      ],
      command: ['httpd-foreground'],
      env: {
        PATH: `/usr/local/apache2/bin:${DEFAULT_PATH}`,
        HTTPD_PREFIX: '/usr/local/apache2',
        HTTPD_VERSION: '2.4.65',
      },
      workingDir: '/usr/local/apache2',
      exposedPorts: [80],
      stopSignal: 'SIGQUIT',
      programs: { ...DEBIAN_PROGRAMS, '/usr/local/bin/httpd-foreground': withQuit },
    },
  ],
};

/** The image's stop signal is SIGWINCH in life: graceful; here SIGQUIT does the same. */
function* withQuit(process: Process): Coroutine<number> {
  process.onSignal('SIGQUIT', () => process.exit(0));
  return yield* httpd(process);
}
