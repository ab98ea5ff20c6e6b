import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { fromHex } from '../../api/der.ts';
import { firstPem, writePem } from '../../api/pem.ts';
import { parseTime, RandomStream } from '../../engine/index.ts';
import { ToolError } from '../shell/applets/tool.ts';
import { readPrivateKey } from './keys.ts';
import { keyWanted, openssl, readsInput } from './openssl.ts';
import { generateRsaKey } from './primes.ts';

let files: Map<string, string>;
let random: RandomStream;
let now: number;

beforeEach(() => {
  files = new Map();
  random = new RandomStream(1, 'openssl');
  now = parseTime('2026-01-05T09:00:00Z')!;
});

/** Runs a command line; words are separated by blanks. */
function run(line: string, input = ''): { code: number; stdout: string; stderr: string } {
  const result = { stdout: '', stderr: '' };
  const digits = (count: number) => random.hex(count);
  const code = openssl(line.split(' '), {
    read(name) {
      const text = files.get(name);
      if (text === undefined) throw new ToolError(`Can't open "${name}": No such file or directory`);
      return text;
    },
    write: (name, text) => void files.set(name, text),
    input,
    now: () => now,
    digits,
    newKey: (bits) => generateRsaKey(bits, digits),
    out: (text) => {
      result.stdout += text;
    },
    complain: (text) => {
      result.stderr += text;
    },
  });
  return { code, ...result };
}

/** As `run`, where nothing may go wrong; answers what it printed. */
function get(line: string, input = ''): string {
  const { code, stdout, stderr } = run(line, input);
  expect(code, `${line}: ${stderr}`).toBe(0);
  return stdout;
}

/** An authority in ca.*, and a server's certificate of it in web.*. */
function authorityAndServer(): void {
  get('ecparam -name prime256v1 -genkey -noout -out ca.key');
  get('req -x509 -new -key ca.key -subj /CN=kubernetes -days 3650 -out ca.crt');
  get('req -new -newkey rsa:1024 -nodes -keyout web.key -subj /O=dev/CN=web -out web.csr');
  files.set(
    'web.cnf',
    '# of the server\nbasicConstraints = CA:FALSE\nkeyUsage = critical, digitalSignature, keyEncipherment\nextendedKeyUsage=serverAuth\nsubjectAltName = @names\n[names]\nDNS.1 = web.example.com\nIP.1 = 10.0.0.5\n',
  );
  get('x509 -req -in web.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -extfile web.cnf -out web.crt');
}

describe('keys', () => {
  it('are those that others read, of RSA and of a curve', () => {
    get('genrsa -out rsa.key 1024');
    get('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.key');
    get('genrsa -traditional -out old.key 512');
    const types = ['rsa.key', 'ec.key', 'old.key'].map((name) => {
      const key = createPrivateKey(files.get(name)!);
      const command = key.asymmetricKeyType === 'ec' ? 'ec' : 'rsa';
      const open = get(`${command} -in ${name} -pubout`);
      expect(open).toBe(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
      expect(run(`${command} -in ${name} -check -noout`).stdout).toMatch(/ok|valid/);
      expect(get(`pkey -in ${name} -check`).split('\n')[0]).toBe('Key is valid');
      return key.asymmetricKeyType;
    });
    expect(types).toEqual(['rsa', 'ec', 'rsa']);
    expect(files.get('old.key')).toMatch(/^-----BEGIN RSA PRIVATE KEY-----/);
    expect(run('rsa -in ec.key').stderr).toBe('rsa: Not an RSA key\n');
    expect(keyWanted(['req', '-newkey', 'rsa:3072', '-nodes'])).toBe(3072);
    expect(keyWanted(['req', '-new', '-key', 'a'])).toBeUndefined();
  });

  it('are found out when their parts do not belong together', () => {
    get('genrsa -traditional -out a.key 512');
    const key = readPrivateKey(files.get('a.key')!)!;
    expect(key.check()).toBe(true);
    const at = key.plain.length - 4;
    const broken = key.plain.slice(0, 90) + String.fromCharCode(key.plain.charCodeAt(90) ^ 1) + key.plain.slice(91);
    expect(at).toBeGreaterThan(90);
    files.set('b.der', broken);
    expect(run('rsa -in b.der -inform DER -check -noout')).toMatchObject({ code: 1, stderr: 'rsa: RSA key not ok\n' });
  });
});

describe('certificates', () => {
  it('say what was asked, as others read it', () => {
    authorityAndServer();
    const [web, ca] = [new X509Certificate(files.get('web.crt')!), new X509Certificate(files.get('ca.crt')!)];
    expect(ca.ca && web.checkIssued(ca) && web.verify(ca.publicKey)).toBe(true);
    expect(web.checkPrivateKey(createPrivateKey(files.get('web.key')!))).toBe(true);
    expect(web.subjectAltName).toBe('DNS:web.example.com, IP Address:10.0.0.5');
    const print = (what: string) => get(`x509 -in web.crt -noout ${what}`);
    expect(print('-subject -issuer -enddate')).toBe(
      'subject=O = dev, CN = web\nissuer=CN = kubernetes\nnotAfter=Jan  5 09:00:00 2027 GMT\n',
    );
    expect(print('-subject -nameopt RFC2253')).toBe('subject=CN=web,O=dev\n');
    expect(print('-fingerprint')).toBe(`SHA1 Fingerprint=${web.fingerprint}\n`);
    expect(print('-fingerprint -sha256')).toBe(`sha256 Fingerprint=${web.fingerprint256}\n`);
    expect(print('-serial')).toBe(`serial=${web.serialNumber}\n`);
    expect(files.get('ca.srl')).toBe(`${web.serialNumber}\n`);
    expect(print('-pubkey')).toBe(web.publicKey.export({ type: 'spki', format: 'pem' }));
    expect(print('-modulus')).toBe(get('rsa -in web.key -noout -modulus'));
    expect(print('-ext extendedKeyUsage,keyUsage')).toBe(
      'X509v3 Key Usage: critical\n    Digital Signature, Key Encipherment\nX509v3 Extended Key Usage: \n    TLS Web Server Authentication\n',
    );
    expect(print('-checkhost web.example.com -checkip 10.0.0.6')).toBe(
      'Hostname web.example.com does match certificate\nIP 10.0.0.6 does NOT match certificate\n',
    );
    expect(print('-text')).toMatch(
      /Version: 3 \(0x2\)\n[\s\S]*Signature Algorithm: ecdsa-with-SHA256\n[\s\S]*Public-Key: \(1024 bit\)\n +Modulus:\n +00:[\s\S]*CA:FALSE[\s\S]*Signature Value:\n {8}30:/,
    );
    const der = get('x509 -in web.crt -outform DER');
    expect(Buffer.from(der, 'latin1').equals(web.raw)).toBe(true);
    expect(get('x509 -inform DER', der)).toBe(files.get('web.crt'));
    // The hash of an authority's key, as kubeadm join wants it.
    const key = get('pkey -pubin -outform DER', get('x509 -in ca.crt -noout -pubkey'));
    expect(get('dgst -sha256 -hex', key)).toMatch(/^SHA2-256\(stdin\)= [0-9a-f]{64}\n$/);
  });

  it('run out', () => {
    authorityAndServer();
    expect(run('x509 -in web.crt -noout -checkend 86400')).toMatchObject({
      code: 0,
      stdout: 'Certificate will not expire\n',
    });
    now += 364.5 * 86_400_000_000;
    expect(run('x509 -in web.crt -noout -checkend 86400')).toMatchObject({
      code: 1,
      stdout: 'Certificate will expire\n',
    });
  });

  it('count on from the authority’s file of serial numbers', () => {
    authorityAndServer();
    const first = BigInt(`0x${files.get('ca.srl')}`);
    get('x509 -req -in web.csr -CA ca.crt -CAkey ca.key -out second.crt');
    expect(BigInt(`0x${get('x509 -in second.crt -noout -serial').slice(7)}`)).toBe(first + 1n);
    get('x509 -req -in web.csr -CA ca.crt -CAkey ca.key -set_serial 0x2a -out third.crt');
    expect(get('x509 -in third.crt -noout -serial')).toBe('serial=2A\n');
  });

  it('are not made with a key that is not the authority’s', () => {
    authorityAndServer();
    expect(run('x509 -req -in web.csr -CA ca.crt -CAkey web.key').stderr).toContain(
      'CA certificate and CA private key do not match',
    );
  });
});

describe('signing requests', () => {
  it('are signed by their own key, which -verify looks at', () => {
    files.set(
      'c.cnf',
      '[req]\nprompt = no\ndistinguished_name = dn\nreq_extensions = ext\n[dn]\ncommonName = jane\nO = dev\n[ext]\nsubjectAltName = DNS:a,DNS:b\n',
    );
    get('genrsa -out jane.key 1024');
    get('req -new -key jane.key -config c.cnf -addext keyUsage=digitalSignature -out jane.csr');
    expect(run('req -in jane.csr -noout -verify -subject')).toEqual({
      code: 0,
      stdout: 'subject=CN = jane, O = dev\n',
      stderr: 'Certificate request self-signature verify OK\n',
    });
    expect(get('req -noout -text', files.get('jane.csr'))).toContain('DNS:a, DNS:b\n');
    const der = get('req -in jane.csr -outform DER');
    const other = der.replace('jane', 'joan');
    expect(run('req -inform DER -verify -noout', other)).toMatchObject({
      code: 1,
      stderr: 'req: Certificate request self-signature verify failure\n',
    });
    expect(run('req -new -newkey rsa:1024 -subj /CN=a').stderr).toContain('give -nodes');
    expect(run('req -new -key jane.key -subj CN=a').stderr).toContain('expected to be in the format');
  });
});

describe('verify', () => {
  const verify = (line: string) => run(`verify ${line}`);

  it('follows a chain to an authority that is trusted', () => {
    authorityAndServer();
    expect(verify('-CAfile ca.crt web.crt ca.crt')).toMatchObject({ code: 0, stdout: 'web.crt: OK\nca.crt: OK\n' });
    expect(verify('web.crt')).toMatchObject({
      code: 2,
      stderr:
        'O = dev, CN = web\nerror 20 at 0 depth lookup: unable to get local issuer certificate\nerror web.crt: verification failed\n',
    });
    expect(verify('ca.crt').stderr).toContain('error 18 at 0 depth lookup: self-signed certificate');
  });

  it('wants the authorities between, and those only that may issue', () => {
    authorityAndServer();
    files.set('ca.cnf', 'basicConstraints=critical,CA:TRUE\n');
    get('req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout mid.key -subj /CN=mid -out mid.csr');
    get('x509 -req -in mid.csr -CA ca.crt -CAkey ca.key -extfile ca.cnf -out mid.crt');
    get('x509 -req -in web.csr -CA mid.crt -CAkey mid.key -out low.crt');
    expect(verify('-CAfile ca.crt low.crt').code).toBe(2);
    expect(verify('-CAfile ca.crt -untrusted mid.crt low.crt').stdout).toBe('low.crt: OK\n');
    get('x509 -req -in mid.csr -CA web.crt -CAkey web.key -out odd.crt');
    expect(verify('-CAfile ca.crt -untrusted web.crt odd.crt').stderr).toContain('invalid CA certificate');
  });

  it('finds out another authority of the same name, and what is over', () => {
    authorityAndServer();
    get('req -x509 -newkey rsa:1024 -nodes -keyout other.key -subj /CN=kubernetes -out other.crt');
    expect(verify('-CAfile other.crt web.crt').stderr).toContain(
      'error 7 at 0 depth lookup: certificate signature failure',
    );
    now += 366 * 86_400_000_000;
    expect(verify('-CAfile ca.crt web.crt').stderr).toContain('error 10 at 0 depth lookup: certificate has expired');
  });
});

it('what makes no sense is said, and nothing is made of it', () => {
  authorityAndServer();
  files.set('ca.srl', 'not a number\n');
  const issue = 'x509 -req -in web.csr -CA ca.crt -CAkey ca.key';
  for (const [line, said] of [
    [`${issue} -out new.crt`, 'Error reading number from ca.srl'],
    [`${issue} -set_serial 1 -days soon -out new.crt`, 'Can\'t parse "soon" as a number for -days'],
    ['req -x509 -key ca.key -subj /CN=a -days 1e3 -out new.crt', 'Can\'t parse "1e3" as a number for -days'],
    ['x509 -in web.crt -noout -checkend never', 'Can\'t parse "never" as a number for -checkend'],
  ] as const) {
    const { code, stderr } = run(line);
    expect(code, line).toBe(1);
    expect(stderr, line).toContain(said);
    expect(files.has('new.crt'), line).toBe(false);
  }
});

it('a key whose modulus is zero is no key', () => {
  get('req -new -newkey rsa:512 -nodes -keyout web.key -subj /CN=web -out web.csr');
  get('req -x509 -key web.key -subj /CN=web -out web.crt');
  const modulus = fromHex(readPrivateKey(files.get('web.key')!)!.open.modulus.toString(16));
  for (const [file, label] of [
    ['web.csr', 'CERTIFICATE REQUEST'],
    ['web.crt', 'CERTIFICATE'],
  ] as const) {
    const der = firstPem(files.get(file)!, label)!;
    expect(der).toContain(modulus);
    files.set(file, writePem(label, der.replace(modulus, '\0'.repeat(modulus.length))));
  }
  for (const line of ['req -in web.csr -verify -noout', 'verify -CAfile web.crt web.crt']) {
    const { code, stderr } = run(line);
    expect({ line, code: code === 0, stderr: stderr === '' }).toEqual({ line, code: false, stderr: false });
  }
});

it('what has no effect is refused by its name', () => {
  for (const [line, refused] of [
    ['x509 -purpose -noout', '-purpose'],
    ['req -new -passin pass:a', '-passin'],
    ['genrsa -aes256', '-aes256'],
    ['verify -CApath /etc/ssl a.crt', '-CApath'],
    ['rsa -modulus -text', '-text'],
    ['s_client -connect a:443', 's_client'],
    ['ec -modulus', '-modulus'],
  ] as const) {
    const { code, stdout, stderr } = run(line);
    expect({ code, stdout }, line).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`${refused} is not supported by this openssl\n`);
  }
  expect(readsInput(['x509', '-noout'])).toBe(true);
  expect(readsInput(['req', '-new'])).toBe(false);
});
