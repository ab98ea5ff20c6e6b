/** What an older simulator's Workers must speak to be of use to this page; raised when the messages of `protocol.ts` change. */
export const PAGE_API = 1;

/** Where the Workers of a build's simulator lie on the site, if they do. */
export interface EngineWorkers {
  readonly cluster: string;
  readonly check: string;
}

/** Below a site: `engines/<hash>/page/`. */
export function engineFolder(hash: string): string {
  return `/engines/${hash}/page`;
}

/** The Workers of an older simulator, if the build has kept them. The hash comes from what was saved: what is not one leads nowhere. */
export async function keptEngine(hash: string): Promise<EngineWorkers | undefined> {
  if (!/^[0-9a-f]{16,64}$/.test(hash)) return undefined;
  const folder = engineFolder(hash);
  try {
    const answer = await fetch(`${folder}/api.json`);
    if (!answer.ok || ((await answer.json()) as { api?: unknown }).api !== PAGE_API) return undefined;
  } catch {
    return undefined;
  }
  return { cluster: `${folder}/app/cluster-worker.js`, check: `${folder}/app/check-worker.js` };
}
