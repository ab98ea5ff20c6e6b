import { describe, expect, it } from 'vitest';
import { glossary } from '../glossary.ts';
import { linkTerms, type TextNode } from './glossary-links.ts';

const text = (value: string): TextNode => ({ type: 'text', value });
const paragraph = (...children: TextNode[]): TextNode => ({ type: 'paragraph', children });
const root = (...children: TextNode[]): TextNode => ({ type: 'root', children });

/** What a tree links, as `text → id`. */
function links(tree: TextNode, language: 'en' | 'ko'): string[] {
  linkTerms(tree, language, glossary(language));
  const found: string[] = [];
  const visit = (node: TextNode) => {
    if (node.type === 'link') found.push(`${node.children?.[0]?.value} → ${node.url?.split('#')[1]}`);
    else node.children?.forEach(visit);
  };
  visit(tree);
  return found;
}

describe('links to the glossary', () => {
  it('leads the first time in a section, and again in the next', () => {
    const tree = root(
      paragraph(text('Two pods on one node. A pod is on no second node.')),
      { type: 'heading', children: [text('Labels')] },
      paragraph(text('The pod has labels.')),
    );
    expect(links(tree, 'en')).toEqual(['pods → pod', 'node → node', 'pod → pod', 'labels → label']);
  });

  it('leaves code, links and components alone, and keeps every letter', () => {
    const inside = [
      { type: 'inlineCode', value: 'pod' },
      { type: 'link', children: [text('the pod')] },
      { type: 'mdxJsxTextElement', name: 'Term', children: [text('pods')] },
    ];
    const tree = root(paragraph(...inside, text(' and a podium, sub-node and kube-proxy')));
    linkTerms(tree, 'en', glossary('en'));
    const all = (node: TextNode): string => node.value ?? node.children?.map(all).join('') ?? '';
    expect(all(tree)).toBe('podthe podpods and a podium, sub-node and kube-proxy');
    expect(tree.children?.[0]?.children?.filter(({ url }) => url !== undefined).map(({ url }) => url)).toEqual([
      '/en/glossary/#kube-proxy',
    ]);
  });

  it('knows kinds by their capital letter', () => {
    expect(links(root(paragraph(text('at your service, a secret job; a Service and a Job'))), 'en')).toEqual([
      'Service → service',
      'Job → job',
    ]);
  });

  it('knows Korean words with their particles, and other words that begin alike', () => {
    const tree = root(
      paragraph(text('파드마다 노드에서 리스트를 봅니다. 서비스 어카운트의 리스가 노드포트와 서비스로 갑니다.')),
    );
    expect(links(tree, 'ko')).toEqual([
      '파드 → pod',
      '노드 → node',
      '서비스 어카운트 → service-account',
      '리스 → lease',
      '서비스 → service',
    ]);
  });
});
