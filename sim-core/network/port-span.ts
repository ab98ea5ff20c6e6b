/** Ports that near ends of connections have got one after the other, from a range that begins anew at its end. */
export interface PortSpan {
  /** First of the range. */
  readonly first: number;
  readonly width: number;
  /** Where in the range the span begins. */
  readonly start: number;
}

/** The `index`th port of a span. */
export function portAt({ first, width, start }: PortSpan, index: number): number {
  return first + ((start + index) % width);
}
