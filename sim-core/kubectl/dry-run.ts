import type { Context } from './command.ts';
import { KubectlError } from './errors.ts';
import { type FlagSpec, flag } from './flags.ts';
import { rfc3339 } from './printers/human.ts';

export type DryRun = 'none' | 'client' | 'server';

export function dryRunFlag(): FlagSpec {
  return flag('dry-run', 'string', 'none', 'Change nothing: client only prints, server checks as well', {
    alone: 'unchanged',
  });
}

/** A warning of kubectl's own, as client-go logs it: `W1121 13:04:05.000000       1 helpers.go:731] …`. */
function warn(context: Context, text: string): void {
  const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T([\d:]+)/.exec(rfc3339(context.env.now()))!;
  context.err(`W${month}${day} ${time}.000000       1 helpers.go:731] ${text}\n`);
}

/** cmdutil.GetDryRunStrategy */
export function dryRunOf(context: Context): DryRun {
  const value = context.flags.string('dry-run');
  if (value === 'none' || value === 'client' || value === 'server') return value;
  if (value === 'unchanged') {
    warn(context, '--dry-run is deprecated and can be replaced with --dry-run=client.');
    return 'client';
  }
  if (['true', 'false', '1', '0', 't', 'f', 'T', 'F', 'TRUE', 'FALSE', 'True', 'False'].includes(value)) {
    const on = ['true', '1', 't', 'T', 'TRUE', 'True'].includes(value);
    const instead = on ? 'client' : 'none';
    warn(context, `--dry-run=${value} is deprecated (boolean value) and can be replaced with --dry-run=${instead}.`);
    return on ? 'client' : 'none';
  }
  throw new KubectlError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
}

export function validateFlag(): FlagSpec {
  return flag(
    'validate',
    'string',
    'strict',
    'What to do with fields that the kind does not have: strict, warn or ignore',
    { alone: 'strict' },
  );
}

/** The fieldValidation parameter of --validate (cmdutil.GetValidationDirective). */
export function validationOf(context: Context): 'Strict' | 'Warn' | 'Ignore' {
  const value = context.flags.string('validate');
  if (value === 'strict' || value === 'true') return 'Strict';
  if (value === 'warn') return 'Warn';
  if (value === 'ignore' || value === 'false') return 'Ignore';
  throw new KubectlError(
    `invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`,
  );
}

export function fieldManagerFlag(manager: string): FlagSpec {
  return flag('field-manager', 'string', manager, 'The name under which the fields are owned');
}

/** Query parameters of a write. */
export function writeQuery(context: Context, dryRun: DryRun): Record<string, string | undefined> {
  const { flags } = context;
  return {
    dryRun: dryRun === 'server' ? 'All' : undefined,
    fieldManager: flags.has('field-manager') ? flags.string('field-manager') : undefined,
    fieldValidation: flags.has('validate') ? validationOf(context) : undefined,
  };
}
