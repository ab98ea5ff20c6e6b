import { qualified } from '../api/status.ts';
import { withAuthenticatedGroup } from '../apiserver/authentication.ts';
import type { ApiRequest, UserInfo } from '../apiserver/request.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { type Call, type Transport, Unreachable, type WatchHandle } from '../client/index.ts';
import { groupVersion, type ResourceDefinition } from '../resources/resource.ts';

/** Where in-process requests come from. */
export interface Identity {
  readonly username: string;
  readonly groups?: readonly string[];
  readonly userAgent: string;
  /** Why the API server cannot be reached from there, if it cannot: as Go's net/http words it. */
  blocked?(): string | undefined;
}

const ADDRESS = '10.0.0.10:6443';

/** The groups that come with a name: those of service accounts, and of nodes. */
function groupsOf({ username, groups = [] }: Identity): readonly string[] {
  const account = /^system:serviceaccount:([^:]+):/.exec(username);
  if (account !== null) return [...groups, 'system:serviceaccounts', `system:serviceaccounts:${account[1]}`];
  if (username.startsWith('system:node:')) return [...groups, 'system:nodes'];
  return groups;
}

/**
 * The way of the cluster's own components to the API server: no bytes, frozen objects handed over as they are. It fails as a
 * network would when the server is down or the way is cut, and watches end when it is.
 */
export function inProcessTransport(server: ApiServer, identity: Identity): Transport & { cut(): void } {
  const user: UserInfo = withAuthenticatedGroup({ username: identity.username, groups: groupsOf(identity) });
  const watches = new Set<WatchHandle>();

  const reach = (resource: ResourceDefinition) => {
    const why =
      identity.blocked?.() ?? (server.serving ? undefined : `dial tcp ${ADDRESS}: connect: connection refused`);
    if (why !== undefined)
      throw new Unreachable(`Get "https://${ADDRESS}/apis/${groupVersion(resource)}/${resource.plural}": ${why}`);
  };
  const request = (call: Call): ApiRequest => {
    const target = server.resources.resource(call.resource.group, call.resource.version, call.resource.plural);
    if (target === undefined) throw new TypeError(`the API server does not serve ${qualified(call.resource)}`);
    const { uid, resourceVersion, ...options } = call.options ?? {};
    const preconditions =
      call.verb === 'delete' && (uid !== undefined || resourceVersion !== undefined)
        ? { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) }
        : undefined;
    return {
      verb: call.verb,
      target,
      user,
      userAgent: identity.userAgent,
      warnings: [],
      options: {
        ...options,
        ...(call.verb !== 'delete' && resourceVersion !== undefined ? { resourceVersion } : {}),
        ...(preconditions === undefined ? {} : { preconditions }),
      },
      ...(call.subresource === undefined ? {} : { subresource: call.subresource }),
      ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
      ...(call.name === undefined ? {} : { name: call.name }),
      ...(call.body === undefined ? {} : { body: call.body }),
      ...(call.patch === undefined ? {} : { patch: call.patch }),
    };
  };

  return {
    call(call) {
      reach(call.resource);
      return server.handle(request(call));
    },
    watch(call, onEvent, onEnd) {
      reach(call.resource);
      const handle = server.watch(
        request(call),
        ({ type, object }, revision) => {
          if (type !== 'BOOKMARK') onEvent({ type, object }, revision);
        },
        () => {
          watches.delete(handle);
          onEnd();
        },
      );
      watches.add(handle);
      return handle;
    },
    cut() {
      for (const watch of [...watches]) watch.close();
    },
  };
}
