import type { keeping as English } from './en.ts';

/** 학습자의 작업을 보관하는 일에 관한 문구. */
export const keeping: typeof English = {
  elsewhere:
    '이 작업은 다른 탭에서 열려 그곳에서 이어지고 있습니다. 여기에서 하는 일은 저장되지 않습니다. 여기에서 계속하려면 이 페이지를 새로 고쳐 주십시오.',
  notKept:
    '지금 이 브라우저에는 아무것도 저장되지 않습니다. 저장 공간이 가득 찼거나 비공개 창입니다. 페이지를 닫기 전에 작업을 파일로 저장해 주십시오.',
  older: (engine: string) =>
    `지난번 작업을 그때의 시뮬레이터(${engine})로 이어서 합니다. 처음부터 다시 시작하면 최신 시뮬레이터를 씁니다.`,
  save: '파일로 저장',
  explain:
    '파일, 클러스터에서 한 일, 결과는 이 브라우저에 보관됩니다. 파일로 저장하면 다른 브라우저에서 이어서 할 수 있습니다.',
  exportAll: '내 작업 전체를 파일로 저장',
  importAll: '파일에서 작업 가져오기',
  imported: (count: string | number) => `가져온 작업: ${count}개. 이름이 같은 기존 작업은 가져온 것으로 바뀌었습니다.`,
  notOurs: '이 파일에는 여기에서 저장한 작업이 없습니다.',
  points: (points: string | number, of: string | number) => `${of}점 중 ${points}점`,
};
