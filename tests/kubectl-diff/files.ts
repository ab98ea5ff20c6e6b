import { kustomizeFiles } from './kustomize-files.ts';

/** The files that lie in the working folder of the comparison's own scenarios. */
export const files: Readonly<Record<string, string>> = {
  ...kustomizeFiles,
  'limits.yaml': `apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec:
  limits:
  - type: Container
    max: {memory: 500Mi}
    min: {memory: 100Mi}
`,
  'path.txt': '{.data.size}',
  'tpl.txt': '{{.data.colour}}!',
  'cols.txt': 'NAME          COLOUR\nmetadata.name data.colour\n',
  'vars.env': '# a comment\nMODE=test\n\nLEVEL=3\n',
  'page.html': '<h1>안녕 hello</h1>\n',
  'dir/one.txt': 'one\n',
  'dir/two.txt': 'two\n',
  'empty.yaml': '',
  'broken.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n data: {\n',
  'tabs.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: x\n',
  'nokind.yaml': 'apiVersion: v1\nmetadata:\n  name: x\n',
  'noversion.yaml': 'kind: ConfigMap\nmetadata:\n  name: x\n',
  'wrongkind.yaml': 'apiVersion: apps/v1\nkind: Deploymint\nmetadata:\n  name: x\n',
  'unknownfield.yaml': `apiVersion: v1
kind: Pod
metadata: {name: unknown}
spec:
  containers:
  - {name: a, image: nginx, imagePulPolicy: Always}
  nodeSelektor: {a: b}
`,
  'duplicate.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: twice}
data:
  a: "1"
  a: "2"
`,
  'wrongtype.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: wrongtype}
spec:
  replicas: many
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec: {containers: [{name: a, image: nginx}]}
`,
  'invalid.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: {name: invalid}
spec:
  replicas: -1
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: y}}
    spec: {containers: [{name: A_b, image: ""}]}
`,
  'noname.yaml': 'apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n',
  'badname.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: Bad_Name}\n',
  'othernamespace.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: kube-public}\n',
  'cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: plain\ndata:\n  colour: red\n',
  'cm.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"},"data":{"a":"b"}}',
  'numbers.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e1, labels: {a: E5, b: "1e3"}}\ndata: {c: .e1, d: +e1, e: 1e, f: a.}\n',
  'review.yaml':
    'apiVersion: authorization.k8s.io/v1\nkind: SubjectAccessReview\nspec: {user: a, resourceAttributes: {verb: get, resource: pods}}\n',
  'stream.json':
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"first"},"data":{"a":"{b}"}}\n{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"second"}}',
  'bare.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bare}\ndata: {a: "2", b: "1"}\n',
  'bare2.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bare}\ndata: {b: "7"}\n',
  'list.yaml': `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: l1, labels: {a: b}}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: l2}}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: l3}
`,
  'mixed.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: good}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: Bad_Name}
---
apiVersion: example.com/v1
kind: Nothing
metadata: {name: x}
`,
  'dir2/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: da, labels: {set: two}}\n',
  'dir2/b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"db","labels":{"set":"two"}}}',
  'dir2/c.txt': 'not a manifest',
  'dir2/sub/d.yml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dd, labels: {set: two}}\n',
  'over/kustomization.yaml': `namePrefix: dev-
labels:
- pairs: {env: dev}
  includeSelectors: true
resources: [deploy.yaml]
images: [{name: nginx, newTag: "1.28"}]
replicas: [{name: web, count: 1}]
configMapGenerator:
- name: conf
  literals: [a=1, b=2]
`,
  'over/deploy.yaml': deployment('web', 'nginx:1.27', 2),
  'deploy.yaml': deployment('web', 'nginx:1.27', 2),
  'deploy2.yaml': deployment('web', 'nginx:1.28', 3),
  'one.yaml': deployment('web', 'nginx:1.27', 2),
  'missing.yaml': deployment('missing', 'nginx:1.27', 1),
  'patch.yaml': 'metadata:\n  annotations:\n    patched: "yes"\n',
  'rbac.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reconciled}
rules:
- {apiGroups: [""], resources: [pods], verbs: [get, list]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reconciled}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reconciled}
subjects:
- {kind: User, name: anna, apiGroup: rbac.authorization.k8s.io}
`,
  'csr.yaml': `apiVersion: certificates.k8s.io/v1
kind: CertificateSigningRequest
metadata: {name: anna}
spec:
  signerName: kubernetes.io/kube-apiserver-client
  usages: [client auth]
  expirationSeconds: 86400
  request: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIWk1JR0FBZ0VBTUI0eERUQUxCZ05WQkFNTUJHRnVibUV4RFRBTEJnTlZCQW9NQkdSbGRuTXdXVEFUQmdjcQpoa2pPUFFJQkJnZ3Foa2pPUFFNQkJ3TkNBQVJQQit5RzI1WVVrQmR3TDMrMURHWHJOcVd5NXRYaGZMcjZCZ1FQCjJiZkNlejBXSGhqTGtzbXN2Nlo2SC82dGNqaDF6YjBXZGJwd2xWVDJzREdHZmtsOW9BQXdDZ1lJS29aSXpqMEUKQXdJRFNBQXdSUUloQU1uQmZVa0hZa09yMDROanJFTmdaTDJxVG9BSnk3T1k3MkNWUS90SENySXlBaUJIN0haeQpsaExDTFNTTlo4Z1paMS8yQmd1Z3ZDaGttdkhxUzFrdzNkTW96QT09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=
`,
  // A pair made for this test and used for nothing else.
  'tls.crt': `-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIUNVe8rXGpwRkGO9BytOW6lqSw5oIwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLZXhhbXBsZS5jb20wIBcNMjYxMTIxMDcyNTQ5WhgPMjEyNjEw
MjgwNzI1NDlaMBYxFDASBgNVBAMMC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAExXr62UMZc0WbwakUgKTCjDZ8vSywZ82x3UiH4CPTj874ySb9
C4VjkLJyfa3w3y4Bt68fhlH4OuQr3Bh2PDaoGKNTMFEwHQYDVR0OBBYEFN92tqit
H6beqmZEi6DwGpHGZ1kWMB8GA1UdIwQYMBaAFN92tqitH6beqmZEi6DwGpHGZ1kW
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgJWtLiEwZhYtWYgWR
7aAbQ9OSs2t2LGOxreTfWvWdojwCICCbgo5ylMpNRlU7513VMk3z2dZzreZP1PYR
jyTJ8i3P
-----END CERTIFICATE-----
`,
  'tls.key': `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg9bRn6w/h2Vl9bkc9
kcbAXEWyNnanhcxaezYRR/b7nc2hRANCAATFevrZQxlzRZvBqRSApMKMNny9LLBn
zbHdSIfgI9OPzvjJJv0LhWOQsnJ9rfDfLgG3rx+GUfg65CvcGHY8NqgY
-----END PRIVATE KEY-----
`,
  'crontab.yaml':
    'apiVersion: kd.example.com/v1\nkind: CronTab\nmetadata: {name: sample}\nspec: {cron: "* * * * *", nested: {list: [a, b]}}\n',
  'everything.yaml': everything(),
};

function deployment(name: string, image: string, replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - name: nginx
        image: ${image}
        ports: [{containerPort: 80}]
`;
}

/** One object or more of every kind that `describe` has words for. */
function everything(): string {
  return `${deployment('web', 'nginx:1.27', 2)}---
apiVersion: v1
kind: Pod
metadata: {name: bad, annotations: {note: "x: y"}}
spec: {containers: [{name: a, image: "nosuch.example.com/none:1"}]}
---
apiVersion: v1
kind: Pod
metadata: {name: toobig}
spec: {containers: [{name: a, image: nginx, resources: {requests: {cpu: "100"}}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: full, labels: {a: b, c: d}}
spec:
  serviceAccountName: robot
  priorityClassName: kd-high
  nodeSelector: {kubernetes.io/os: linux}
  tolerations: [{key: a, operator: Equal, value: b, effect: NoExecute, tolerationSeconds: 60}, {operator: Exists}]
  securityContext: {runAsUser: 1000}
  hostAliases: [{ip: 1.2.3.4, hostnames: [x]}]
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {a: b}}}]
  initContainers: [{name: first, image: "busybox:1.36", command: [sh, -c, "exit 0"]}]
  containers:
  - name: main
    image: nginx:1.27
    ports: [{name: http, containerPort: 80}, {name: dns, containerPort: 53, protocol: UDP}]
    env:
    - {name: PLAIN, value: x}
    - {name: FIELD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
    - {name: CM, valueFrom: {configMapKeyRef: {name: settings, key: a, optional: true}}}
    - {name: SECRET, valueFrom: {secretKeyRef: {name: keys, key: user}}}
    - {name: RES, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
    envFrom: [{configMapRef: {name: settings}, prefix: P_}, {secretRef: {name: keys, optional: true}}]
    resources: {limits: {cpu: 500m, memory: 128Mi}, requests: {cpu: 100m, memory: 64Mi}}
    livenessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 5}
    readinessProbe: {tcpSocket: {port: http}}
    startupProbe: {exec: {command: [cat, /x]}, failureThreshold: 30}
    volumeMounts:
    - {name: empty, mountPath: /e}
    - {name: cm, mountPath: /c, readOnly: true}
    - {name: sec, mountPath: /s, subPath: user}
  volumes:
  - {name: empty, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
  - {name: cm, configMap: {name: settings, optional: true}}
  - {name: sec, secret: {secretName: keys}}
  - {name: host, hostPath: {path: /tmp, type: Directory}}
  - {name: down, downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: headless
  replicas: 1
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: a, image: "redis:7"}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: a, image: "nginx:1.27"}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec:
  backoffLimit: 2
  activeDeadlineSeconds: 300
  template:
    spec: {restartPolicy: Never, containers: [{name: a, image: "busybox:1.36", command: [sh, -c, "exit 0"]}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "0 0 1 1 *"
  startingDeadlineSeconds: 60
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: OnFailure, containers: [{name: a, image: "busybox:1.36", command: [date]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, labels: {app: web}}
spec: {selector: {app: web}, ports: [{name: http, port: 80}, {name: alt, port: 8080, targetPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: db}, ports: [{port: 6379}]}
---
apiVersion: v1
kind: Service
metadata: {name: np}
spec: {type: NodePort, externalTrafficPolicy: Local, sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, nodePort: 30099}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front, annotations: {a: b}}
spec:
  ingressClassName: kd
  defaultBackend: {service: {name: web, port: {number: 80}}}
  tls: [{hosts: [a.example.com], secretName: cert}]
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}, {path: /x, pathType: Exact, backend: {service: {name: none, port: {number: 1}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: kd}
spec: {controller: example.com/kd}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: some}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {a: b}}, namespaceSelector: {}}, {ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]
    ports: [{port: 80}, {port: http, protocol: TCP}]
  egress: [{to: [{namespaceSelector: {matchLabels: {n: m}}}], ports: [{port: 1000, endPort: 2000, protocol: UDP}]}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1", long: "two\\nlines\\n"}
binaryData: {bin: AAEC}
---
apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {user: admin, password: hunter2}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
imagePullSecrets: [{name: none}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules:
- {apiGroups: ["", apps], resources: [pods, deployments], verbs: [get, list]}
- {apiGroups: [""], resources: [secrets], resourceNames: [keys], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: robot, namespace: default}, {kind: Group, name: devs, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: kd-reader}
rules: [{nonResourceURLs: [/metrics], verbs: [get]}, {apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: kd-readers}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: kd-reader}
subjects: [{kind: User, name: anna, apiGroup: rbac.authorization.k8s.io}]
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: caps}
spec: {hard: {pods: "50", configmaps: "20", requests.memory: 100Gi}}
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec: {limits: [{type: Container, default: {memory: 256Mi}, defaultRequest: {memory: 16Mi}, max: {memory: 1Gi}}]}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 5
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
  behavior: {scaleDown: {stabilizationWindowSeconds: 60, policies: [{type: Pods, value: 1, periodSeconds: 15}]}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web}}}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: kd-high}
value: 1000
description: for tests
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: kd-pv}
spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], storageClassName: kd-manual, hostPath: {path: /mnt/x}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: claim}
spec: {accessModes: [ReadWriteOnce], storageClassName: kd-manual, resources: {requests: {storage: 500Mi}}}
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: kd-slow}
provisioner: example.com/none
parameters: {type: slow}
allowVolumeExpansion: true
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: v1
kind: ReplicationController
metadata: {name: old}
spec:
  replicas: 1
  selector: {app: old}
  template:
    metadata: {labels: {app: old}}
    spec: {containers: [{name: a, image: "nginx:1.27"}]}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.kd.example.com}
spec:
  group: kd.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ctab]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {cron: {type: string}, nested: {type: object, properties: {list: {type: array, items: {type: string}}}}}}}}}
`;
}
