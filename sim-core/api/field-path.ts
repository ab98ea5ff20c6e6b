/** The place of a field in an object, as field.Path prints it: `spec.containers[0].name`, `metadata.labels[foo]`. Immutable. */
export class FieldPath {
  private readonly parent: FieldPath | undefined;
  private readonly element: string;
  private text: string | undefined;

  private constructor(parent: FieldPath | undefined, element: string) {
    this.parent = parent;
    this.element = element;
  }

  /** A path that starts at `name`, then goes to each of `more` (field.NewPath). */
  static of(name: string, ...more: string[]): FieldPath {
    let path = new FieldPath(undefined, name);
    for (const next of more) path = path.child(next);
    return path;
  }

  /** A field below this one; further names go further down (Path.Child). */
  child(name: string, ...more: string[]): FieldPath {
    let path = new FieldPath(this, `.${name}`);
    for (const next of more) path = path.child(next);
    return path;
  }

  /** An item of a list (Path.Index). */
  index(index: number): FieldPath {
    return new FieldPath(this, `[${index}]`);
  }

  /** An entry of a map (Path.Key). */
  key(key: string): FieldPath {
    return new FieldPath(this, `[${key}]`);
  }

  /** The first step's path (Path.Root). */
  root(): FieldPath {
    return this.parent === undefined ? this : this.parent.root();
  }

  toString(): string {
    this.text ??= this.parent === undefined ? this.element : `${this.parent.toString()}${this.element}`;
    return this.text;
  }
}

/** A path, its text, or undefined, which upstream prints as `<nil>`. */
export type FieldPathLike = FieldPath | string | undefined;

export function pathText(path: FieldPathLike): string {
  return path === undefined ? '<nil>' : path.toString();
}
