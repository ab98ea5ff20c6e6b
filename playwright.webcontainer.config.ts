import { defineConfig } from '@playwright/test';
import everyday from './playwright.config.ts';

// `WEBCONTAINER=1 npm run test:webcontainer`: the vendor's real container, which needs a network. Never a part of `npm test`.
if (process.env.WEBCONTAINER !== '1') {
  throw new Error(
    'This test loads code from stackblitz.com and runs it in a browser. If that is what you want: WEBCONTAINER=1 npm run test:webcontainer',
  );
}

export default defineConfig({ ...everyday, testDir: 'tests/webcontainer', timeout: 180_000, retries: 0 });
