/** `npm run dev`: the site with live reload, for authors. Further arguments go to Astro. */
import { astro } from './site/build-site.ts';

process.exitCode = await astro(['dev', '--host', '127.0.0.1', ...process.argv.slice(2)]);
