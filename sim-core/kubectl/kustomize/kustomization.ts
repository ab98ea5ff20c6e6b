import type { ApiObject } from '../api.ts';

export interface GeneratorArgs {
  name: string;
  namespace?: string;
  behavior?: string;
  type?: string;
  literals?: string[];
  files?: string[];
  envs?: string[];
  env?: string;
  options?: GeneratorOptions;
}

export interface GeneratorOptions {
  disableNameSuffixHash?: boolean;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface PatchEntry {
  path?: string;
  patch?: string;
  target?: {
    group?: string;
    version?: string;
    kind?: string;
    name?: string;
    namespace?: string;
    labelSelector?: string;
  };
}

/** What `replacements` name: one object, or those that match. */
export interface Selection {
  group?: string;
  version?: string;
  kind?: string;
  name?: string;
  namespace?: string;
}

interface FieldOptions {
  delimiter?: string;
  index?: number;
  create?: boolean;
}

export interface Replacement {
  source?: Selection & { fieldPath?: string; options?: FieldOptions };
  targets?: { select?: Selection; reject?: Selection[]; fieldPaths?: string[]; options?: FieldOptions }[];
}

export interface Kustomization {
  kind?: string;
  resources?: string[];
  bases?: string[];
  components?: string[];
  namespace?: string;
  namePrefix?: string;
  nameSuffix?: string;
  commonLabels?: Record<string, string>;
  commonAnnotations?: Record<string, string>;
  labels?: { pairs: Record<string, string>; includeSelectors?: boolean; includeTemplates?: boolean }[];
  images?: { name: string; newName?: string; newTag?: string; digest?: string }[];
  replicas?: { name: string; count: number }[];
  configMapGenerator?: GeneratorArgs[];
  secretGenerator?: GeneratorArgs[];
  generatorOptions?: GeneratorOptions;
  replacements?: Replacement[];
  sortOptions?: { order?: string };
  patches?: PatchEntry[];
  patchesStrategicMerge?: string[];
  patchesJson6902?: PatchEntry[];
  [key: string]: unknown;
}

export const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
export const DEPRECATED = [
  ['bases', 'resources'],
  ['commonLabels', 'labels'],
  ['patchesJson6902', 'patches'],
  ['patchesStrategicMerge', 'patches'],
] as const;
export const KNOWN = new Set(
  'apiVersion kind metadata resources bases components namespace namePrefix nameSuffix commonLabels commonAnnotations labels images replicas configMapGenerator secretGenerator generatorOptions replacements sortOptions patches patchesStrategicMerge patchesJson6902'.split(
    ' ',
  ),
);

/** An object on its way through a build; `hash` asks for the content hash at the end. */
export interface Item {
  object: ApiObject;
  original: string;
  hash: boolean;
  /** Where a generator replaces or merges into it. */
  readonly generated: boolean;
}

export type Json = Record<string, unknown>;

export function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Fields of kustomize that are not done here. */
export const MISSING = new Set(
  'vars crds configurations generators transformers validators helmGlobals helmCharts helmChartInflationGenerator inventory openapi buildMetadata'.split(
    ' ',
  ),
);

/** How kustomize names an object: `Deployment.v1.apps/web.[noNs]`. */
export function idOf({ apiVersion, kind, metadata }: ApiObject): string {
  const [version, group] = apiVersion.split('/').reverse();
  const place = metadata?.namespace === undefined ? '[noNs]' : metadata.namespace;
  const suffix = group === undefined ? '[noGrp]' : group;
  return `${kind}.${version}.${suffix}/${metadata?.name ?? ''}.${place}`;
}
