import { beforeAll, describe, expect, test } from 'vitest';
import { CERTIFICATE_KEY, SHOP_CERTIFICATE } from '../../sim-core/api/x509.fixture.ts';
import { Scenario } from '../scenarios/scenario.ts';

/** The row `ingress` of the curriculum. */
const base64 = (text: string) => Buffer.from(text).toString('base64');

const app = (name: string) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: 1
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {terminationGracePeriodSeconds: 1, containers: [{name: echo, image: "hashicorp/http-echo:1.0", args: ["-text=${name}"]}]}
---
{apiVersion: v1, kind: Service, metadata: {name: ${name}}, spec: {selector: {app: ${name}}, ports: [{name: http, port: 80, targetPort: 5678}]}}
---
`;

const path = (where: string, service: string, type = 'Prefix') =>
  `{path: "${where}", pathType: ${type}, backend: {service: {name: ${service}, port: {number: 80}}}}`;

const ingress = (name: string, rules: string, more = '', annotations = '') => `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}, annotations: {${annotations}}}
spec:
  ingressClassName: nginx
${more}  rules: ${rules}
---
`;

const SHOP = ingress(
  'shop',
  `[{host: shop.example.com, http: {paths: [${path('/', 'front')}, ${path('/cart', 'cart')}, ${path('/health', 'health', 'Exact')}]}}, {host: "*.wild.example.com", http: {paths: [${path('/', 'cart')}]}}]`,
);

let cluster: Scenario;
beforeAll(() => {
  cluster = new Scenario('cloud-ingress');
  cluster.apply(app('front') + app('cart') + app('health') + SHOP);
  cluster.until(() => cluster.get('Ingress', 'shop').status.loadBalancer?.ingress !== undefined, 120);
  cluster.wait(10);
});

const get = (where: string, host = 'shop.example.com', port = 80) =>
  cluster.cluster.outside(port, { method: 'GET', path: where, headers: {}, body: '' }, { host, tls: port === 443 });
const said = (where: string, host?: string, port?: number) => {
  const answer = get(where, host, port);
  if ('error' in answer) return answer.error;
  return answer.status === 200 ? answer.body.trim() : String(answer.status);
};
const at = (host: string, where = '/') => {
  const request = { method: 'GET', path: where, headers: { host }, body: '' };
  const answer = cluster.cluster.outside(80, request, { host: '203.0.113.100' });
  return 'error' in answer ? answer.error : answer.status === 200 ? answer.body.trim() : String(answer.status);
};
/** Changes an Ingress, lets the controller see it, and puts it back at the end. */
const during = (yaml: string, look: () => void) => {
  cluster.apply(yaml);
  cluster.wait(70);
  try {
    look();
  } finally {
    cluster.apply(SHOP);
    cluster.wait(70);
  }
};
const refusal = (yaml: string): string => {
  try {
    cluster.apply(yaml);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('routing by host', () => {
  test('each host has its rules; a wildcard stands for one label; others are nobody’s', () => {
    expect(at('shop.example.com')).toBe('front');
    expect(at('a.wild.example.com')).toBe('cart');
    expect(at('a.b.wild.example.com')).toBe('404');
    expect(at('wild.example.com')).toBe('404');
    expect(at('other.example.com')).toBe('404');
  });

  test('broken: a host with a typo is answered 404 by the controller; mended, by the app', () => {
    during(SHOP.replace('host: shop.', 'host: shpo.'), () => {
      expect(at('shop.example.com')).toBe('404');
      expect(at('shpo.example.com')).toBe('front');
    });
    expect(at('shop.example.com')).toBe('front');
  });
});

describe('routing by path', () => {
  test('Prefix goes by whole segments, Exact by the whole path, the longest wins', () => {
    expect(said('/')).toBe('front');
    expect(said('/cart')).toBe('cart');
    expect(said('/cart/7')).toBe('cart');
    expect(said('/cartoon')).toBe('front');
    expect(said('/health')).toBe('health');
    expect(said('/health/')).toBe('front');
    expect(said('/Cart')).toBe('front');
  });

  test('a path that is none, or a type that is none, is refused', () => {
    const one = (where: string, type: string) =>
      refusal(ingress('bad', `[{http: {paths: [${path(where, 'front', type)}]}}]`));
    expect(one('cart', 'Prefix')).toContain('Invalid value: "cart": must be an absolute path');
    expect(one('/a//b', 'Prefix')).toContain("must not contain '//'");
    expect(one('/', 'Regex')).toContain('Unsupported value: "Regex"');
  });

  test('rewriting takes a part of the path away before the app sees it; without it the app sees all', () => {
    cluster.apply(`
{apiVersion: v1, kind: Pod, metadata: {name: api, labels: {app: api}}, spec: {containers: [{name: c, image: "registry.k8s.io/e2e-test-images/agnhost:2.53", args: [netexec]}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: api}, spec: {selector: {app: api}, ports: [{port: 80, targetPort: 8080}]}}
---
${ingress('api', `[{host: api.example.com, http: {paths: [${path('/v1(/|$)(.*)', 'api', 'ImplementationSpecific')}]}}]`, '', 'nginx.ingress.kubernetes.io/rewrite-target: /$2')}`);
    cluster.untilReady('api');
    cluster.wait(70);
    expect(at('api.example.com', '/v1/hostname')).toBe('api');
    cluster.patch('Ingress', 'api', {
      metadata: {
        annotations: {
          'nginx.ingress.kubernetes.io/rewrite-target': null,
          'nginx.ingress.kubernetes.io/use-regex': 'true',
        },
      },
    });
    cluster.wait(10);
    expect(at('api.example.com', '/v1/hostname')).toBe('404');
    cluster.delete('Ingress', 'api');
  });
});

describe('to Services', () => {
  test('broken: without endpoints 503, with a Service that is not there 503 too, and the log says which; mended, 200', () => {
    const log = () =>
      cluster.logs(
        cluster.list('Pod', 'app.kubernetes.io/component=controller', 'ingress-nginx')[0]!.metadata.name,
        '',
        'ingress-nginx',
      );
    cluster.patch('Deployment', 'cart', { spec: { replicas: 0 } });
    cluster.wait(15);
    expect(said('/cart')).toBe('503');
    expect(said('/')).toBe('front');
    expect(log()).toContain('Service "default/cart" does not have any active Endpoint.');
    cluster.patch('Deployment', 'cart', { spec: { replicas: 1 } });
    cluster.wait(15);
    expect(said('/cart')).toBe('cart');
    during(SHOP.replaceAll('{name: cart,', '{name: crat,'), () => {
      expect(said('/cart')).toBe('503');
      expect(log()).toContain('Service "default/crat"');
    });
    expect(said('/cart')).toBe('cart');
  });

  test('the default backend takes what no rule takes', () => {
    cluster.apply(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: rest}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: health, port: {name: http}}}}
`);
    cluster.wait(10);
    expect(at('other.example.com')).toBe('health');
    cluster.delete('Ingress', 'rest');
    cluster.wait(10);
    expect(at('other.example.com')).toBe('404');
  });
});

describe('TLS certificates', () => {
  const subject = (host: string) => {
    const request = { method: 'GET', path: '/', headers: { host }, body: '' };
    const answer = cluster.cluster.outside(443, request, { host: '203.0.113.100', tls: true });
    return (answer as { certificate?: { subject: string } }).certificate?.subject;
  };
  const secured = SHOP.replace('  rules:', '  tls: [{hosts: [shop.example.com], secretName: shop-tls}]\n  rules:');

  test('the Secret’s for its host, a made-up one for others; the name in the handshake chooses', () => {
    during(secured, () => {
      // Broken: the Secret is not there yet.
      expect(subject('shop.example.com')).toContain('Fake Certificate');
      cluster.apply(`
apiVersion: v1
kind: Secret
metadata: {name: shop-tls}
type: kubernetes.io/tls
data: {tls.crt: ${base64(SHOP_CERTIFICATE)}, tls.key: ${base64(CERTIFICATE_KEY)}}
`);
      cluster.wait(10);
      expect(subject('shop.example.com')).toBe('CN=shop.example.com,O=Shop');
      expect(subject('a.wild.example.com')).toContain('Fake Certificate');
      expect(said('/', 'shop.example.com', 443)).toBe('front');
      // In the clear, the browser is sent to the other door.
      expect(get('/cart')).toMatchObject({ status: 308, headers: { location: 'https://shop.example.com/cart' } });
    });
    expect(said('/cart')).toBe('cart');
  });

  test('a TLS Secret without its key is refused', () => {
    expect(
      refusal(
        `{apiVersion: v1, kind: Secret, metadata: {name: half}, type: kubernetes.io/tls, data: {tls.crt: ${base64(SHOP_CERTIFICATE)}}}`,
      ),
    ).toContain('data[tls.key]: Required value');
  });
});

describe('controller versus object', () => {
  test('broken: of another class, or of none, an Ingress is nobody’s: no address, no answer; mended, it has both', () => {
    cluster.apply(
      ingress('lone', `[{host: lone.example.com, http: {paths: [${path('/', 'front')}]}}]`).replace(
        '  ingressClassName: nginx\n',
        '',
      ),
    );
    cluster.wait(70);
    expect(cluster.get('Ingress', 'lone').status.loadBalancer).toEqual({});
    expect(at('lone.example.com')).toBe('404');
    cluster.patch('Ingress', 'lone', { spec: { ingressClassName: 'nginx' } });
    cluster.until(() => cluster.get('Ingress', 'lone').status.loadBalancer?.ingress !== undefined, 90);
    expect(at('lone.example.com')).toBe('front');
    cluster.delete('Ingress', 'lone');
  });

  test('a class that is the default is given to those that name none', () => {
    cluster.patch('IngressClass', 'nginx', {
      metadata: { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    });
    cluster.wait(2);
    cluster.apply(
      ingress('plain', `[{host: plain.example.com, http: {paths: [${path('/', 'cart')}]}}]`).replace(
        '  ingressClassName: nginx\n',
        '',
      ),
    );
    expect(cluster.get('Ingress', 'plain').spec.ingressClassName).toBe('nginx');
    cluster.wait(10);
    expect(at('plain.example.com')).toBe('cart');
    cluster.delete('Ingress', 'plain');
    cluster.patch('IngressClass', 'nginx', {
      metadata: { annotations: { 'ingressclass.kubernetes.io/is-default-class': null } },
    });
  });

  test('broken: without its controller the object stands there and nobody answers; mended, all do', () => {
    const scale = (replicas: number) =>
      cluster.patch('Deployment', 'ingress-nginx-controller', { spec: { replicas } }, 'ingress-nginx');
    scale(0);
    cluster.wait(60);
    expect(cluster.has('Ingress', 'shop')).toBe(true);
    expect(said('/')).not.toBe('front');
    scale(1);
    cluster.until(
      () => cluster.get('Deployment', 'ingress-nginx-controller', 'ingress-nginx').status.readyReplicas === 1,
      90,
    );
    cluster.wait(20);
    expect(said('/')).toBe('front');
  });
});
