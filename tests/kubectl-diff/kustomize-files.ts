/** Kustomizations for the comparison: a folder of `k/` is one thing a kustomization can say, or a mistake in it. */
const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        envFrom:
        - configMapRef: {name: conf}
        env:
        - name: TOKEN
          valueFrom: {secretKeyRef: {name: keys, key: token}}
      volumes:
      - name: conf
        configMap: {name: conf}
`;
const service = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`;
const ingress = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
  - host: example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
`;
const folder = (name: string, kustomization: string, more: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ 'kustomization.yaml': kustomization, ...more }).map(([file, text]) => [`k/${name}/${file}`, text]),
  );

export const kustomizeFiles: Readonly<Record<string, string>> = {
  ...folder('base', 'resources: [deployment.yaml, service.yaml, ingress.yaml]\n', {
    'deployment.yaml': deployment,
    'service.yaml': service,
    'ingress.yaml': ingress,
  }),
  ...folder(
    'labels',
    `resources: [deployment.yaml, service.yaml]
commonLabels: {team: blue}
commonAnnotations: {note: "hello, world"}
labels:
- pairs: {tier: front}
- pairs: {part: shop}
  includeTemplates: true
namespace: default
nameSuffix: -v2
`,
    { 'deployment.yaml': deployment, 'service.yaml': service },
  ),
  ...folder(
    'images',
    `resources: [../base]
images:
- name: nginx
  newName: registry.example.com/web
  newTag: "2.0"
- name: busybox
  digest: sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3
replicas:
- name: web
  count: 5
`,
  ),
  ...folder(
    'patches',
    `resources: [../base]
patches:
- path: scale.yaml
- patch: |-
    - op: replace
      path: /spec/ports/0/port
      value: 8080
    - op: add
      path: /metadata/annotations
      value: {patched: "true"}
  target: {kind: Service, name: web}
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web}
    spec:
      template:
        spec:
          containers:
          - name: web
            resources: {limits: {memory: 64Mi}}
          - name: side
            image: busybox:1.36
- target: {labelSelector: app=web}
  patch: |-
    - {op: add, path: /metadata/labels/by, value: selector}
`,
    { 'scale.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n' },
  ),
  ...folder(
    'generators',
    `resources: [deployment.yaml]
configMapGenerator:
- name: conf
  literals: [MODE=dev, "WORDS=two words"]
  files: [app.properties, renamed.txt=other.txt]
  envs: [vars.env]
secretGenerator:
- name: keys
  literals: [token=s3cret]
  type: Opaque
- name: fixed
  literals: [a=b]
  options: {disableNameSuffixHash: true, labels: {kind: fixed}}
generatorOptions:
  annotations: {made: by-kustomize}
`,
    {
      'deployment.yaml': deployment,
      'app.properties': 'colour=blue\nsize=large\n',
      'other.txt': 'one line',
      'vars.env': '# comment\nA=1\n\nB=two=2\n',
    },
  ),
  ...folder(
    'overlay',
    `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namePrefix: prod-
namespace: default
resources: [../generators, service.yaml]
configMapGenerator:
- name: conf
  behavior: merge
  literals: [MODE=prod]
secretGenerator:
- name: keys
  behavior: replace
  literals: [token=other]
`,
    { 'service.yaml': service },
  ),
  ...folder('components', 'resources: [../base]\ncomponents: [../component]\n'),
  ...folder(
    'component',
    `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
nameSuffix: -c
patches:
- patch: |-
    - {op: add, path: /spec/template/spec/hostNetwork, value: true}
  target: {kind: Deployment}
`,
  ),
  ...folder(
    'replacements',
    `resources: [../base]
replacements:
- source: {kind: Service, name: web, fieldPath: spec.ports.0.port}
  targets:
  - select: {kind: Ingress}
    fieldPaths: [spec.rules.0.http.paths.0.backend.service.port.number]
- source: {kind: Deployment, name: web, fieldPath: metadata.name}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ["spec.template.spec.containers.[name=web].env.[name=TOKEN].name"]
`,
  ),
  ...folder(
    'merge',
    `resources: [../base]
patchesStrategicMerge:
- remove.yaml
- |-
  apiVersion: v1
  kind: Service
  metadata: {name: web}
  spec: {type: NodePort}
`,
    { 'remove.yaml': 'apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n$patch: delete\n' },
  ),
  ...folder('nothing', '{}\n'),
  ...folder('missing', 'resources: [none.yaml]\n'),
  ...folder('unknown', 'resource: [../base]\n'),
  ...folder('badpatch', 'resources: [../base]\npatches:\n- path: p.yaml\n', {
    'p.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {replicas: 1}\n',
  }),
  ...folder('twice', 'resources: [../base, ../base]\n'),
  ...folder(
    'json6902',
    `resources: [../base]
patchesJson6902:
- target: {group: apps, version: v1, kind: Deployment, name: web}
  patch: |-
    - {op: remove, path: /spec/template/spec/volumes}
    - {op: test, path: /spec/replicas, value: 2}
    - {op: replace, path: /spec/replicas, value: 3}
`,
  ),
  ...folder('cycle', 'resources: [../cycle2]\n'),
  ...folder('cycle2', 'resources: [../cycle]\n'),
  ...folder('vars', 'resources: [../base]\nnamePrefix: a-\nnameSuffix: -z\nbuildMetadata: [originAnnotations]\n'),
  ...folder('order', 'resources: [../base, ns.yaml]\nsortOptions: {order: legacy}\n', {
    'ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: sorted}\n',
  }),
};
