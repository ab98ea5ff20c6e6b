import { type LabelSelectorObject, labelSelectorAsSelector } from '../../api/selector.ts';
import type { ScaleAccess } from '../resource.ts';

interface Scalable {
  spec: { replicas?: number; selector?: LabelSelectorObject };
  status: { replicas?: number };
}

/** The scale subresource of kinds whose numbers are `spec.replicas` and `status.replicas`. */
export const replicasScale: ScaleAccess = {
  replicas: (object) => (object as unknown as Scalable).spec.replicas ?? 0,
  withReplicas: (object, replicas) => ({ ...object, spec: { ...(object as unknown as Scalable).spec, replicas } }),
  statusReplicas: (object) => (object as unknown as Scalable).status.replicas ?? 0,
  selector: (object) => labelSelectorAsSelector((object as unknown as Scalable).spec.selector).toString(),
};
