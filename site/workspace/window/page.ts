/**
 * What a page from the simulated network may do on this one: be looked at. No script of it runs (the frame is sandboxed without
 * allow-scripts, and scripts are taken out), nothing is loaded from anywhere (the policy), and it cannot go elsewhere by itself.
 */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";
const FORBIDDEN = 'script, iframe, frame, object, embed, base, link, meta[http-equiv], noscript';
const PLAIN =
  'body{margin:1rem;font:15px/1.5 system-ui,sans-serif;color:#1c2630;background:#fff}pre{white-space:pre-wrap;overflow-wrap:anywhere}';

/** The document that shows a response in the frame. `parse` is the browser's HTML parser. */
export function documentFor(
  body: string,
  contentType: string,
  parse: (html: string) => Document = (html) => new DOMParser().parseFromString(html, 'text/html'),
): string {
  const html = /html/i.test(contentType) || (contentType === '' && /^\s*</.test(body));
  const page = parse(html ? body : '<pre></pre>');
  if (!html) page.querySelector('pre')!.textContent = body;
  for (const element of page.querySelectorAll(FORBIDDEN)) element.remove();
  for (const element of page.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      // Handlers would not run, and pictures would not be loaded: the browser need not say so.
      const loads = /^(src|srcset|poster|background)$/i.test(name) && !value.startsWith('data:');
      if (/^on/i.test(name) || loads) element.removeAttribute(name);
    }
  }
  const policy = page.createElement('meta');
  policy.setAttribute('http-equiv', 'Content-Security-Policy');
  policy.setAttribute('content', POLICY);
  const style = page.createElement('style');
  style.textContent = PLAIN;
  page.head.prepend(policy, style);
  return `<!doctype html>${page.documentElement.outerHTML}`;
}

/** What a form would send: its address and, for `post`, its body. */
export interface Submission {
  readonly action: string;
  readonly method: 'GET' | 'POST';
  readonly body: string;
}

/** Reads a form as a browser does before it sends it (application/x-www-form-urlencoded). */
export function submissionOf(form: HTMLFormElement, submitter: HTMLElement | null): Submission {
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, submitter)) if (typeof value === 'string') fields.append(name, value);
  const action = submitter?.getAttribute('formaction') ?? form.getAttribute('action') ?? '';
  const method = (submitter?.getAttribute('formmethod') ?? form.getAttribute('method') ?? 'get').toUpperCase();
  if (method === 'POST') return { action, method, body: fields.toString() };
  return { action: `${action.replace(/\?.*$/, '')}?${fields}`, method: 'GET', body: '' };
}
