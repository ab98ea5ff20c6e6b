import type { FailureStatus } from '../field-error.ts';
import { goQuote } from '../go-format.ts';
import { type FieldSet, pathsOf } from './field-set.ts';
import type { Manager } from './managed-fields.ts';

/** Fields that an apply would change although another manager owns them. */
export interface Conflict {
  readonly id: string;
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** `"kubectl" with subresource "status" using apps/v1`; appliers have no version. */
function describeManager({ manager, operation, apiVersion, subresource }: Manager): string {
  const name = subresource === '' ? goQuote(manager) : `${goQuote(manager)} with subresource ${goQuote(subresource)}`;
  return operation === 'Update' ? `${name} using ${apiVersion}` : name;
}

/** An apply that meets fields of others: becomes the 409 of upstream (internal.NewConflictError). */
export class ApplyConflict extends Error {
  override readonly name = 'ApplyConflict';
  readonly conflicts: readonly Conflict[];
  readonly status: FailureStatus;

  constructor(conflicts: readonly Conflict[]) {
    const sorted = [...conflicts].sort((a, b) => (a.id < b.id ? -1 : 1));
    const groups = sorted.map(({ manager, fields }) => ({ who: describeManager(manager), paths: pathsOf(fields) }));
    const count = groups.reduce((sum, { paths }) => sum + paths.length, 0);
    const first = groups[0]!;
    const message =
      count === 1
        ? `Apply failed with 1 conflict: conflict with ${first.who}: ${first.paths[0]}`
        : `Apply failed with ${count} conflicts: ${groups
            .flatMap(({ who, paths }) => [`conflicts with ${who}:`, ...paths.map((path) => `- ${path}`)])
            .join('\n')}`;
    super(message);
    this.conflicts = sorted;
    const causes = groups.flatMap(({ who, paths }) =>
      paths.map((path) => ({ reason: 'FieldManagerConflict', message: `conflict with ${who}`, field: path })),
    );
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      reason: 'Conflict',
      details: { causes },
      code: 409,
    };
  }
}
