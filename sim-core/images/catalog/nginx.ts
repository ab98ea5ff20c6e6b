import { DEFAULT_PATH, type ImageRelease, type ImageRepository, layer } from '../image.ts';
import { nginxEntrypoint } from '../programs/nginx/entrypoint.ts';
import { nginx as server } from '../programs/nginx/nginx.ts';
import { CURL } from '../shell/applets/index.ts';
import { ALPINE_LAYER, ALPINE_PROGRAMS, DEBIAN_LAYER, DEBIAN_PROGRAMS } from './bases.ts';
import { alpineUsers, debianUsers } from './users.ts';

const WELCOME = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

const ERROR_PAGE =
  '<!DOCTYPE html>\n<html>\n<head>\n<title>Error</title>\n</head>\n<body>\n<h1>An error occurred.</h1>\n</body>\n</html>\n';

const NGINX_CONF = `user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /run/nginx.pid;

events {
    worker_connections  1024;
}

http {
    include       /etc/nginx/mime.types;
    default_type  application/octet-stream;

    access_log  /var/log/nginx/access.log  main;

    sendfile        on;
    keepalive_timeout  65;

    include /etc/nginx/conf.d/*.conf;
}
`;

const DEFAULT_CONF = `server {
    listen       80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`;

const CONTENT = {
  files: {
    '/etc/nginx/nginx.conf': NGINX_CONF,
    '/etc/nginx/mime.types': 'types {\n    text/html  html htm;\n    text/css  css;\n}\n',
    '/etc/nginx/conf.d/default.conf': DEFAULT_CONF,
    '/usr/share/nginx/html/index.html': WELCOME,
    '/usr/share/nginx/html/50x.html': ERROR_PAGE,
    '/var/cache/nginx/': '',
    '/run/': '',
    '/docker-entrypoint.d/': '',
  },
  links: { '/var/log/nginx/access.log': '/dev/stdout', '/var/log/nginx/error.log': '/dev/stderr' },
};

const NGINX_USER = ['nginx 101 101 /nonexistent /bin/false'];
const ON_DEBIAN = { ...CONTENT, files: { ...CONTENT.files, ...debianUsers(NGINX_USER, ['nginx 101']) } };
const ON_ALPINE = { ...CONTENT, files: { ...CONTENT.files, ...alpineUsers(NGINX_USER, ['nginx 101']) } };

/** The last patch of every minor release, the newest at the end: mainline is odd, stable even. Each of their patches is an image. */
const LAST_PATCHES =
  '1.7.12 1.8.1 1.9.15 1.10.3 1.11.13 1.12.2 1.13.12 1.14.2 1.15.12 1.16.1 1.17.10 1.18.0 1.19.10 1.20.2 1.21.6 1.22.1 1.23.4 1.24.0 1.25.5 1.26.3 1.27.5 1.28.0 1.29.0'.split(
    ' ',
  );

/** Tags beside that of the version. */
const MORE_TAGS: Readonly<Record<string, readonly string[]>> = {
  '1.28.0': ['stable'],
  '1.29.0': ['1', 'latest', 'mainline'],
};

/** Every version with its tags: the last of a minor release is that minor release. */
const VERSIONS: readonly (readonly [version: string, tags: readonly string[]])[] = LAST_PATCHES.flatMap((last) => {
  const minor = last.slice(0, last.lastIndexOf('.'));
  return Array.from({ length: Number(last.slice(minor.length + 1)) + 1 }, (_, patch) => {
    const version = `${minor}.${patch}`;
    return [version, version === last ? [minor, ...(MORE_TAGS[version] ?? [])] : []] as const;
  });
});

function release(version: string, extra: readonly string[], alpine: boolean): ImageRelease {
  const suffix = alpine ? '-alpine' : '';
  const tags = [version, ...extra].map((tag) => (alpine && tag === 'latest' ? 'alpine' : `${tag}${suffix}`));
  return {
    tags,
    // Made when it is pulled: there are more than two hundred of them.
    get layers() {
      return [
        alpine ? ALPINE_LAYER : DEBIAN_LAYER,
        layer(`nginx ${version}${suffix}`, alpine ? 15.1 : 43.9, alpine ? ON_ALPINE : ON_DEBIAN),
      ];
    },
    entrypoint: ['/docker-entrypoint.sh'],
    command: ['nginx', '-g', 'daemon off;'],
    env: { PATH: DEFAULT_PATH, NGINX_VERSION: version },
    exposedPorts: [80],
    stopSignal: 'SIGQUIT',
    programs: {
      ...(alpine ? ALPINE_PROGRAMS : DEBIAN_PROGRAMS),
      '/usr/bin/curl': CURL,
      '/usr/sbin/nginx': server(version),
      '/docker-entrypoint.sh': nginxEntrypoint(version, DEFAULT_CONF),
    },
  };
}

/** The nginx web server, on Debian and on Alpine. */
export const nginx: ImageRepository = {
  name: 'docker.io/library/nginx',
  releases: VERSIONS.flatMap(([version, tags]) => [release(version, tags, false), release(version, tags, true)]),
};
