import type { Manifest, Text } from '../format/exercise.ts';
import type { Action, FaultAction } from '../format/tests.ts';

/** What was tried, in words. */
export function describeAction(action: Action): Text {
  if ('wait' in action) return { en: `wait ${action.wait} s`, ko: `${action.wait}초 기다리기` };
  if ('settle' in action) return { en: 'wait until the cluster is at rest', ko: '클러스터가 안정될 때까지 기다리기' };
  if ('delete' in action) {
    const { kind, name, labels, limit } = action.delete;
    const which = `${kind}${name === undefined ? '' : ` ${name}`}${labels === undefined ? '' : ` (${labels})`}`;
    return limit === undefined
      ? { en: `delete every ${which}`, ko: `${which} 모두 삭제` }
      : { en: `delete ${limit} ${which}`, ko: `${which} ${limit}개 삭제` };
  }
  if ('apply' in action) return { en: `apply ${nameOf(action.apply)}`, ko: `${nameOf(action.apply)} 적용` };
  if ('merge' in action) return { en: `change ${nameOf(action.merge)}`, ko: `${nameOf(action.merge)} 변경` };
  if ('scale' in action) {
    const { kind, name, replicas } = action.scale;
    return { en: `scale ${kind} ${name} to ${replicas}`, ko: `${kind} ${name}의 복제본을 ${replicas}개로 조정` };
  }
  if ('cordon' in action) return same(`kubectl cordon ${action.cordon}`);
  if ('uncordon' in action) return same(`kubectl uncordon ${action.uncordon}`);
  if ('drain' in action) return same(`kubectl drain ${action.drain}`);
  if ('run' in action) return same(action.run);
  if ('load' in action) {
    const { service, host, perSecond, seconds } = action.load;
    const to = service ?? host ?? '';
    return {
      en: `send ${perSecond} requests a second to ${to} for ${seconds} s`,
      ko: `${to}에 ${seconds}초 동안 초당 요청 ${perSecond}개 보내기`,
    };
  }
  return describeFault(action.fault);
}

function describeFault({ node, running, power, network, kubelet, reboot, link, disk }: FaultAction): Text {
  const where = node ?? '';
  const en = node ?? `the node of ${running}`;
  const ko = where === '' ? `${running} 파드가 있는 노드` : where;
  if (power === false) return { en: `switch off ${en}`, ko: `${ko} 전원 끄기` };
  if (network === false) return { en: `cut ${en} off the network`, ko: `${ko}의 네트워크 끊기` };
  if (kubelet === false) return { en: `stop the kubelet of ${en}`, ko: `${ko}의 kubelet 멈추기` };
  if (reboot === true) return { en: `restart ${en}`, ko: `${ko} 다시 시작하기` };
  if (link !== undefined && ((link.delay ?? 0) > 0 || (link.loss ?? 0) > 0))
    return { en: `make the network of ${en} bad`, ko: `${ko}의 네트워크를 나쁘게 하기` };
  if (disk !== undefined && disk.free !== null) return { en: `fill the disk of ${en}`, ko: `${ko}의 디스크 채우기` };
  return { en: `mend ${en}`, ko: `${ko} 복구` };
}

function same(text: string): Text {
  return { en: text, ko: text };
}

function nameOf(manifest: Manifest): string {
  const { name } = (manifest.metadata ?? {}) as { name?: string };
  return `${manifest.kind} ${name ?? ''}`;
}
