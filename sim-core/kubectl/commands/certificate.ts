import type { ApiObject } from '../api.ts';
import type { Command, Context } from '../command.ts';
import { resourcePath } from '../discovery.ts';
import { asError, KubectlError, quote, throwErrors } from '../errors.ts';
import { flag } from '../flags.ts';
import { rfc3339 } from '../printers/human.ts';
import { operationPrinter, printFlags } from '../printers/print-flags.ts';
import { filenameFlags, filenameOptions, hasFiles, queryResources } from '../resource-builder.ts';

interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  lastUpdateTime: string;
}

async function decide(context: Context, approve: boolean): Promise<undefined> {
  const { flags, args } = context;
  const files = filenameOptions(context);
  if (args.length === 0 && !hasFiles(files))
    throw new KubectlError('one or more CSRs must be specified as <name> or -f <filename>');
  const type = approve ? 'Approved' : 'Denied';
  const printer = await operationPrinter(context, approve ? 'approved' : 'denied', 'none');
  const { namespace } = await context.config();
  const { infos, errors } = await queryResources(context, {
    ...(args.length > 0 ? { resourceNames: { resource: 'certificatesigningrequests', names: args } } : {}),
    files,
    namespace,
    latest: true,
  });
  const api = await context.api();
  for (const info of infos) {
    try {
      const status = (info.object.status ?? {}) as { conditions?: Condition[] };
      const conditions = status.conditions ?? [];
      const opposite = approve ? 'Denied' : 'Approved';
      if (conditions.some((condition) => condition.type === opposite))
        throw new KubectlError(`certificate signing request ${quote(info.name)} is already ${opposite}`);
      if (conditions.some((condition) => condition.type === type) && !flags.bool('force')) {
        context.out(printer(info.object));
        continue;
      }
      const condition: Condition = {
        type,
        status: 'True',
        reason: approve ? 'KubectlApprove' : 'KubectlDeny',
        message: approve
          ? 'This CSR was approved by kubectl certificate approve.'
          : 'This CSR was denied by kubectl certificate deny.',
        lastUpdateTime: rfc3339(context.env.now()),
      };
      const body: ApiObject = {
        ...info.object,
        status: { ...status, conditions: [...conditions.filter((old) => old.type !== type), condition] },
      };
      context.out(
        printer(await api.request<ApiObject>('PUT', resourcePath(info.mapping, '', info.name, 'approval'), { body })),
      );
    } catch (error) {
      errors.push(asError(error));
    }
  }
  throwErrors(errors);
  return undefined;
}

const flags = [
  ...filenameFlags('the requests'),
  ...printFlags(),
  flag('force', 'bool', 'false', 'Decide again although it is decided'),
];

export const command: Command = {
  name: 'certificate',
  use: 'certificate SUBCOMMAND',
  short: 'Approve or deny certificate requests',
  flags: [],
  bareHelp: { output: 'stdout', exitCode: 0 },
  subcommands: [
    {
      name: 'approve',
      use: 'certificate approve (-f FILENAME | NAME)',
      short: 'Approve a certificate request',
      flags,
      run: (context) => decide(context, true),
    },
    {
      name: 'deny',
      use: 'certificate deny (-f FILENAME | NAME)',
      short: 'Deny a certificate request',
      flags,
      run: (context) => decide(context, false),
    },
  ],
};
