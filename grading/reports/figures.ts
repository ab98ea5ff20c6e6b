import type { Locale } from '../format/exercise.ts';
import { round } from '../formats/scores.ts';
import { type Html, h } from './html.ts';
import { WORDS } from './words.ts';

/** Points as people read them: no more than two places. */
export function amount(points: number | undefined): string {
  return points === undefined ? '–' : String(round(points));
}

export function percent(part: number): string {
  return `${Math.round(part * 100)}%`;
}

/** A span of time: `2 d 3 h`, `3분 5초`; its two largest parts. */
export function span(seconds: number, locale: Locale): string {
  const units = { en: [' d', ' h', ' min', ' s'], ko: ['일', '시간', '분', '초'] }[locale];
  const whole = Math.max(0, Math.round(seconds));
  const amounts = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
  const first = amounts.findIndex((each) => each > 0);
  if (first < 0) return `0${units[3]}`;
  return amounts
    .map((each, index) => (index >= first && index < first + 2 && each > 0 ? `${each}${units[index]}` : ''))
    .filter((text) => text !== '')
    .join(' ');
}

/** `1:05:07`, `5:07`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A bar of parts that lie side by side. It repeats what stands beside it in words, so it is hidden from those who listen. */
export function bar(
  parts: readonly { readonly kind: 'ok' | 'bad' | 'none' | 'warn' | 'accent'; readonly share: number }[],
): Html {
  let from = 0;
  const rects = parts.map(({ kind, share }) => {
    const x = from;
    from += share * 100;
    return h`<rect class="fill-${kind}" x="${round(x)}" width="${round(share * 100)}" height="6"/>`;
  });
  return h`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="6"/>${rects}</svg>`;
}

const BINS = 10;
const [WIDTH, HEIGHT, FLOOR] = [640, 200, 170];

/** How many learners earned which share of the points, in tenths; the last holds those with all of them. A table says the same. */
export function histogram(shares: readonly number[], locale: Locale): Html {
  const t = WORDS[locale];
  const bins = Array.from({ length: BINS + 1 }, () => 0);
  for (const share of shares) bins[Math.min(BINS, Math.floor(Math.max(0, share) * BINS + 1e-9))]!++;
  const label = (index: number) => (index === BINS ? '100%' : `${index * 10}–${index * 10 + 9}%`);
  const most = Math.max(1, ...bins);
  const step = WIDTH / bins.length;
  const bars = bins.map((count, index) => {
    const height = (count / most) * (FLOOR - 24);
    const middle = round(index * step + step / 2);
    return h`<rect class="${index === BINS ? 'fill-ok' : 'fill-accent'}" x="${round(index * step + 5)}" y="${round(FLOOR - height)}" width="${round(step - 10)}" height="${round(height)}" rx="3"/>${
      count > 0 &&
      h`<text class="value" x="${middle}" y="${round(FLOOR - height - 6)}" text-anchor="middle">${count}</text>`
    }<text x="${middle}" y="${FLOOR + 18}" text-anchor="middle">${index === BINS ? '100' : index * 10}</text>`;
  });
  const said = t.distributionText(bins.map((count, index) => `${label(index)} ${count}`).join(', '));
  return h`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${said}"><line class="axis" x1="0" x2="${WIDTH}" y1="${FLOOR}" y2="${FLOOR}"/>${bars}</svg>
<details><summary>${t.table}</summary><table><thead><tr><th scope="col">${t.share}</th><th scope="col" class="number">${t.learners}</th></tr></thead><tbody>${bins.map((count, index) => h`<tr><th scope="row">${label(index)}</th><td class="number">${count}</td></tr>`)}</tbody></table></details>`;
}
