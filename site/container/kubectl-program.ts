/** kubectl in a container: the course's own, over HTTP. What was typed is noted in the cluster's log before it runs, as a page's terminal does. */

import { readKubeconfigFile } from '../../sim-core/host/http/kubeconfig-file.ts';
import { nodeEnvironment } from '../../sim-core/host/http/node-kubectl.ts';
import { runKubectl } from '../../sim-core/kubectl/main.ts';

const words = process.argv.slice(2);
await note(['kubectl', ...words].map(quoted).join(' '));
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const environment = nodeEnvironment(interrupt.signal);
try {
  process.exitCode = await runKubectl(words, environment);
} finally {
  environment.close();
}

/** A log without this remark is as good: what fails here is no business of the command's. */
async function note(text: string): Promise<void> {
  try {
    const { server, token } = readKubeconfigFile(process.env.KUBECONFIG ?? '');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' };
    await fetch(`${server}/__jotasu/note`, { method: 'POST', headers, body: text });
  } catch {
    // The command itself says what is wrong.
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
