import { listView, mapView, type SchemaView, scalarView, structView } from './schema-view.ts';

/** A piece of apps/v1 Deployment, as the schema has it, for the tests of patches and field ownership. */
const text = scalarView('string');
const number = scalarView('number');
const flag = scalarView('boolean');
const anyScalar = scalarView('untyped');

const env = structView('EnvVar', { name: { schema: text }, value: { schema: text } });
const port = structView('ContainerPort', {
  containerPort: { schema: number },
  protocol: { schema: text },
  name: { schema: text },
});
const container = structView('Container', {
  name: { schema: text },
  image: { schema: text },
  command: { schema: listView(text) },
  env: { schema: listView(env, [{ name: 'name' }]), patchStrategy: 'merge', patchMergeKey: 'name' },
  ports: {
    schema: listView(port, [{ name: 'containerPort' }, { name: 'protocol', default: 'TCP' }]),
    patchStrategy: 'merge',
    patchMergeKey: 'containerPort',
  },
  resources: {
    schema: structView('ResourceRequirements', {
      limits: { schema: mapView(anyScalar) },
      requests: { schema: mapView(anyScalar) },
    }),
  },
});
const owner = structView('OwnerReference', { uid: { schema: text }, name: { schema: text } }, true);
const meta = structView('ObjectMeta', {
  name: { schema: text },
  generateName: { schema: text },
  namespace: { schema: text },
  uid: { schema: text },
  resourceVersion: { schema: text },
  generation: { schema: number },
  creationTimestamp: { schema: text },
  labels: { schema: mapView(text) },
  annotations: { schema: mapView(text) },
  finalizers: { schema: listView(text, 'set'), patchStrategy: 'merge' },
  ownerReferences: { schema: listView(owner, [{ name: 'uid' }]), patchStrategy: 'merge', patchMergeKey: 'uid' },
});
const podSpec = structView('PodSpec', {
  containers: {
    schema: listView(container, [{ name: 'name' }]),
    patchStrategy: 'merge',
    patchMergeKey: 'name',
    zero: null,
  },
  nodeSelector: { schema: mapView(text, true) },
  restartPolicy: { schema: text },
  tolerations: { schema: listView(mapView(text)) },
  securityContext: { schema: structView('PodSecurityContext', { runAsUser: { schema: number } }) },
  hostNetwork: { schema: flag },
});
const template = structView('PodTemplateSpec', {
  metadata: { schema: meta, zero: {} },
  spec: { schema: podSpec, zero: {} },
});
const selector = structView('LabelSelector', { matchLabels: { schema: mapView(text) } }, true);
const rolling = structView('RollingUpdateDeployment', {
  maxSurge: { schema: anyScalar },
  maxUnavailable: { schema: anyScalar },
});
const strategy = structView('DeploymentStrategy', { type: { schema: text }, rollingUpdate: { schema: rolling } });
const spec = structView('DeploymentSpec', {
  replicas: { schema: number },
  paused: { schema: flag },
  selector: { schema: selector, zero: null },
  template: { schema: template, zero: {} },
  strategy: { schema: strategy, retainKeys: true, zero: {} },
});
const condition = structView('DeploymentCondition', { type: { schema: text }, status: { schema: text } });
const status = structView('DeploymentStatus', {
  replicas: { schema: number },
  conditions: { schema: listView(condition, [{ name: 'type' }]), patchStrategy: 'merge', patchMergeKey: 'type' },
});

export const deployment: SchemaView = structView('Deployment', {
  apiVersion: { schema: text },
  kind: { schema: text },
  metadata: { schema: meta, zero: {} },
  spec: { schema: spec, zero: {} },
  status: { schema: status, zero: {} },
});

export const configMap: SchemaView = structView('ConfigMap', {
  apiVersion: { schema: text },
  kind: { schema: text },
  metadata: { schema: meta, zero: {} },
  data: { schema: mapView(text) },
  immutable: { schema: flag },
});
