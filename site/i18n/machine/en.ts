/** Where the cluster runs, and the way into the container, in English. */
export const machine = {
  label: 'Where the cluster runs',
  offer: 'The cluster can also run in a Node.js container, with a real shell, kubectl and node.',
  here: 'Runs in this page.',
  there: 'Runs in a Node.js container.',
  enter: 'Start the container',
  leave: 'Back to this page',
  short: 'Node.js',
  shortTitle: 'Run the cluster in a Node.js container, with a real shell',
  vendor: 'It comes from stackblitz.com and needs the network. Your cluster and your files move along.',
  meanwhile: 'You can go on working meanwhile.',
  steps: {
    connect: 'Reaching the container service',
    boot: 'Booting the container',
    mount: 'Bringing the cluster and your files',
    start: 'Starting the cluster in Node.js',
    replay: 'Repeating what you have done',
  },
  step: (number: number, of: number, name: string, seconds: number, total: number) =>
    `Step ${number} of ${of}: ${name} … ${seconds} s (${total} s in all)`,
  problems: {
    'web-view':
      'Browsers inside other apps cannot run the container. The cluster goes on in this page; to use the container, open the page in your browser.',
    'not-isolated': 'This page was not opened in the way that the container needs. The cluster goes on in this page.',
    offline: 'There is no network for the container. The cluster goes on in this page, with everything you have done.',
    silent:
      'The container service did not answer within 10 seconds; a network or a browser extension may block it. The cluster goes on in this page, and nothing is lost.',
    slow: 'The container was not ready within 60 seconds. The cluster goes on in this page, and nothing is lost.',
    download:
      'The programs for the container could not be loaded. The cluster goes on in this page, and nothing is lost.',
    failed: 'The container could not be started. The cluster goes on in this page, and nothing is lost.',
    lost: 'The container has stopped. The cluster goes on in this page, from what was saved last.',
  },
  again: 'Try again',
  reopen: 'Open the page for the container',
  shell: 'Terminal of the container',
  ended: 'The shell has ended. Press Enter for another one.',
};
