export function normalize(text: string): string;
export function normalizeObject(object: unknown): unknown;
