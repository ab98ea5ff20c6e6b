import { type CertificateInfo, parseCertificates } from '../../../api/x509.ts';
import { type Coroutine, civilTime, type Micros, SECOND } from '../../../engine/index.ts';
import { applet, type Tool, ToolError } from './tool.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Jan  5 09:00:00 2026 GMT` */
function dateText(time: Micros): string {
  const { year, month, day, hour, minute, second } = civilTime(time);
  const clock = [hour, minute, second].map((value) => String(value).padStart(2, '0')).join(':');
  return `${MONTHS[month - 1]} ${String(day).padStart(2)} ${clock} ${year} GMT`;
}

/** `O = system:masters, CN = kubernetes-admin` */
function nameText(name: string): string {
  return name.replaceAll(',', ', ').replaceAll('=', ' = ');
}

function alternatives({ names }: CertificateInfo): string {
  return names.map((name) => (/^[\d.]+$/.test(name) ? `IP Address:${name}` : `DNS:${name}`)).join(', ');
}

function wholeText(certificate: CertificateInfo): string {
  const names = alternatives(certificate);
  return `Certificate:
    Data:
        Version: 3 (0x2)
        Signature Algorithm: ecdsa-with-SHA256
        Issuer: ${nameText(certificate.issuer)}
        Validity
            Not Before: ${dateText(certificate.notBefore)}
            Not After : ${dateText(certificate.notAfter)}
        Subject: ${nameText(certificate.subject)}
        Subject Public Key Info:
            Public Key Algorithm: id-ecPublicKey
${names === '' ? '' : `        X509v3 extensions:\n            X509v3 Subject Alternative Name: \n                ${names}\n`}`;
}

/** `openssl x509 [-in FILE] -noout -dates …`: reads certificates. Nothing is made, signed or converted. */
function* x509(tool: Tool, args: readonly string[]): Coroutine<number> {
  const after = (word: string) => (args.includes(word) ? args[args.indexOf(word) + 1] : undefined);
  const file = after('-in');
  const content = yield* tool.content(file ?? '-');
  const [certificate] = parseCertificates(content);
  if (certificate === undefined)
    throw new ToolError(`Could not find certificate from ${file ?? '<stdin>'}\nUnable to load certificate`);
  let code = 0;
  const lines: Readonly<Record<string, () => string>> = {
    '-subject': () => `subject=${nameText(certificate.subject)}\n`,
    '-issuer': () => `issuer=${nameText(certificate.issuer)}\n`,
    '-startdate': () => `notBefore=${dateText(certificate.notBefore)}\n`,
    '-enddate': () => `notAfter=${dateText(certificate.notAfter)}\n`,
    '-dates': () => `notBefore=${dateText(certificate.notBefore)}\nnotAfter=${dateText(certificate.notAfter)}\n`,
    '-text': () => wholeText(certificate),
    '-ext': () =>
      certificate.names.length === 0
        ? 'No extensions matched in certificate\n'
        : `X509v3 Subject Alternative Name: \n    ${alternatives(certificate)}\n`,
    '-checkend': () => {
      const soon = tool.process.now() + Number(after('-checkend')) * SECOND;
      code = certificate.notAfter < soon ? 1 : 0;
      return code === 1 ? 'Certificate will expire\n' : 'Certificate will not expire\n';
    },
  };
  const known = /^-(in|noout|inform|outform|nameopt)$/;
  for (const word of args) {
    if (Object.hasOwn(lines, word)) tool.out(lines[word]!());
    else if (word.startsWith('-') && !known.test(word))
      throw new ToolError(`x509: sim-core's openssl does not know ${word}`);
  }
  if (!args.includes('-noout'))
    tool.out(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/.exec(content)![0]);
  return code;
}

/** openssl, as far as it looks at certificates. */
export const openssl = applet(function* (tool): Coroutine<number> {
  const [command = '', ...args] = tool.args;
  if (command === 'version') {
    tool.out('OpenSSL 3.0.17 1 Jul 2025 (Library: OpenSSL 3.0.17 1 Jul 2025)\n');
    return 0;
  }
  if (command !== 'x509')
    throw new ToolError(`sim-core's openssl reads certificates (x509), and nothing else: ${command || 'no command'}`);
  return yield* x509(tool, args);
});
