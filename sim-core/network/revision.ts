/**
 * Counts the changes of all that packets go by on one machine: interfaces, addresses, routes, rules, kernel settings, sockets, those of its
 * pods included. Whoever remembers a way through the machine knows by it whether the way is still the same.
 */
export class Revision {
  value = 0;

  changed(): void {
    this.value++;
  }
}
