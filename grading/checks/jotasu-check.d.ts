/**
 * What a check in TypeScript is given. The file lies beside `exercise.yaml`; its default export is a function `(cluster: CheckedCluster, given) =>
 * Verdict`, where `given` is what stands under `with`. It runs in a sandbox without clock, chance or network, with counted steps.
 */
declare module 'jotasu-check' {
  export interface Selection {
    /** Default `default`; `*`: every namespace. */
    readonly namespace?: string;
    readonly name?: string;
    /** A label selector in string form. */
    readonly labels?: string;
  }

  export interface KubeObject {
    readonly metadata: {
      readonly name: string;
      // biome-ignore lint/suspicious/noExplicitAny: the rest of metadata
      readonly [field: string]: any;
    };
    // biome-ignore lint/suspicious/noExplicitAny: objects have the shape of their kind
    readonly [field: string]: any;
  }

  export interface CheckedCluster {
    list(apiVersion: string, kind: string, selection?: Selection): KubeObject[];
    get(apiVersion: string, kind: string, name: string, namespace?: string): KubeObject | undefined;
    /** Every change since the learner began, oldest first. */
    history(
      apiVersion: string,
      kind: string,
      selection?: Omit<Selection, 'labels'>,
    ): { readonly seconds: number; readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }[];
    visits(visitor: string): { readonly seconds: number; readonly status?: number; readonly error?: string }[];
    /** The learner's files, by path. */
    readonly files: Readonly<Record<string, string>>;
    /** Virtual seconds since the learner began. */
    readonly now: number;
  }

  /** True: passed. Otherwise what was found, in both languages. */
  export type Verdict = true | { readonly en: string; readonly ko: string };
}
