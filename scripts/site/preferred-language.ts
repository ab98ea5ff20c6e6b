/** The language of the course that an Accept-Language header asks for. English when it asks for neither. */
export function preferredLanguage(header: string | undefined): 'en' | 'ko' {
  let best: { language: 'en' | 'ko'; quality: number } = { language: 'en', quality: 0 };
  for (const part of (header ?? '').toLowerCase().split(',')) {
    const [range = '', ...parameters] = part.trim().split(';');
    const language = range.split('-', 1)[0];
    if (language !== 'en' && language !== 'ko') continue;
    const given = parameters.map((parameter) => /^\s*q=([\d.]+)\s*$/.exec(parameter)?.[1]).find(Boolean);
    const quality = given === undefined ? 1 : Number(given);
    if (quality > best.quality) best = { language, quality };
  }
  return best.language;
}
