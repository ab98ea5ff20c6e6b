import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ValidationServer } from './testing/validation-server.ts';

interface Scenario {
  readonly id: string;
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly cmd: string; readonly stdout: string; readonly stderr: string }[];
}

/** What v1.33 does otherwise than the recorded v1.28: the errors it gives instead. */
const SINCE_RECORDED: Readonly<Record<string, readonly string[]>> = {
  // Names of variables may be any printable text but `=` (RelaxedEnvironmentVariableValidation).
  'val-pod-ports-env/envname.yaml': [],
  'val-batch/tzs.yaml': [
    'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ],
  'val-config-rbac/np.yaml': [
    'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "1.2.3": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    'spec.policyTypes[0]: Unsupported value: "Both": supported values: "Ingress", "Egress"',
  ],
};

const REFUSED_BEFORE_VALIDATION = /BadRequest|AlreadyExists|error:|mapping not found/;
const INVALID = / is invalid: ([\s\S]*)$/;
/** Values that v1.28 prints as Go does and v1.33 as JSON: compared without. */
const STRUCTURED = /((?:Invalid|Unsupported) value: )(?:[\w.[\]]+[{(].*[})]|\{.*\}|\[.*\]|null|-?\d+|"[^"]*"): /;

function cases(): { name: string; manifest: string; expected: string[] }[] {
  const text = readFileSync(new URL('../../tests/golden/data/validation.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Scenario)
    .flatMap(({ id, files, steps }) =>
      steps.flatMap(({ cmd, stdout, stderr }) => {
        const file = /^kubectl create -f (\S+)$/.exec(cmd)?.[1];
        const output = `${stdout}${stderr}`.trim();
        if (file === undefined || REFUSED_BEFORE_VALIDATION.test(output)) return [];
        const invalid = INVALID.exec(output)?.[1];
        const expected =
          invalid === undefined ? [] : invalid.startsWith('\n*') ? invalid.split('\n* ').slice(1) : [invalid];
        return [{ name: `${id}/${file}`, manifest: files[file]!, expected }];
      }),
    );
}

const plain = (errors: readonly string[]) => errors.map((error) => error.trim().replace(STRUCTURED, '$1… '));

describe('recorded validation', () => {
  it.each(cases())('$name', ({ name, manifest, expected }) => {
    const { errors } = new ValidationServer().create(JSON.parse(manifest));
    expect(plain(errors)).toEqual(plain(SINCE_RECORDED[name] ?? expected));
  });
});
