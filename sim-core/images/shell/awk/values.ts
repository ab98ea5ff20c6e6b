import { ToolError } from '../applets/tool.ts';

/** Awk knows texts and numbers, and takes either for the other. */
export type Value = string | number;

/** Whether a condition of that value holds. */
export function truth(value: Value): boolean {
  return typeof value === 'number' ? value !== 0 : value !== '';
}

/** A value as a number: what its text begins with, else 0. */
export function numeric(value: Value): number {
  return typeof value === 'number'
    ? value
    : Number(/^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?/.exec(value)?.[0] ?? '0');
}

/** A value as text: six digits are kept of a fraction. */
export function text(value: Value): string {
  if (typeof value === 'string') return value;
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/** Input that looks like a number is one. */
export function looksNumeric(value: string): Value {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)\s*$/.test(value) && String(Number(value)) === value.trim() ? Number(value) : value;
}

/** Arithmetic. Throws `ToolError` at a division by zero. */
export function compute(operator: string, a: number, b: number): number {
  if ((operator === '/' || operator === '%') && b === 0) throw new ToolError('Division by zero');
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}
