/**
 * Remark plugin: in each section of a lesson, the first time a word of the glossary is said, it leads there and tells its meaning when pointed at.
 * Headings, code, links and the words of components stay as they are.
 */
import path from 'node:path';
import { isLanguage, type Language } from '../course.ts';
import { glossary, type Term } from '../glossary.ts';

/** A node of the Markdown tree, as far as it is looked at here. */
export interface TextNode {
  type: string;
  name?: string | null;
  value?: string;
  url?: string;
  title?: string;
  data?: object;
  children?: TextNode[];
}

/** What may follow a Korean noun without making another word of it: particles, and the verbs that nouns of actions take. */
const PARTICLES =
  '이|가|을|를|은|는|의|에|로|으로|와|과|도|만|마다|까지|부터|들|보다|처럼|라|인|입|나|뿐|며|고|일|였|란|끼리|조차|밖|하|한|할|해|합|했|되|된|될|됩|됐';

/** Where nothing is linked, with all that is inside. */
const LEFT_ALONE = new Set([
  'heading',
  'link',
  'linkReference',
  'definition',
  'code',
  'inlineCode',
  'html',
  'mdxjsEsm',
]);
const LEFT_ALONE_COMPONENTS = new Set(['Term', 'Scrub', 'a', 'Source', 'Try']);

const literal = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The forms in which a term is said: those that the glossary lists, or its own word, and in English its plural. */
function formsOf(term: Term, language: Language): string[] {
  const listed = term.forms?.[language];
  if (listed !== undefined) return [...listed];
  return [term[language].replace(/\s*\([^)]*\)$/, '')];
}

/** A pattern that finds any of the terms, the longest first; which of them was found is in `byForm`. */
function termPattern(terms: readonly Term[], language: Language): { pattern: RegExp; byForm: Map<string, Term> } {
  const byForm = new Map<string, Term>();
  for (const term of terms) {
    for (const form of formsOf(term, language)) {
      byForm.set(form, term);
      // A kind's name is written with capitals within; any other word is small in the middle of a sentence.
      if (language === 'en' && term.forms?.en === undefined && /^[A-Z][a-z]+( [a-z]+)*$/.test(form))
        byForm.set(form.toLowerCase(), term);
    }
  }
  const words = [...byForm.keys()].sort((a, b) => b.length - a.length).map(literal);
  const pattern =
    language === 'en'
      ? new RegExp(`(?<![\\w-])(${words.join('|')})(?:e?s)?(?![\\w-])`, 'g')
      : new RegExp(`(?<![\\w가-힣-])(${words.join('|')})(?=$|[^\\w가-힣-]|(?:${PARTICLES}))`, 'g');
  return { pattern, byForm };
}

/** Links the terms in the tree of a lesson. */
export function linkTerms(tree: TextNode, language: Language, terms: readonly Term[]): void {
  const { pattern, byForm } = termPattern(terms, language);
  const said = new Set<string>();

  const split = (text: string): TextNode[] => {
    const parts: TextNode[] = [];
    let end = 0;
    for (const match of text.matchAll(pattern)) {
      const term = byForm.get(match[1]!)!;
      if (said.has(term.id)) continue;
      said.add(term.id);
      if (match.index > end) parts.push({ type: 'text', value: text.slice(end, match.index) });
      end = match.index + match[0].length;
      parts.push({
        type: 'link',
        url: `/${language}/glossary/#${term.id}`,
        title: term.say[language],
        data: { hProperties: { className: ['glossary-link'] } },
        children: [{ type: 'text', value: match[0] }],
      });
    }
    if (end < text.length) parts.push({ type: 'text', value: text.slice(end) });
    return parts;
  };

  const visit = (node: TextNode): void => {
    node.children = node.children?.flatMap((child) => {
      if (child.type === 'heading') said.clear();
      if (LEFT_ALONE.has(child.type) || LEFT_ALONE_COMPONENTS.has(child.name ?? '')) return [child];
      if (child.type === 'text' && child.value !== undefined) return split(child.value);
      visit(child);
      return [child];
    });
  };
  visit(tree);
}

const words = new Map<Language, readonly Term[]>();

export function remarkGlossaryLinks(): (tree: TextNode, file: { path?: string }) => void {
  return (tree, file) => {
    const language = path.parse(file.path ?? '').name;
    if (!isLanguage(language)) return;
    const terms = words.get(language) ?? glossary(language);
    words.set(language, terms);
    linkTerms(tree, language, terms);
  };
}
