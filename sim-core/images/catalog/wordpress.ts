import type { Coroutine } from '../../engine/index.ts';
import { DEFAULT_PATH, type ImageRepository, layer } from '../image.ts';
import { FileError, type HttpRequest, type HttpResponse, NetworkError, type Process } from '../process.ts';
import { commonLogTime } from '../programs/http.ts';
import { answer, serveUntilSignal } from '../programs/server.ts';
import { SqlError } from '../programs/sql/lexer.ts';
import { SqlConnection } from '../programs/sql/wire.ts';
import { DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';

const ROOT = '/var/www/html';
const MEMORY = 60 * 1024 * 1024;
const HTML = {
  'content-type': 'text/html; charset=UTF-8',
  server: 'Apache/2.4.62 (Debian)',
  'x-powered-by': 'PHP/8.2.28',
};
const TABLES = [
  'CREATE TABLE IF NOT EXISTS wp_options (option_id INT AUTO_INCREMENT PRIMARY KEY, option_name VARCHAR(191), option_value TEXT)',
  'CREATE TABLE IF NOT EXISTS wp_posts (ID INT AUTO_INCREMENT PRIMARY KEY, post_title TEXT, post_content TEXT, post_date DATETIME)',
];

function escaped(text: unknown): string {
  return String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function page(title: string, content: string): string {
  return `<!DOCTYPE html>\n<html lang="en-US">\n<head><meta charset="UTF-8"><title>${escaped(title)}</title></head>\n<body>\n${content}\n</body>\n</html>\n`;
}

const NO_DATABASE = page('Database Error', '<h1>Error establishing a database connection</h1>');

/** Fields of a form as browsers send them. */
function form(body: string): Record<string, string> {
  const fields: Record<string, string> = Object.create(null);
  for (const part of body.split('&')) {
    const [name = '', value = ''] = part.split('=');
    try {
      fields[decodeURIComponent(name)] = decodeURIComponent(value.replaceAll('+', ' '));
    } catch {
      // Not encoded as a form is: left out.
    }
  }
  return fields;
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

interface Settings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

function settingsOf({ env, files }: Process): Settings {
  const value = (name: string, otherwise: string) => {
    const file = env[`WORDPRESS_${name}_FILE`];
    if (file === undefined) return env[`WORDPRESS_${name}`] ?? otherwise;
    try {
      return files.read(file).replace(/\n$/, '');
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return otherwise;
    }
  };
  const [host = 'mysql', port = '3306'] = value('DB_HOST', 'mysql').split(':');
  return {
    host,
    port: Number(port),
    user: value('DB_USER', 'example username'),
    password: value('DB_PASSWORD', 'example password'),
    database: value('DB_NAME', 'wordpress'),
  };
}

/** Does something with the database; answers the page that says there is none when there is none. */
function* withDatabase(
  process: Process,
  settings: Settings,
  use: (database: SqlConnection) => Coroutine<HttpResponse>,
): Coroutine<HttpResponse> {
  try {
    const { host, port, user, password, database } = settings;
    const connection = yield* SqlConnection.open(process.network, host, port, { user, password, database });
    try {
      return yield* use(connection);
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof NetworkError || error instanceof SqlError)) throw error;
    const why =
      error instanceof SqlError ? error.message : `php_network_getaddresses or connect failed: ${error.message}`;
    process.stderr.write(
      `PHP Warning:  mysqli_real_connect(): (HY000): ${why} in ${ROOT}/wp-includes/class-wpdb.php\n`,
    );
    return answer(process, 500, NO_DATABASE, HTML);
  }
}

function* respond(process: Process, settings: Settings, request: HttpRequest): Coroutine<HttpResponse> {
  const [path = '/', query = ''] = request.path.split('?');
  const html = (status: number, body: string, more: Record<string, string> = {}) =>
    answer(process, status, body, { ...HTML, ...more });
  if (path === '/readme.html' || path === '/license.txt') return html(200, page('WordPress', '<h1>WordPress</h1>'));
  return yield* withDatabase(process, settings, function* blog(database) {
    const { rows: tables = [] } = yield* database.query('SHOW TABLES');
    const installed = tables.some(([name]) => name === 'wp_options');
    if (path === '/wp-admin/install.php') {
      if (request.method !== 'POST') {
        const text = installed
          ? '<h1>Already Installed</h1><p>You appear to have already installed WordPress.</p>'
          : '<h1>Welcome</h1><form method="post"><label>Site Title <input name="weblog_title"></label><button>Install WordPress</button></form>';
        return html(200, page('WordPress &rsaquo; Installation', text));
      }
      const title = form(request.body).weblog_title || 'My Site';
      for (const sql of TABLES) yield* database.query(sql);
      if (!installed) {
        yield* database.query(
          `INSERT INTO wp_options (option_name, option_value) VALUES ('blogname', ${quoted(title)})`,
        );
        yield* database.query(
          "INSERT INTO wp_posts (post_title, post_content, post_date) VALUES ('Hello world!', 'Welcome to WordPress.', NOW())",
        );
      }
      return html(
        200,
        page('WordPress &rsaquo; Installation', '<h1>Success!</h1><p>WordPress has been installed.</p>'),
      );
    }
    if (!installed) return html(302, '', { location: '/wp-admin/install.php' });
    if (path === '/wp-admin/post.php' && request.method === 'POST') {
      const { title = '', content = '' } = form(request.body);
      yield* database.query(
        `INSERT INTO wp_posts (post_title, post_content, post_date) VALUES (${quoted(title)}, ${quoted(content)}, NOW())`,
      );
      return html(302, '', { location: '/' });
    }
    const { rows: names = [] } = yield* database.query(
      "SELECT option_value FROM wp_options WHERE option_name = 'blogname'",
    );
    const name = String(names[0]?.[0] ?? '');
    const one = /(?:^|&)p=(\d+)/.exec(query)?.[1];
    if (path !== '/' && path !== '/index.php')
      return html(404, page(`Page not found – ${name}`, '<h1>Page not found</h1>'));
    const where = one === undefined ? '' : `WHERE ID = ${one}`;
    const { rows = [] } = yield* database.query(
      `SELECT ID, post_title, post_content FROM wp_posts ${where} ORDER BY ID DESC LIMIT 10`,
    );
    const posts = rows.map(
      ([id, title, content]) =>
        `<article><h2><a href="/?p=${id}">${escaped(title)}</a></h2><p>${escaped(content)}</p></article>`,
    );
    return html(200, page(name, `<h1>${escaped(name)}</h1>\n${posts.join('\n')}`));
  });
}

/** WordPress: a blog whose title and posts are in a MySQL database. The page to install it is /wp-admin/install.php. */
function* wordpress(process: Process): Coroutine<number> {
  if (process.argv[1] !== undefined && !process.argv[1].startsWith('apache2'))
    return yield* process.exec({ argv: process.argv.slice(1) });
  process.use({ memory: MEMORY });
  try {
    if (process.files.stat(`${ROOT}/index.php`) === undefined) {
      process.stderr.write(`WordPress not found in ${ROOT} - copying now...\n`);
      for (const file of ['index.php', 'wp-login.php', 'wp-settings.php'])
        process.files.write(`${ROOT}/${file}`, '<?php\n');
      process.files.makeDirectory(`${ROOT}/wp-content/uploads`, { parents: true });
      process.stderr.write(`Complete! WordPress has been successfully copied to ${ROOT}\n`);
    }
    if (process.files.stat(`${ROOT}/wp-config.php`) === undefined) {
      process.stderr.write(
        "No 'wp-config.php' found in /var/www/html, but 'WORDPRESS_...' variables supplied; copying 'wp-config-docker.php'\n",
      );
      process.files.write(`${ROOT}/wp-config.php`, '<?php\n');
    }
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.stderr.write(`tar: ./index.php: Cannot open: ${error.message}\n`);
    return 2;
  }
  const hint = `AH00558: apache2: Could not reliably determine the server's fully qualified domain name, using ${process.network.address}. Set the 'ServerName' directive globally to suppress this message\n`;
  process.stderr.write(hint + hint);
  const settings = settingsOf(process);
  return yield* serveUntilSignal(
    process,
    80,
    function* handle(request) {
      const response = yield* respond(process, settings, request);
      process.stdout.write(
        `${request.remoteAddress} - - [${commonLogTime(process.now())}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${response.headers['content-length'] ?? '-'} "-" "${request.headers['user-agent'] ?? '-'}"\n`,
      );
      return response;
    },
    () => 0,
  );
}

export const wordpressImage: ImageRepository = {
  name: 'docker.io/library/wordpress',
  releases: [
    {
      tags: [
        '6.8.1-apache',
        '6.8',
        '6',
        'latest',
        'apache',
        '6.2.1-apache',
        '6.4',
        '5.9',
        '4.8-apache',
        'php8.2-apache',
      ],
      layers: [DEBIAN_LAYER, layer('wordpress 6.8.1', 210, { files: { [`${ROOT}/`]: '' } })],
      entrypoint: ['docker-entrypoint.sh'],
      command: ['apache2-foreground'],
      env: { PATH: DEFAULT_PATH, WORDPRESS_VERSION: '6.8.1' },
      workingDir: ROOT,
      exposedPorts: [80],
      programs: {
        ...DEBIAN_PROGRAMS,
        '/usr/local/bin/docker-entrypoint.sh': wordpress,
        '/usr/local/bin/apache2-foreground': wordpress,
      },
    },
  ],
};
