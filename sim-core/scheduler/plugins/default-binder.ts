import type { AnyObject } from '../../api/objects.ts';
import { pods } from '../../resources/pod.ts';
import type { Handle, Plugin } from '../framework.ts';

/** Posts the Binding that gives the pod its node. */
export function defaultBinder(handle: Handle): Plugin {
  return {
    name: 'DefaultBinder',
    bind(_state, { pod }, nodeName) {
      const { namespace, name, uid } = pod.metadata;
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { namespace, name, uid },
        target: { kind: 'Node', name: nodeName },
      } as unknown as AnyObject;
      handle.client.createSubresource(pods, namespace, name, 'binding', binding);
      return undefined;
    },
  };
}
