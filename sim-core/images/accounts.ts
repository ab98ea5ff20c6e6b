import type { FileSystem, Image } from './process.ts';

/** /etc/passwd and /etc/group: who is who in an image or a container. */

/** The group of a user, and the other groups whose members name it. */
export interface Account {
  readonly group: number;
  readonly groups: readonly number[];
}

const NOBODY: Account = Object.freeze({ group: 0, groups: Object.freeze([]) });

const known = new WeakMap<Image, Map<number, Account>>();

/** A user as an image lists it (containerd's WithUserID and WithAdditionalGIDs); one that it does not list is in group 0 alone. */
export function accountOf(image: Image, user: number): Account {
  let accounts = known.get(image);
  if (accounts === undefined) {
    accounts = new Map();
    known.set(image, accounts);
  }
  let account = accounts.get(user);
  if (account === undefined) {
    account = findAccount(image, user);
    accounts.set(user, account);
  }
  return account;
}

function findAccount({ layers }: Image, user: number): Account {
  const read = (path: string) => layers.findLast(({ files }) => files?.[path] !== undefined)?.files?.[path] ?? '';
  const entry = entries(read('/etc/passwd')).find(([, , id]) => id === String(user));
  if (entry === undefined) return NOBODY;
  const [name, , , group] = entry;
  const groups = entries(read('/etc/group')).flatMap(([, , id, members = '']) =>
    members.split(',').includes(name!) ? [Number(id)] : [],
  );
  return { group: Number(group), groups };
}

function entries(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}

/** Names by number as a container's own files have them now; what they do not list has none. */
export function namesIn(
  files: Pick<FileSystem, 'read' | 'stat'>,
  kind: 'passwd' | 'group',
): (id: number) => string | undefined {
  let names: Map<string, string> | undefined;
  return (id) => {
    if (names === undefined) {
      names = new Map();
      const path = `/etc/${kind}`;
      const text = files.stat(path)?.kind === 'file' ? files.read(path) : '';
      for (const [name = '', , number = ''] of entries(text)) if (!names.has(number)) names.set(number, name);
    }
    return names.get(String(id));
  };
}
