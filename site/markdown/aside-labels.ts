/**
 * Remark plugin: titles an aside (`:::note`) in the language of its lesson. Starlight finds the language in the folder of a
 * page; ours is in the file's name, so that both languages of a lesson lie side by side.
 */
import path from 'node:path';
import { visit } from 'unist-util-visit';
import { isLanguage } from '../course.ts';
import { strings } from '../i18n/index.ts';

interface DirectiveNode {
  type: string;
  name?: string;
  children?: { type: string; data?: { directiveLabel?: boolean } }[];
}

export function remarkAsideLabels(): (tree: DirectiveNode, file: { path?: string }) => void {
  return (tree, file) => {
    const language = path.parse(file.path ?? '').name;
    if (!isLanguage(language)) return;
    const labels: Readonly<Record<string, string>> = strings(language).asides;
    visit(tree, 'containerDirective', (node: DirectiveNode) => {
      const label = labels[node.name ?? ''];
      const titled = node.children?.[0]?.data?.directiveLabel === true;
      if (label === undefined || titled || node.children === undefined) return;
      const text = { type: 'text', value: label };
      node.children.unshift(Object.assign({ type: 'paragraph', data: { directiveLabel: true } }, { children: [text] }));
    });
  };
}
