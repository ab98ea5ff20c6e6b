import type { AnyObject, KubeObject } from '../../api/objects.ts';
import type { Micros } from '../../engine/index.ts';
import type { Served } from '../../resources/registry.ts';
import type { Cell, Column } from '../../resources/resource.ts';

/** metav1.TableColumnDefinition */
interface ColumnDefinition {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

/** metav1.Table */
export interface Table {
  kind: 'Table';
  apiVersion: 'meta.k8s.io/v1';
  metadata: Record<string, unknown>;
  columnDefinitions: ColumnDefinition[];
  rows: { cells: Cell[]; object?: unknown }[];
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

const NAME: Column<AnyObject> = {
  name: 'Name',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  value: (object) => object.metadata.name,
};

/** The two columns of kinds that define none (rest.NewDefaultTableConvertor). */
const DEFAULT_COLUMNS: readonly Column<AnyObject>[] = [
  NAME,
  { name: 'Created At', type: 'date', value: (object) => object.metadata.creationTimestamp },
];

/** What `kubectl get` shows of objects, laid out by the server. `withHead` is false for all but the first event of a watch. */
export function tableOf(
  served: Served,
  objects: readonly AnyObject[],
  metadata: Record<string, unknown>,
  now: Micros,
  include: IncludeObject,
  withHead = true,
  columns = served.conversion?.columns ?? served.resource.columns ?? DEFAULT_COLUMNS,
): Table {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata,
    columnDefinitions: withHead ? columns.map(define) : [],
    rows: objects.map((object) => ({
      cells: columns.map((column) => column.value(object, now)),
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : partial(object) }),
    })),
  };
}

function define({
  name,
  type = 'string',
  format = '',
  description = '',
  priority = 0,
}: Column<AnyObject>): ColumnDefinition {
  return { name, type, format, description, priority };
}

/** metav1.PartialObjectMetadata */
function partial(object: KubeObject): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
