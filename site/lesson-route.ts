/** Starlight route middleware: what a page's frame owes to what the page holds. */
import { defineRouteMiddleware } from '@astrojs/starlight/route-data';
import { isLanguage } from './course.ts';
import { strings } from './i18n/index.ts';
import otherFonts from './styles/fonts-rest.css?url';
import { fingerprints, readTwins, staleTwin } from './twins.ts';

type Route = Pick<App.Locals['starlightRoute'], 'id' | 'entry'>;

const holdsWorkspace = ({ entry }: Route) => /<Workspace\b/.test(entry.body ?? '');

/** Whether there is a workspace beside the text of a page. */
export const isBesideWorkspace = (route: Route): boolean =>
  holdsWorkspace(route) || /(^|\/)exercises\/[^/]+\/./.test(route.id);

export const onRequest = defineRouteMiddleware(({ locals }) => {
  const route = locals.starlightRoute;
  // Nothing waits for it: a style sheet for paper does not hold the first picture back.
  const attrs = { rel: 'stylesheet', href: otherFonts, media: 'print', onload: "this.media='all'" };
  route.head.push({ tag: 'link', attrs });
  const withWorkspace = holdsWorkspace(route);
  // Beside a workspace there is no room for a table of contents.
  if (withWorkspace) route.toc = undefined;
  // The room for a workspace is kept from the first picture on: nothing shifts when it comes.
  if (isBesideWorkspace(route))
    route.head.push({ tag: 'script', content: "document.documentElement.dataset.withWorkspace = '';" });

  const [language, module, lesson] = route.id.split('/');
  const name = `${module}/${lesson}`;
  const recorded = readTwins()[name];
  if (recorded !== undefined && isLanguage(language) && staleTwin(recorded, fingerprints('lessons', name)) === language)
    route.entry.data.banner = { content: strings(language).lesson.stale };
});
