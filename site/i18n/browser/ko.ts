import type { browser as english } from './en.ts';

/** The words of the browser window in the workspace, in Korean. */
export const browser: typeof english = {
  label: '클러스터 바깥의 브라우저',
  back: '뒤로',
  reload: '새로 고침',
  address: '주소',
  go: '이동',
  frame: '받은 페이지',
  empty:
    '사용자가 보는 대로, 클러스터 바깥에서 앱을 봅니다. 노드 포트나 로드 밸런서, 인그레스를 거쳐 들어갑니다. 주소를 입력하십시오.',
  doors: '지금 열려 있는 입구:',
  noDoors:
    '아직 열린 입구가 없습니다. NodePort나 LoadBalancer 타입의 서비스, 또는 주소를 받은 인그레스가 입구가 됩니다.',
  wrong: (text: string) =>
    `“${text}”은(는) 페이지 주소가 아닙니다. http://10.0.0.11:30080/ 이나 http://shop.example.com/ 처럼 적습니다.`,
  asking: (address: string) => `${address}에 요청하는 중 …`,
  failed: (reason: string) => `페이지를 받지 못했습니다: ${reason}`,
  answered: (status: number, milliseconds: string) => `${status}, ${milliseconds} ms 걸림`,
  pod: (name: string) => `파드 ${name}이(가) 답했습니다.`,
  noPod: '답한 파드가 없습니다.',
  way: '지나온 길',
  you: '나',
  balancer: (address: string) => `로드 밸런서 ${address}`,
  certificate: (subject: string) => `인증서: ${subject}. 이 브라우저는 인증서를 보여 줄 뿐 검사하지 않습니다.`,
  packet: '패킷 보기',
  outcomes: {
    delivered: '패킷이 도착했습니다.',
    rejected: '패킷이 도중에 거절되었습니다.',
    dropped: '패킷이 도중에 버려졌습니다.',
    unreachable: '패킷이 갈 길을 찾지 못했습니다.',
  },
};
