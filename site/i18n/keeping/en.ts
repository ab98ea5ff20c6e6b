/** What is kept of a learner's work, in English. */
export const keeping = {
  elsewhere:
    'This work has been opened in another tab and goes on there. What you do here is not kept; reload this page to go on here.',
  notKept:
    'This browser keeps nothing just now: its storage is full, or the window is private. Save your work as a file before you close the page.',
  older: (engine: string) =>
    `Your earlier work is back, with the simulator it was begun with (${engine}). Reset begins with the newest.`,
  save: 'Save as a file',
  explain:
    'Your files, what you did to each cluster, and your results are kept in this browser. Take them along to another one as a file.',
  exportAll: 'Save all my work as a file',
  importAll: 'Bring work from a file',
  imported: (count: string | number) =>
    `Work that has come: ${count}. What was here under the same names has given way.`,
  notOurs: 'This file holds no work that was saved here.',
  points: (points: string | number, of: string | number) => `${points} of ${of} points`,
};
