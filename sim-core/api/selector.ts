import { aggregateMessage, type ErrorList, invalid, notSupported } from './field-error.ts';
import { FieldPath } from './field-path.ts';
import { goQuote } from './go-format.ts';
import { isQualifiedName, isValidLabelValue } from './names.ts';
import { type Operator, parseRequirements, SelectorError } from './selector-parser.ts';

/** The labels of an object. */
export type Labels = Readonly<Record<string, string>> | undefined;

export { type FieldGetter, FieldSelector, parseFieldSelector } from './field-selector.ts';
export { SelectorError };

const supportedOperators = ['in', 'notin', '=', '==', '!=', 'gt', 'lt', 'exists', '!'];
const integer = /^[+-]?[0-9]{1,19}$/;
const hasOwn = Object.prototype.hasOwnProperty;

/** One condition on one label (labels.Requirement). */
export class Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];

  constructor(key: string, operator: Operator, values: readonly string[]) {
    this.key = key;
    this.operator = operator;
    this.values = values;
  }

  matches(labels: Labels): boolean {
    const value = labels !== undefined && hasOwn.call(labels, this.key) ? labels[this.key] : undefined;
    switch (this.operator) {
      case 'in':
      case '=':
      case '==':
        return value !== undefined && this.values.includes(value);
      case 'notin':
      case '!=':
        return value === undefined || !this.values.includes(value);
      case 'exists':
        return value !== undefined;
      case '!':
        return value === undefined;
      default: {
        const limit = this.values[0];
        if (value === undefined || limit === undefined || !integer.test(value) || !integer.test(limit)) return false;
        return this.operator === 'gt' ? BigInt(value) > BigInt(limit) : BigInt(value) < BigInt(limit);
      }
    }
  }

  /** `a=b`, `a in (x,y)`, `!a`, as Requirement.String. */
  toString(): string {
    const values = [...this.values].sort().join(',');
    switch (this.operator) {
      case '!':
        return `!${this.key}`;
      case 'exists':
        return this.key;
      case 'in':
      case 'notin':
        return `${this.key} ${this.operator} (${values})`;
      case 'gt':
        return `${this.key}>${values}`;
      case 'lt':
        return `${this.key}<${values}`;
      default:
        return `${this.key}${this.operator}${values}`;
    }
  }
}

/** Makes a requirement, or throws a SelectorError that says what is wrong with it (labels.NewRequirement). */
export function newRequirement(key: string, operator: string, values: readonly string[]): Requirement {
  const errors: ErrorList = [];
  const valuesPath = FieldPath.of('values');
  const keyErrors = isQualifiedName(key);
  if (keyErrors.length > 0) errors.push(invalid('key', key, keyErrors.join('; ')));
  const reject = (detail: string): number => errors.push(invalid(valuesPath, values, detail));
  if (operator === 'in' || operator === 'notin') {
    if (values.length === 0) reject("for 'in', 'notin' operators, values set can't be empty");
  } else if (operator === '=' || operator === '==' || operator === '!=') {
    if (values.length !== 1) reject('exact-match compatibility requires one single value');
  } else if (operator === 'exists' || operator === '!') {
    if (values.length !== 0) reject('values set must be empty for exists and does not exist');
  } else if (operator === 'gt' || operator === 'lt') {
    if (values.length !== 1) reject("for 'Gt', 'Lt' operators, exactly one value is required");
    for (const [index, value] of values.entries()) {
      if (integer.test(value)) continue;
      errors.push(invalid(valuesPath.index(index), value, "for 'Gt', 'Lt' operators, the value must be an integer"));
    }
  } else {
    errors.push(notSupported('operator', operator, supportedOperators));
  }
  for (const [index, value] of values.entries()) {
    const valueErrors = isValidLabelValue(value);
    if (valueErrors.length > 0) errors.push(invalid(valuesPath.index(index).key(key), value, valueErrors.join('; ')));
  }
  if (errors.length > 0) throw new SelectorError(aggregateMessage(errors.map(String)));
  return new Requirement(key, operator as Operator, values);
}

/** Conditions on labels that must all hold (labels.Selector). Immutable. */
export class LabelSelector {
  readonly requirements: readonly Requirement[];
  /** False for the selector that matches nothing at all (labels.Nothing). */
  readonly selectable: boolean;
  /** What the usual selector, all equalities, compares: tried without looking at operators. */
  private readonly pairs: readonly string[] | undefined;
  private text: string | undefined;

  constructor(requirements: readonly Requirement[], selectable = true) {
    this.requirements = [...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    this.selectable = selectable;
    const simple = this.requirements.every(
      ({ operator, values }) => (operator === '=' || operator === '==') && values.length === 1,
    );
    this.pairs = simple ? this.requirements.flatMap(({ key, values }) => [key, values[0]!]) : undefined;
  }

  matches(labels: Labels): boolean {
    if (!this.selectable) return false;
    const { pairs } = this;
    if (pairs === undefined) return this.requirements.every((requirement) => requirement.matches(labels));
    if (pairs.length === 0) return true;
    if (labels === undefined) return false;
    // A string is never what a label's name would inherit, so own-ness need not be asked.
    for (let index = 0; index < pairs.length; index += 2) if (labels[pairs[index]!] !== pairs[index + 1]) return false;
    return true;
  }

  /** Whether it matches everything (Selector.Empty). */
  isEmpty(): boolean {
    return this.selectable && this.requirements.length === 0;
  }

  /** The one value that the label must have, if the selector says so (RequiresExactMatch). */
  requiresExactMatch(label: string): string | undefined {
    const found = this.requirements.find((requirement) => requirement.key === label);
    const exact = found !== undefined && ['=', '==', 'in'].includes(found.operator) && found.values.length === 1;
    return exact ? found.values[0] : undefined;
  }

  /** `app=web,tier in (a,b)`, sorted by key (labels.Selector.String). */
  toString(): string {
    this.text ??= this.requirements.join(',');
    return this.text;
  }
}

/** Matches everything (labels.Everything). */
export const everything = new LabelSelector([]);
/** Matches nothing (labels.Nothing). */
export const nothing = new LabelSelector([], false);

/** Parses `a=b,c!=d,e in (x,y),!f,g` (labels.Parse); throws a SelectorError with upstream's text. */
export function parseLabelSelector(text: string): LabelSelector {
  return text === '' ? everything : new LabelSelector(parseRequirements(text, newRequirement));
}

/** Selectors of the label maps of stored objects, which do not change: the same map is asked for again and again. */
const ofFrozen = new WeakMap<object, LabelSelector>();

/** The selector of exactly these labels, unchecked (labels.SelectorFromSet). */
export function selectorFromSet(labels: Labels): LabelSelector {
  if (labels === undefined || !Object.isFrozen(labels)) return selectorOfPairs(labels);
  let selector = ofFrozen.get(labels);
  if (selector === undefined) {
    selector = selectorOfPairs(labels);
    ofFrozen.set(labels, selector);
  }
  return selector;
}

function selectorOfPairs(labels: Labels): LabelSelector {
  return new LabelSelector(Object.entries(labels ?? {}).map(([key, value]) => new Requirement(key, '=', [value])));
}

/** metav1.LabelSelector, as objects carry it. */
export interface LabelSelectorObject {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const objectOperators: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};
const compiled = new WeakMap<object, LabelSelector>();

/**
 * The selector that a metav1.LabelSelector means: none matches nothing, an empty one everything
 * (metav1.LabelSelectorAsSelector). Remembered per frozen object. Throws a SelectorError.
 */
export function labelSelectorAsSelector(selector: LabelSelectorObject | undefined | null): LabelSelector {
  if (selector === undefined || selector === null) return nothing;
  const known = compiled.get(selector);
  if (known !== undefined) return known;
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) =>
    newRequirement(key, '=', [value]),
  );
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (!Object.hasOwn(objectOperators, operator)) {
      throw new SelectorError(`${goQuote(operator)} is not a valid label selector operator`);
    }
    const own = objectOperators[operator]!;
    requirements.push(newRequirement(key, own, values ?? []));
  }
  const result = requirements.length === 0 ? everything : new LabelSelector(requirements);
  if (Object.isFrozen(selector)) compiled.set(selector, result);
  return result;
}

/** The string form for a `labelSelector=` query, or undefined for the selector that matches nothing. */
export function labelSelectorAsQuery(selector: LabelSelectorObject | undefined | null): string | undefined {
  const result = labelSelectorAsSelector(selector);
  return result.selectable ? result.toString() : undefined;
}

/** How kubectl shows a selector: `app=web`, `<none>`, `<error>` (metav1.FormatLabelSelector). */
export function formatLabelSelector(selector: LabelSelectorObject | undefined | null): string {
  try {
    return labelSelectorAsSelector(selector).toString() || '<none>';
  } catch (error) {
    if (error instanceof SelectorError) return '<error>';
    throw error;
  }
}
