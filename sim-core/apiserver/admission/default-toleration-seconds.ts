import type * as CoreV1 from 'kubernetes-types/core/v1';
import { deepFreeze } from '../../api/equality.ts';
import type { Pod } from '../../api/objects.ts';
import type { AdmissionPlugin } from './plugin.ts';

const SECONDS = 300;
const DEFAULTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].map(
  (key): CoreV1.Toleration =>
    deepFreeze({ effect: 'NoExecute' as const, key, operator: 'Exists' as const, tolerationSeconds: SECONDS }),
);

/**
 * Lets pods stay for five minutes on a node that is not ready or cannot be reached, unless they say otherwise
 * (plugin/pkg/admission/defaulttolerationseconds).
 */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (operation, resource, subresource) =>
    resource === 'pods' && subresource === undefined && (operation === 'CREATE' || operation === 'UPDATE'),
  mutate({ object }) {
    const pod = object as unknown as Pod;
    const { tolerations = [] } = pod.spec;
    const missing = DEFAULTS.filter(
      ({ key }) =>
        !tolerations.some(
          (toleration) =>
            ((toleration.key ?? '') === '' || toleration.key === key) &&
            ((toleration.effect ?? '') === '' || toleration.effect === 'NoExecute'),
        ),
    );
    if (missing.length === 0) return false;
    pod.spec = { ...pod.spec, tolerations: tolerations.concat(missing) };
    return true;
  },
};
