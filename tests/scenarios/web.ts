/** Three pods of an app that says its name, one on each worker where there is room, and a client on worker-1. `grace`: seconds that the app's pods have to end. */
export const web = (grace = 30) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: ${grace}
      topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}]
      containers:
      - {name: web, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec], ports: [{containerPort: 8080, name: http}]}
---
{apiVersion: v1, kind: Pod, metadata: {name: client, labels: {app: client}}, spec: {nodeSelector: {kubernetes.io/hostname: worker-1}, containers: [{name: c, image: nicolaka/netshoot, command: [sleep, infinity]}]}}
---
`;

/** A Service in flow style: `service('web', 'selector: {app: web}, ports: [{port: 80}]')`. */
export const service = (name: string, spec: string) =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {${spec}}}\n---\n`;

/** The app's own Service. */
export const WEB_SERVICE = service('web', 'selector: {app: web}, ports: [{port: 80, targetPort: http}]');
