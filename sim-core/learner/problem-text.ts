import type { ComponentProblem, ProblemKey } from './sandbox.ts';

/** A sentence for each problem, with `{value}`s, in both languages of the course. */
export const problemTexts: Readonly<Record<'en' | 'ko', Readonly<Record<ProblemKey, string>>>> = {
  en: {
    syntax: 'The source cannot be read: {message}',
    shape: 'The module’s default export has no {wanted}.',
    threw: '{error}: {message}',
    refused: 'The API server refused a request ({reason}): {message}',
    steps: 'One call took more than {steps} steps and was ended. Is there a loop that never comes to its end?',
    memory: 'The component needed more than {mebibytes} MiB of memory and was ended.',
    stack: 'Calls were nested too deeply. Does a function call itself without an end?',
    pending:
      'An async function waits for something that never comes. Requests answer at once here: there is nothing to await.',
    answer: '{function} answered {answer}, which is of no use to the scheduler.',
    name: 'No component can be named {name}.',
  },
  ko: {
    syntax: '소스를 읽을 수 없습니다: {message}',
    shape: '모듈의 기본 내보내기(default export)에 {wanted} 함수가 없습니다.',
    threw: '{error}: {message}',
    refused: 'API 서버가 요청을 거절했습니다({reason}): {message}',
    steps: '호출 한 번이 {steps}단계를 넘어 중단했습니다. 끝나지 않는 반복문이 있는지 살펴봅니다.',
    memory: '컴포넌트가 메모리를 {mebibytes} MiB보다 많이 써서 중단했습니다.',
    stack: '함수 호출이 너무 깊어졌습니다. 끝없이 자기 자신을 호출하는 함수가 있는지 살펴봅니다.',
    pending:
      'async 함수가 오지 않을 것을 기다리고 있습니다. 여기서는 요청의 답이 바로 오므로 await가 필요하지 않습니다.',
    answer: '{function} 함수가 {answer}(을)를 돌려주었는데, 스케줄러가 쓸 수 없는 값입니다.',
    name: '컴포넌트 이름으로 {name}(을)를 쓸 수 없습니다.',
  },
};

/** What is wrong, in one line with its place in front: `controller.ts:12: TypeError: …`. */
export function problemText({ key, values, file, line }: ComponentProblem, language: 'en' | 'ko'): string {
  const text = problemTexts[language][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name]! : whole,
  );
  const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `;
  return place + text;
}
