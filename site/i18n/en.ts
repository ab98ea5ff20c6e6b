import { browser } from './browser/en.ts';
import { figures } from './figures/en.ts';
import { keeping } from './keeping/en.ts';
import { machine } from './machine/en.ts';
import { workspace } from './workspace/en.ts';

/** Every string of the interface in English. The Korean twin has the same shape, or the types do not fit. */
export const en = {
  site: {
    name: 'Jotasu',
    description: 'An interactive textbook on Kubernetes: every lesson runs a small cluster in your browser.',
  },
  browser,
  asides: { note: 'Note', tip: 'Tip', caution: 'Caution', danger: 'Danger' },
  home: {
    title: 'Take the helm',
    lead: 'Jotasu is a textbook on Kubernetes with a cluster inside. Read a page, change the cluster beside it, and watch every part of it answer.',
    start: 'Start the first lesson',
    startNote: 'Nothing to install. No account.',
    featuresTitle: 'What is inside',
    features: [
      {
        title: 'A cluster that runs on this page',
        text: 'It keeps the objects, events and error messages of Kubernetes v1.33, so what you learn here holds on a real one.',
      },
      {
        title: 'Time that you control',
        text: 'Pause, go step by step, wait an hour in an instant. The same actions always lead to the same cluster.',
      },
      {
        title: 'Answers to “why?”',
        text: 'Each request and each decision is recorded with its cause. Ask any pod how it came to be.',
      },
      {
        title: 'Exercises that explain themselves',
        text: 'A check looks at your cluster and says what it found, and where to look next.',
      },
    ],
    contentsTitle: 'The course',
  },
  course: {
    title: 'What is handed in',
    facts: 'About this exercise in the course',
    exercise: 'Exercise',
    open: 'Opens',
    due: 'Due',
    weight: 'Weight',
    reached: 'Your points',
    checked: (count: string, of: string) =>
      `Checked in this browser: ${count} of ${of}. What counts is what you hand in.`,
    notYet: 'This exercise is not open yet.',
    opens: (when: string) => `It opens on ${when}.`,
    solution: 'A solution',
    solutionNote: 'One way among several. Where your exercise has names or numbers of its own, put yours in.',
    solutionWait: (seconds: number) => `# wait ${seconds} s`,
    solutionAnswers: 'Answers',
  },
  exercises: {
    title: 'Exercises',
    description: 'Every exercise of the course, each beside a cluster of its own.',
    facts: (minutes: number, points: number) => `about ${minutes} minutes, ${points} points`,
    kinds: {
      do: 'do',
      fix: 'mend',
      predict: 'predict',
      code: 'write code',
      operate: 'operate',
    },
    levels: ['warm-up', 'practice', 'challenge'],
    all: 'All exercises',
    how: 'The tasks are in the workspace, under Tasks.',
    open: 'Open the workspace',
    other: 'Others',
  },
  missing: { text: 'There is no page at this address.', home: 'Go to the first page' },
  glossary: {
    title: 'Glossary',
    description: 'The words of this course in English and Korean, each with the lesson that explains it.',
    intro: 'One word for one thing, in both languages.',
    lesson: 'Lesson',
  },
  lesson: {
    minutes: (minutes: number) => `about ${minutes} minutes`,
    module: 'Module',
    stale:
      'The other language of this lesson has changed since, and this one is being brought up to date. Commands and exercises are the same in both.',
  },
  modules: {
    overview: 'Overview',
    description: (title: string) => `The module ${title}: its lessons, what each of them stands on, and its exercises.`,
    facts: (lessons: number, exercises: number, hours: string) =>
      `${lessons} lessons and ${exercises} exercises: about ${hours} with all of them.`,
    map: 'What stands on what',
    mapNote: 'From above to below is the order of the book. A line leads from a lesson to one that needs it.',
    needs: 'builds on',
    exercises: 'Exercises',
    after: (lesson: string) => `after ${lesson}`,
    lab: 'At the end of the module',
    sheet: 'Cheat sheet',
    sheetNote: 'One page to print.',
    hours: (minutes: number) =>
      minutes < 60
        ? `${minutes} minutes`
        : `${String(Math.round(minutes / 30) / 2)} ${minutes < 75 ? 'hour' : 'hours'}`,
  },
  practice: {
    title: 'Practise',
    here: 'in the workspace of this page',
    sources: 'Checked against the Kubernetes documentation',
  },
  prose: {
    tryLabel: (command: string) => `Try it: put ${command} into the terminal`,
    tryButton: 'Try it',
    predict: 'Think first',
    reveal: 'Then look',
    code: (language: string, number: number) => `Code ${number} (${language})`,
    source: (file: string) => `From this cluster's own source: ${file}`,
  },
  panes: { label: 'Lesson or workspace', read: 'Lesson', workspace: 'Workspace', skip: 'Skip to the workspace' },
  figures,
  keeping,
  machine,
  workspace,
};
