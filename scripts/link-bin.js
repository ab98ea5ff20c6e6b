// Run by npm after every install ("prepare"): puts this package's own `jotasu` among node_modules/.bin, where `npx jotasu`
// looks. npm links the commands of dependencies, but not those of the project itself. Plain JavaScript, no dependencies.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../node_modules/.bin/', import.meta.url));
const target = '../../cli/jotasu.js';

mkdirSync(bin, { recursive: true });
if (process.platform === 'win32') {
  writeFileSync(`${bin}jotasu.cmd`, `@node "%~dp0\\..\\..\\cli\\jotasu.js" %*\r\n`);
} else {
  rmSync(`${bin}jotasu`, { force: true });
  symlinkSync(target, `${bin}jotasu`);
  chmodSync(fileURLToPath(new URL('../cli/jotasu.js', import.meta.url)), 0o755);
}
