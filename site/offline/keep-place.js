/* The other language of a page opens at the same place: below the same heading, as far below it. */
{
  const KEY = 'jotasu-place';
  const twin = () => location.pathname.replace(/^\/(en|ko)\//, '/');
  // Those of the prose alone: a workspace beside it has headings of its own, and comes later.
  const headings = () =>
    [...document.querySelectorAll('main :is(h1, h2, h3)')].filter(
      (heading) => heading.closest('.not-content') === null,
    );
  addEventListener('pagehide', () => {
    try {
      const passed = headings().filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
      const last = passed.at(-1);
      const place = {
        twin: twin(),
        from: location.pathname,
        heading: passed.length - 1,
        below: last ? last.getBoundingClientRect().top : 0,
      };
      sessionStorage.setItem(KEY, JSON.stringify(place));
    } catch {
      // The other page opens at its top.
    }
  });
  addEventListener('DOMContentLoaded', () => {
    try {
      const place = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
      sessionStorage.removeItem(KEY);
      if (
        place === null ||
        place.twin !== twin() ||
        place.from === location.pathname ||
        place.heading < 1 ||
        location.hash !== ''
      )
        return;
      const go = () => {
        const heading = headings()[place.heading];
        if (heading)
          scrollTo({ top: scrollY + heading.getBoundingClientRect().top - place.below, behavior: 'instant' });
      };
      go();
      // Fonts and figures move what is below them.
      document.fonts.ready.then(go);
    } catch {
      // As above.
    }
  });
}
