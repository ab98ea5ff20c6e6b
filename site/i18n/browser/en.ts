/** The words of the browser window in the workspace, in English. */
export const browser = {
  label: 'A browser outside of the cluster',
  back: 'Back',
  reload: 'Reload',
  address: 'Address',
  go: 'Go',
  frame: 'The page that came',
  empty:
    'Here you see your app as its users do, from outside of the cluster: through a node port, a load balancer or an Ingress. Type an address.',
  doors: 'Entrances that are open now:',
  noDoors:
    'No entrance is open yet: a Service of type NodePort or LoadBalancer, or an Ingress with an address, would be one.',
  wrong: (text: string) =>
    `“${text}” is no address of a page: it would look like http://10.0.0.11:30080/ or http://shop.example.com/.`,
  asking: (address: string) => `Asking ${address} …`,
  failed: (reason: string) => `No page: ${reason}`,
  answered: (status: number, milliseconds: string) => `${status}, after ${milliseconds} ms`,
  pod: (name: string) => `Pod ${name} answered.`,
  noPod: 'No pod answered.',
  way: 'The way there',
  you: 'you',
  balancer: (address: string) => `load balancer ${address}`,
  certificate: (subject: string) => `Certificate: ${subject}. This browser shows certificates and checks none.`,
  packet: 'See the packet',
  outcomes: {
    delivered: 'The packet arrived.',
    rejected: 'The packet was rejected on the way.',
    dropped: 'The packet was dropped on the way.',
    unreachable: 'The packet found no way.',
  },
};
