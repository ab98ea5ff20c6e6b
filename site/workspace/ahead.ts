import { warmWorker } from './spare-worker.ts';

/**
 * The workspace will be needed soon, where the page has not begun with it (integration.ts): its cluster's Worker starts, and the modules that it and
 * its terminal are made of are fetched side by side instead of one after the other.
 */
export function beginAhead(): void {
  warmWorker();
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel=modulepreload][media]')) {
    if (matchMedia(link.media).matches) continue;
    const now = link.cloneNode() as HTMLLinkElement;
    now.removeAttribute('media');
    link.replaceWith(now);
  }
}
