import type { Container } from 'kubernetes-types/core/v1';

/** The number of a port given by number or by the container's name for it (probe.ResolveContainerPort). Throws upstream's text. */
export function resolvePort(port: number | string, container: Container): number {
  if (typeof port === 'number') return checked(port);
  const named = container.ports?.find(({ name }) => name === port);
  if (named !== undefined) return checked(named.containerPort);
  if (/^\d+$/.test(port)) return checked(Number(port));
  throw new Error(`strconv.Atoi: parsing "${port}": invalid syntax`);
}

function checked(port: number): number {
  if (port > 0 && port < 65_536) return port;
  throw new Error(`invalid port number: ${port}`);
}
