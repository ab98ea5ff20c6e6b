import { utf8Length } from '../../api/utf8.ts';
import type { Coroutine } from '../../engine/index.ts';
import { absolutePath } from '../absolute-path.ts';
import { type ImageRepository, layer } from '../image.ts';
import { FileError, type Process, type Program } from '../process.ts';
import { commonLogTime, decodePath, mimeType } from '../programs/http.ts';
import { answer, serveUntilSignal } from '../programs/server.ts';
import { DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';

/** Images of Linux distributions and of languages. Of the languages, only what tutorials run in one line is simulated; the rest says so. */

function says(what: string): Program {
  // biome-ignore lint/correctness/useYield: ends at once
  return function* main(process) {
    process.stderr.write(`${process.argv[0]}: ${what} is not simulated by sim-core\n`);
    return 1;
  };
}

function distribution(name: string, tags: readonly string[], megabytes: number, release: string): ImageRepository {
  return {
    name: `docker.io/library/${name}`,
    releases: [
      {
        tags,
        layers: [DEBIAN_LAYER, layer(`${name} ${tags[0]}`, megabytes, { files: { '/etc/os-release': release } })],
        command: ['bash'],
        programs: DEBIAN_PROGRAMS,
      },
    ],
  };
}

export const debian = distribution(
  'debian',
  ['12.11', '12', 'bookworm', 'latest', 'bookworm-slim', 'stable-slim', '11', 'bullseye'],
  20.3,
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n',
);

export const ubuntu = distribution(
  'ubuntu',
  ['24.04', 'noble', 'latest', '22.04', 'jammy', '20.04', '18.04'],
  29.7,
  'PRETTY_NAME="Ubuntu 24.04.2 LTS"\nNAME="Ubuntu"\nVERSION_ID="24.04"\nID=ubuntu\n',
);

const MAX_DIGITS = 10_000;

/** So many digits of pi, by Machin's formula in whole numbers. */
function pi(digits: number): string {
  const unity = 10n ** BigInt(digits + 10);
  const arctan = (inverse: bigint) => {
    let power = unity / inverse;
    let total = power;
    const square = inverse * inverse;
    for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
      power /= square;
      total += (sign * power) / n;
    }
    return total;
  };
  const value = (4n * (4n * arctan(5n) - arctan(239n))) / 10n ** 11n;
  const text = value.toString();
  return `${text[0]}.${text.slice(1)}`;
}

/** perl, as far as the documentation's Job needs it: `perl -Mbignum=bpi -wle 'print bpi(2000)'`, and printing a text. */
function* perl(process: Process): Coroutine<number> {
  const script = process.argv.at(-1) ?? '';
  const asked = /^\s*print\s+bpi\((\d+)\)\s*;?\s*$/.exec(script);
  if (asked !== null && process.argv.some((arg) => arg.startsWith('-Mbignum'))) {
    const digits = Math.min(MAX_DIGITS, Number(asked[1]));
    process.use({ memory: 20 * 1024 * 1024 });
    yield* process.compute(digits * 2_500);
    process.stdout.write(`${pi(digits)}\n`);
    return 0;
  }
  const text = /^\s*print\s+(?:"([^"$@]*)"|'([^']*)')\s*;?\s*$/.exec(script);
  if (text !== null) {
    const newline = process.argv.some((arg) => /^-[a-z]*l/.test(arg)) ? '\n' : '';
    process.stdout.write(`${(text[1] ?? text[2] ?? '').replaceAll('\\n', '\n')}${newline}`);
    return 0;
  }
  return yield* says('Perl beyond `print bpi(n)` and `print "text"`')(process);
}

/** `python3 -m http.server [port]` serves the working directory; `python3 -c 'print("…")'` prints. */
function* python(process: Process): Coroutine<number> {
  const { argv } = process;
  if (argv[1] === '-m' && argv[2] === 'http.server')
    return yield* fileServer(process, Number(argv.find((arg) => /^\d+$/.test(arg)) ?? '8000'));
  if (argv[1] === '--version' || argv[1] === '-V') {
    process.stdout.write('Python 3.13.4\n');
    return 0;
  }
  const text =
    argv[1] === '-c' ? /^\s*print\((?:"([^"]*)"|'([^']*)')(?:,\s*flush=True)?\)\s*$/.exec(argv[2] ?? '') : null;
  if (text !== null) {
    process.stdout.write(`${text[1] ?? text[2]}\n`);
    return 0;
  }
  return yield* says('Python beyond `-m http.server` and `-c \'print("text")\'`')(process);
}

function* fileServer(process: Process, port: number): Coroutine<number> {
  process.use({ memory: 16 * 1024 * 1024 });
  process.stderr.write(`Serving HTTP on 0.0.0.0 port ${port} (http://0.0.0.0:${port}/) ...\n`);
  return yield* serveUntilSignal(
    process,
    port,
    function* handle(request) {
      const path = absolutePath(process.cwd, `.${absolutePath('/', decodePath(request.path.replace(/\?.*$/, '')))}`);
      let status = 200;
      let body: string;
      let type = 'text/html; charset=utf-8';
      try {
        if (process.files.stat(path)?.kind === 'directory') {
          const names = process.files.list(path);
          const items = names.map(
            (name) => `<li><a href="${encodeURIComponent(name)}">${name.replaceAll('<', '&lt;')}</a></li>`,
          );
          body = names.includes('index.html')
            ? process.files.read(`${path}/index.html`)
            : `<!DOCTYPE HTML>\n<html lang="en">\n<body>\n<h1>Directory listing for ${request.path.replaceAll('<', '&lt;')}</h1>\n<ul>\n${items.join('\n')}\n</ul>\n</body>\n</html>\n`;
        } else {
          body = process.files.read(path);
          type = mimeType(path) ?? 'application/octet-stream';
        }
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        status = 404;
        body =
          '<!DOCTYPE HTML>\n<html lang="en">\n<body>\n<h1>Error response</h1>\n<p>Error code: 404</p>\n<p>Message: File not found.</p>\n</body>\n</html>\n';
      }
      process.stderr.write(
        `${request.remoteAddress} - - [${commonLogTime(process.now()).slice(0, 20)}] "${request.method} ${request.path} HTTP/1.1" ${status} -\n`,
      );
      return answer(process, status, body, {
        server: 'SimpleHTTP/0.6 Python/3.13.4',
        'content-type': type,
        'content-length': String(utf8Length(body)),
      });
    },
    () => 0,
  );
}

function language(
  name: string,
  tags: readonly string[],
  megabytes: number,
  command: string,
  programs: Record<string, Program>,
): ImageRepository {
  return {
    name: `docker.io/library/${name}`,
    releases: [
      {
        tags,
        layers: [DEBIAN_LAYER, layer(`${name} ${tags[0]}`, megabytes)],
        command: [command],
        programs: { ...DEBIAN_PROGRAMS, ...programs },
      },
    ],
  };
}

export const perlImage = language('perl', ['5.40', '5', 'latest', '5.34.0', '5.34', '5.36', 'slim'], 330, 'perl', {
  '/usr/local/bin/perl': perl,
});

export const pythonImage = language(
  'python',
  [
    '3.13.4',
    '3.13',
    '3',
    'latest',
    '3.12',
    '3.11',
    '3.10',
    '3.9',
    '3.8',
    '3.13-slim',
    '3.12-slim',
    '3.11-slim',
    'slim',
    '3-alpine',
    '3.12-alpine',
    'alpine',
  ],
  45,
  'python3',
  { '/usr/local/bin/python3': python, '/usr/local/bin/python': python },
);

export const nodeImage = language(
  'node',
  [
    '24.2.0',
    '24',
    'latest',
    '22',
    '20',
    '18',
    '22-alpine',
    '20-alpine',
    '18-alpine',
    'alpine',
    'lts',
    'lts-alpine',
    '22-slim',
    '20-slim',
  ],
  42,
  'node',
  { '/usr/local/bin/node': says('JavaScript inside containers'), '/usr/local/bin/npm': says('npm') },
);
