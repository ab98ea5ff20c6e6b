/** `npm run build`: builds the site into dist/. */
import { buildSite } from './site/build-site.ts';

process.exitCode = await buildSite();
