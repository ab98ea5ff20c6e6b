declare module '@pagefind/default-ui/npm_dist/mjs/ui-core.mjs' {
  /** See https://pagefind.app/docs/ui/ for what it takes. */
  export class PagefindUI {
    constructor(options: Record<string, unknown>);
  }
}
