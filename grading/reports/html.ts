import { createHash } from 'node:crypto';
import type { Locale } from '../format/exercise.ts';
import { plainText } from '../report-text.ts';
import { STYLE } from './style.ts';

/** A piece of a page in which everything is escaped that has to be. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | false | undefined | readonly Part[];

/** A piece of a page: what stands in `${}` is text and is escaped, unless it is a piece itself. */
export function h(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((all, text, index) => all + written(parts[index - 1]) + text));
}

function written(part: Part): string {
  if (part instanceof Html) return part.text;
  if (part === undefined || part === false) return '';
  if (typeof part === 'object') return part.map(written).join('');
  return escapeHtml(String(part));
}

/** A text as text and as an attribute's value, without what would steer a terminal or turn the direction of the line around. */
export function escapeHtml(text: string): string {
  return plainText(text).replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** An address within a report: its own names of files are made of harmless characters only, and so need nothing. */
export function fileName(...parts: readonly string[]): string {
  return parts
    .map((part) =>
      part
        .normalize('NFC')
        .replace(/[^\p{L}\p{N}]+/gu, '-')
        .replace(/^-+|-+$/g, '')
        .slice(0, 60),
    )
    .filter((part) => part !== '')
    .join('.');
}

export interface PageOptions {
  readonly locale: Locale;
  readonly title: string;
  /** The same page in the other language. */
  readonly twin?: string;
  /** The way back to pages above, outermost first. */
  readonly trail?: readonly { readonly title: string; readonly href: string }[];
}

/** Only this style sheet is let in, and nothing else: no script, no picture, no request, whatever a learner has written. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

/** A whole page, with all that it needs in it. */
export function page({ locale, title, twin, trail = [] }: PageOptions, ...body: readonly Html[]): string {
  const other = locale === 'ko' ? 'English' : '한국어';
  const otherCode = locale === 'ko' ? 'en' : 'ko';
  const head = h`<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header class="top"><nav>${trail.map(({ title: name, href }) => h`<a href="${href}">${name}</a><span aria-hidden="true">›</span>`)}</nav>${
    twin !== undefined && h`<a class="twin" lang="${otherCode}" hreflang="${otherCode}" href="${twin}">${other}</a>`
  }</header>
<main>
${body}
</main>
<footer>Jotasu 조타수</footer>
</body>
</html>
`;
  return head.text;
}
