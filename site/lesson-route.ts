/** Starlight route middleware: what a page's frame owes to what the page holds. */
import { defineRouteMiddleware } from '@astrojs/starlight/route-data';

export const onRequest = defineRouteMiddleware(({ locals }) => {
  const route = locals.starlightRoute;
  // Beside a workspace there is no room for a table of contents.
  if (/<Workspace\b/.test(route.entry.body ?? '')) route.toc = undefined;
});
