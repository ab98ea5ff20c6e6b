import { expect, test } from 'vitest';
import { CERTIFICATE_KEY, SHOP_CERTIFICATE } from '../../sim-core/api/x509.fixture.ts';
import { Scenario } from './scenario.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A Deployment that says its name, and its Service. */
const app = (name: string, replicas = 2) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
      - {name: echo, image: "hashicorp/http-echo:1.0", args: ["-text=${name}"], ports: [{containerPort: 5678}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80, targetPort: 5678}]}
`;

const SHOP = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: front, port: {number: 80}}}}
      - {path: /cart, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}
      - {path: /health, pathType: Exact, backend: {service: {name: health, port: {number: 80}}}}
`;

function shop(preset = 'cloud-ingress') {
  const cluster = new Scenario(preset);
  cluster.apply([app('front'), app('cart'), app('health', 1), SHOP].join('---\n'));
  cluster.until(() => cluster.get('Ingress', 'shop').status.loadBalancer?.ingress !== undefined, 120);
  const get = (path: string, host = 'shop.example.com', port = 80, more = {}) => {
    const headers = { 'user-agent': 'browser/1', ...more };
    return cluster.cluster.outside(port, { method: 'GET', path, headers, body: '' }, { host, tls: port === 443 });
  };
  const said = (...args: Parameters<typeof get>) => {
    const answer = get(...args);
    return 'error' in answer ? answer.error : `${answer.status} ${answer.body.trim()}`;
  };
  const controller = cluster.list('Pod', 'app.kubernetes.io/component=controller', 'ingress-nginx')[0]!.metadata.name;
  return { cluster, get, said, log: () => cluster.logs(controller, '', 'ingress-nginx'), controller };
}

test('an Ingress sends hosts and paths to Services, through the load balancer, and says where it is', () => {
  const { cluster, get, said, log } = shop();
  const { ip } = cluster.get('Service', 'ingress-nginx-controller', 'ingress-nginx').status.loadBalancer.ingress[0];
  expect(ip).toBe('203.0.113.100');
  expect(cluster.get('Ingress', 'shop').status.loadBalancer).toEqual({ ingress: [{ ip }] });
  expect(cluster.events('Ingress', 'shop')).toEqual(['Normal Sync Scheduled for sync']);

  expect(said('/')).toBe('200 front');
  expect(said('/cart')).toBe('200 cart');
  expect(said('/cart/1?a=b')).toBe('200 cart');
  expect(said('/cartoon')).toBe('200 front');
  expect(said('/health')).toBe('200 health');
  expect(said('/health/')).toBe('200 front');
  // By address, with the Host header in the learner's hand.
  expect(said('/', ip, 80, { host: 'shop.example.com' })).toBe('200 front');

  const unknown = get('/', ip, 80, { host: 'other.example.com' });
  expect(unknown).toMatchObject({ status: 404, headers: { 'content-type': 'text/html' } });
  expect((unknown as { body: string }).body).toContain(
    '<center><h1>404 Not Found</h1></center>\r\n<hr><center>nginx</center>',
  );
  expect(said('/', 'nobody.example.com')).toBe('Could not resolve host: nobody.example.com');
  expect(log()).toMatch(
    /198\.51\.100\.7 - - \[05\/Jan\/2026:[\d:]+ \+0000\] "GET \/cart\/1\?a=b HTTP\/1\.1" 200 5 "-" "browser\/1" \d+ 0\.\d{3} \[default-cart-80\] \[\] 10\.244\.\d+\.\d+:5678 5 0\.\d{3} 200 [0-9a-f]{32}/,
  );
});

test('a Service without endpoints answers 503, one that is missing too, and the log says why; both mend', () => {
  const { cluster, said, log } = shop();
  cluster.patch('Deployment', 'cart', { spec: { replicas: 0 } });
  cluster.wait(40);
  expect(said('/cart')).toContain('503 Service Temporarily Unavailable');
  expect(log()).toContain('Service "default/cart" does not have any active Endpoint.');
  cluster.patch('Deployment', 'cart', { spec: { replicas: 1 } });
  cluster.wait(20);
  expect(said('/cart')).toBe('200 cart');

  cluster.delete('Service', 'cart');
  cluster.wait(10);
  expect(said('/cart')).toContain('503 Service Temporarily Unavailable');
  expect(log()).toContain(
    'Error obtaining Endpoints for Service "default/cart": no object matching key "default/cart" in local store',
  );
});

test('a default backend takes what no rule takes', () => {
  const { cluster, said } = shop();
  cluster.apply(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: rest}
spec:
  ingressClassName: nginx
  defaultBackend: {service: {name: health, port: {number: 80}}}
`);
  cluster.wait(10);
  expect(said('/any', '203.0.113.100', 80, { host: 'other.example.com' })).toBe('200 health');
  cluster.delete('Ingress', 'rest');
  cluster.wait(10);
  expect(said('/any', '203.0.113.100', 80, { host: 'other.example.com' })).toContain('404 Not Found');
});

test('an Ingress of no class, or of another controller, is nobody’s', () => {
  const { cluster, said } = shop();
  cluster.delete('Ingress', 'shop');
  const orphan = SHOP.replace('  ingressClassName: nginx\n', '');
  cluster.apply(orphan);
  cluster.wait(70);
  expect(cluster.get('Ingress', 'shop').status.loadBalancer).toEqual({});
  expect(said('/', '203.0.113.100', 80, { host: 'shop.example.com' })).toContain('404 Not Found');
  cluster.apply(SHOP);
  cluster.wait(70);
  expect(said('/')).toBe('200 front');
});

test('TLS ends at the controller: the Secret’s certificate for its host, a made-up one for others', () => {
  const { cluster, get, said, log } = shop();
  const subject = (host: string) =>
    (get('/', '203.0.113.100', 443, { host }) as { certificate?: { subject: string } }).certificate?.subject;
  expect(subject('shop.example.com')).toBe('CN=Kubernetes Ingress Controller Fake Certificate,O=Acme Co');
  expect(said('/')).toBe('200 front');

  cluster.apply(SHOP.replace('  rules:', '  tls: [{hosts: [shop.example.com], secretName: shop-tls}]\n  rules:'));
  cluster.wait(10);
  expect(log()).toContain(
    'Error getting SSL certificate "default/shop-tls": local SSL certificate default/shop-tls was not found. Using default certificate',
  );
  cluster.apply(`
apiVersion: v1
kind: Secret
metadata: {name: shop-tls}
type: kubernetes.io/tls
data: {tls.crt: ${base64(SHOP_CERTIFICATE)}, tls.key: ${base64(CERTIFICATE_KEY)}}
`);
  cluster.wait(10);
  expect(subject('shop.example.com')).toBe('CN=shop.example.com,O=Shop');
  expect(subject('other.example.com')).toContain('Fake Certificate');
  expect(get('/cart?a=1')).toMatchObject({ status: 308, headers: { location: 'https://shop.example.com/cart?a=1' } });
  expect(get('/', 'shop.example.com', 443)).toMatchObject({
    status: 200,
    headers: { 'strict-transport-security': 'max-age=31536000; includeSubDomains' },
  });
  expect(said('/', '203.0.113.100:443')).toContain('Could not resolve host');

  cluster.apply(
    '{apiVersion: v1, kind: Pod, metadata: {name: curl}, spec: {containers: [{name: c, image: curlimages/curl, command: [sleep, infinity]}]}}',
  );
  cluster.untilReady('curl');
  const refused = cluster.exec('curl', 'curl -sS https://shop.example.com/');
  expect(refused).toMatchObject({ code: 60 });
  expect(refused.stderr).toContain('curl: (60) SSL certificate problem: self-signed certificate');
  const verbose = cluster.exec('curl', 'curl -vks https://shop.example.com/cart');
  expect(verbose.stdout).toBe('cart\n');
  expect(verbose.stderr).toContain('*  subject: CN=shop.example.com; O=Shop');
  expect(verbose.stderr).toContain('*  SSL certificate verify result: self-signed certificate');
  expect(cluster.exec('curl', 'curl -sL -k http://shop.example.com/cart').stdout).toBe('cart\n');
});

test('annotations rewrite paths, and give a share of requests to a canary', () => {
  const { cluster, get } = shop();
  cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: api}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: jotasu/hello:1.0}]}
---
{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  annotations: {nginx.ingress.kubernetes.io/rewrite-target: /$2}
spec:
  ingressClassName: nginx
  rules:
  - host: api.shop.example.com
    http:
      paths:
      - {path: "/api(/|$)(.*)", pathType: ImplementationSpecific, backend: {service: {name: api, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: canary
  annotations: {nginx.ingress.kubernetes.io/canary: "true", nginx.ingress.kubernetes.io/canary-weight: "25"}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]}
`);
  cluster.wait(70);
  expect(get('/api/healthz', 'api.shop.example.com')).toMatchObject({ status: 200, body: 'ok\n' });
  expect(get('/api', 'api.shop.example.com')).toMatchObject({ status: 200 });
  const bodies = Array.from({ length: 200 }, () => (get('/') as { body: string }).body.trim());
  const share = bodies.filter((body) => body === 'cart').length;
  expect(share).toBeGreaterThan(25);
  expect(share).toBeLessThan(80);
});

test('without a cloud the controller is reached by its node port, and its Ingresses show its node', () => {
  const cluster = new Scenario({ ...new Scenario('three-workers').cluster.preset, ingress: true });
  cluster.apply([app('front', 1), SHOP].join('---\n'));
  cluster.until(() => cluster.get('Ingress', 'shop').status.loadBalancer?.ingress !== undefined, 120);
  const service = cluster.get('Service', 'ingress-nginx-controller', 'ingress-nginx');
  expect(service.spec.type).toBe('NodePort');
  const { nodePort } = service.spec.ports[0];
  const request = { method: 'GET', path: '/', headers: {}, body: '' };
  expect(cluster.cluster.outside(nodePort, request, { host: 'shop.example.com' })).toMatchObject({ body: 'front\n' });
  expect(cluster.cluster.outside(nodePort, request)).toMatchObject({ status: 404 });
});

test('while no controller runs, requests are refused, and Ingresses go on standing there', () => {
  const { cluster, said } = shop();
  cluster.patch('Deployment', 'ingress-nginx-controller', { spec: { replicas: 0 } }, 'ingress-nginx');
  cluster.wait(60);
  expect(said('/')).not.toContain('200');
  cluster.patch('Deployment', 'ingress-nginx-controller', { spec: { replicas: 1 } }, 'ingress-nginx');
  cluster.wait(60);
  expect(said('/')).toBe('200 front');
});
