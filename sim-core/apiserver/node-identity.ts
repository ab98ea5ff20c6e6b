import type { UserInfo } from './request.ts';

const PREFIX = 'system:node:';

/** The node whose kubelet a user is (nodeidentifier.NodeIdentity); undefined for all others. */
export function nodeOf({ username, groups }: UserInfo): string | undefined {
  return username.startsWith(PREFIX) && groups.includes('system:nodes') ? username.slice(PREFIX.length) : undefined;
}
