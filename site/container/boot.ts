import type { Container } from './container.ts';

/** Why there is no container. Each has its sentence in the learner's language. */
export type BootProblem =
  /** A browser inside another app, which never isolates a page. */
  | 'web-view'
  /** The page was not served as the container needs it. */
  | 'not-isolated'
  | 'offline'
  /** The vendor's frame said nothing: blocked, most likely. */
  | 'silent'
  | 'slow'
  /** The programs for the container could not be fetched. */
  | 'download'
  /** The container, or a program in it, failed. */
  | 'failed';

export class BootError extends Error {
  override readonly name = 'BootError';
  readonly problem: BootProblem;

  constructor(problem: BootProblem, detail = '') {
    super(detail === '' ? problem : `${problem}: ${detail}`);
    this.problem = problem;
  }
}

/** How long the vendor's frame may be silent at first, and how long everything may take; milliseconds. */
export const SILENCE = 10_000;
export const ALTOGETHER = 60_000;

/** Browsers inside other apps: they show a page, but never isolate it. */
const WEB_VIEW =
  /; wv\)|\bKAKAOTALK\b|\bNAVER\(inapp|\bDaumApps\b|\bLine\/|\bFBA[NV]\b|\bInstagram\b|\bMicroMessenger\b|\bTwitter for /i;

/** What would keep a container from booting on this page; undefined: nothing that is known beforehand. */
export function preflight(
  page: { readonly isolated: boolean; readonly online: boolean; readonly userAgent: string } = {
    isolated: globalThis.crossOriginIsolated === true,
    online: navigator.onLine,
    userAgent: navigator.userAgent,
  },
): BootProblem | undefined {
  if (WEB_VIEW.test(page.userAgent)) return 'web-view';
  if (!page.online) return 'offline';
  return page.isolated ? undefined : 'not-isolated';
}

/** Boots a container; `heard` is called when the other side has said anything at all. */
export type Vendor = (heard: () => void) => Promise<Container>;

/**
 * A container, or a BootError: `silent` after 10 s without any message. The vendor's own promise never settles when its frame is blocked.
 */
export function bootWithin(vendor: Vendor, heard: () => void = () => {}): Promise<Container> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new BootError('silent')), SILENCE);
    const hear = () => {
      clearTimeout(timer);
      heard();
    };
    vendor(hear).then(
      (container) => {
        clearTimeout(timer);
        resolve(container);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof BootError ? error : new BootError('failed', String(error)));
      },
    );
  });
}

/** What a promise comes to, or a BootError `slow` after 60 s. */
export function altogether<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BootError('slow')), ALTOGETHER);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** One container a page: a boot that was given up on may still come to something. */
let booting: Promise<Container> | undefined;

/** Boots the vendor's container, or answers the one of this page. */
export const webContainer: Vendor = async (heard) => {
  const { origin } = new URL(
    (globalThis as { WEBCONTAINER_API_IFRAME_URL?: string }).WEBCONTAINER_API_IFRAME_URL ?? 'https://stackblitz.com',
  );
  const hear = (event: MessageEvent) => {
    if (event.origin === origin) heard();
  };
  addEventListener('message', hear);
  try {
    if (booting === undefined) {
      const { WebContainer } = await import('@webcontainer/api');
      booting = WebContainer.boot({ coep: 'require-corp', workdirName: 'learner' });
      booting.catch(() => {
        booting = undefined;
      });
    } else {
      // A frame that could not be reached is asked for once more; one that has answered is not: its container is the one there is.
      for (const frame of document.querySelectorAll('iframe')) {
        if (frame.src.startsWith(`${origin}/`) && frame.dataset.answered === undefined) frame.src = `${frame.src}`;
      }
    }
    return await booting;
  } finally {
    removeEventListener('message', hear);
  }
};
