import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';

/** How a file begins that a serve command wrote, and that another may therefore overwrite. */
const MARK = '# Written by jotasu serve.';

/** What to do about it is in the message. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

export interface KubeconfigContents {
  readonly server: string;
  readonly token: string;
  /** PEM; left out over plain HTTP. */
  readonly authority?: string;
}

/** Where `jotasu serve` writes its kubeconfig, and the other commands look for it. */
export function defaultKubeconfig(): string {
  return path.join(homedir(), '.jotasu', 'kubeconfig');
}

/** The text of a kubeconfig for the administrator of a served cluster. */
export function kubeconfigText({ server, token, authority }: KubeconfigContents): string {
  const base64 = (pem: string) => Buffer.from(pem).toString('base64');
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'jotasu',
        cluster: { server, ...(authority === undefined ? {} : { 'certificate-authority-data': base64(authority) }) },
      },
    ],
    users: [{ name: 'kubernetes-admin', user: { token } }],
    contexts: [{ name: 'kubernetes-admin@jotasu', context: { cluster: 'jotasu', user: 'kubernetes-admin' } }],
    'current-context': 'kubernetes-admin@jotasu',
  };
  return `${MARK} It is removed when that stops.\n${stringify(document)}`;
}

/** Refuses, with a KubeconfigError, to touch a file that no serve command wrote. */
export function checkKubeconfig(file: string, force: boolean): void {
  if (force || !existsSync(file)) return;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new KubeconfigError(`cannot look at ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
  if (text.startsWith(MARK)) return;
  throw new KubeconfigError(
    `${file} is there already and was not written by jotasu: choose another with --kubeconfig FILE, or overwrite it with --force`,
  );
}

/** Writes a kubeconfig that only its owner may read. */
export function writeKubeconfigFile(file: string, text: string): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o600 });
    // The mode above counts for new files only.
    chmodSync(file, 0o600);
  } catch (error) {
    throw new KubeconfigError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Removes a kubeconfig, if it is still as it was written. */
export function removeKubeconfigFile(file: string, text: string): void {
  try {
    if (readFileSync(file, 'utf8') === text) rmSync(file);
  } catch {
    // Gone already, which is what was wanted.
  }
}

/** Reads back server, token and authority of the current context. Throws a KubeconfigError. */
export function readKubeconfigFile(file: string): KubeconfigContents {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new KubeconfigError(
      code === 'ENOENT'
        ? `there is no ${file}: is a cluster being served? Start one with jotasu serve`
        : `cannot read ${file}: ${code ?? 'it is not YAML'}`,
    );
  }
  type Named = {
    name?: string;
    cluster?: Record<string, unknown>;
    user?: Record<string, unknown>;
    context?: Record<string, unknown>;
  };
  const config = (document ?? {}) as Record<'clusters' | 'users' | 'contexts', Named[] | undefined> &
    Record<string, unknown>;
  const find = (list: Named[] | undefined, name: unknown) =>
    (Array.isArray(list) ? list : []).find((one) => one?.name === name);
  const context = find(config.contexts, config['current-context'])?.context;
  const cluster = find(config.clusters, context?.cluster)?.cluster;
  const token = find(config.users, context?.user)?.user?.token;
  if (typeof cluster?.server !== 'string' || typeof token !== 'string') {
    throw new KubeconfigError(`${file} names no cluster that jotasu serves`);
  }
  const data = cluster['certificate-authority-data'];
  return {
    server: cluster.server,
    token,
    ...(typeof data === 'string' ? { authority: Buffer.from(data, 'base64').toString('utf8') } : {}),
  };
}
