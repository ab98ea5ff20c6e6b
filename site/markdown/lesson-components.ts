/**
 * Remark plugin: lets a lesson use the components of site/mdx.ts without importing them. A lesson that names a component
 * which does not exist fails the build with MDX's own message.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { visit } from 'unist-util-visit';

/** A node of the Markdown tree, as far as it is looked at here. */
interface MarkdownNode {
  type: string;
  name?: string | null;
  children?: MarkdownNode[];
  data?: object;
  value?: string;
}

const componentsFile = path.join(import.meta.dirname, '../mdx.ts');

/** The names that a module of `export { A, default as B } from '…'` lines exports. */
export function exportedNames(source: string): string[] {
  const lists = [...source.matchAll(/^export \{([^}]*)\}/gm)].map((match) => match[1] ?? '');
  return lists
    .flatMap((list) =>
      list.split(',').map(
        (name) =>
          name
            .trim()
            .split(/\s+as\s+/)
            .at(-1) ?? '',
      ),
    )
    .filter(Boolean);
}

/** `import { A, B } from 'file';` as an ESTree program, which is what MDX wants beside the text. */
function importNode(names: readonly string[], file: string): MarkdownNode {
  const specifiers = names.map((name) => {
    const identifier = { type: 'Identifier', name };
    return { type: 'ImportSpecifier', imported: identifier, local: identifier };
  });
  const source = { type: 'Literal', value: file, raw: JSON.stringify(file) };
  const declaration = { type: 'ImportDeclaration', specifiers, source, attributes: [] };
  return {
    type: 'mdxjsEsm',
    value: `import { ${names.join(', ')} } from ${JSON.stringify(file)};`,
    data: { estree: { type: 'Program', sourceType: 'module', body: [declaration] } },
  };
}

export function remarkLessonComponents(): (tree: MarkdownNode) => void {
  return (tree) => {
    const offered = new Set(exportedNames(readFileSync(componentsFile, 'utf8')));
    const imported = new Set<string>();
    const used = new Set<string>();
    visit(tree, (node: MarkdownNode) => {
      if (node.type === 'mdxjsEsm') {
        for (const [name] of (node.value ?? '').matchAll(/[A-Z]\w*/g)) imported.add(name);
      } else if (node.type === 'mdxJsxFlowElement' || node.type === 'mdxJsxTextElement') {
        const name = node.name?.split('.')[0] ?? '';
        if (offered.has(name)) used.add(name);
      }
    });
    const missing = [...used].filter((name) => !imported.has(name));
    if (missing.length > 0) tree.children?.unshift(importNode(missing, componentsFile));
  };
}
