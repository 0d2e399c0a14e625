// SPDX-License-Identifier: Apache-2.0
// The chain of statements as a picture: each covers the one above it; on the right stands by whose word the keys are known.
import { formatAmount } from '../base/amount.js';
import type { Report } from '../evidence/report.js';
import { svg } from './dom.js';
import { type Mark, longName, markOfLog, markOfSigner, shortName } from './statements.js';
import { t } from './words.js';

interface Box {
  readonly title: string;
  readonly text: string;
  readonly mark: Mark | null;
  readonly known: 'root' | 'keys' | null; // by whose word its key is known
}

const WIDTH = 440;
const BOX = { x: 6, width: 280, height: 58, gap: 26 };
const SOURCE = { x: 314, width: 124 };
const SIGNS: Readonly<Record<Mark, string>> = { holds: '✓', holdsNot: '✗', open: '?' };

/** As much of the text as fits; letters of East Asian scripts are twice as wide. */
function shortened(text: string, most: number): string {
  let made = '';
  let width = 0;
  for (const character of text) {
    width += character.codePointAt(0)! >= 0x1100 ? 2 : 1;
    if (width > most) return `${made}…`;
    made += character;
  }
  return made;
}

function boxesOf(report: Report): Box[] {
  const { order, signatures, log, confirmation } = report;
  const nameOf = (role: string): string => {
    const signer = signatures.find((each) => each.role === role)?.signer;
    return signer === undefined ? '?' : shortName(signer.subject);
  };
  const boxes: Box[] = [
    { title: t('pictureOrder'), text: order === null ? '?' : formatAmount(order.total), mark: null, known: null },
    { title: t('picturePurchaser'), text: nameOf('purchaser'), mark: markOfSigner('purchaser', report), known: 'root' },
    { title: t('pictureMerchant'), text: nameOf('merchant'), mark: markOfSigner('merchant', report), known: 'root' },
    { title: t('pictureAuthority'), text: confirmation === null ? '?' : longName(confirmation.dataCentre), mark: markOfSigner('authority', report), known: 'root' },
  ];
  if (log === null) return boxes;
  const place = t('pictureLogPlace', { index: log.index, size: log.size });
  boxes.push({ title: `${t('pictureLog')} – ${place}`, text: log.origin, mark: markOfLog(report), known: 'keys' });
  for (const { name, time, counts } of log.cosignatures)
    boxes.push({ title: t('pictureWitness'), text: name, mark: time === null ? 'holdsNot' : counts ? 'holds' : 'open', known: 'keys' });
  if (log.cosignatures.length === 0) boxes.push({ title: t('pictureNoWitness'), text: '–', mark: 'open', known: 'keys' });
  return boxes;
}

function label(x: number, y: number, text: string, look: string): SVGTextElement {
  return svg('text', { x, y, class: look }, text);
}

function drawBox({ title, text, mark }: Box, y: number): SVGGElement {
  const sign = mark === null ? null : label(BOX.x + BOX.width - 26, y + 36, SIGNS[mark], `sign ${mark}`);
  return svg('g', {},
    svg('title', {}, `${title}: ${text}${mark === null ? '' : ` – ${t(mark)}`}`),
    svg('rect', { x: BOX.x, y, width: BOX.width, height: BOX.height, rx: 10, class: `box ${mark ?? 'plain'}` }),
    label(BOX.x + 14, y + 24, title, 'name'), label(BOX.x + 14, y + 44, shortened(text, 36), 'text'), sign);
}

/** By whose word keys are known, beside the boxes from `first` to `last`. */
function drawSource(title: string, text: string, first: number, last: number): SVGGElement {
  const top = yOf(first);
  const height = yOf(last) + BOX.height - top;
  const middle = top + height / 2;
  const lines = Array.from({ length: last - first + 1 }, (_, i) => yOf(first + i) + BOX.height / 2)
    .map((y) => svg('path', { d: `M ${SOURCE.x} ${y} H ${BOX.x + BOX.width + 6}`, class: 'word', 'marker-end': 'url(#arrow)' }));
  return svg('g', {}, svg('title', {}, `${title}: ${text}`), ...lines,
    svg('rect', { x: SOURCE.x, y: top, width: SOURCE.width, height, rx: 10, class: 'box source' }),
    svg('text', { x: SOURCE.x + SOURCE.width / 2, y: middle - 4, class: 'name middle' }, title),
    svg('text', { x: SOURCE.x + SOURCE.width / 2, y: middle + 16, class: 'text middle' }, shortened(text, 17)));
}

function yOf(place: number): number {
  return 8 + place * (BOX.height + BOX.gap);
}

function drawArrow(place: number): SVGPathElement {
  const x = BOX.x + 40;
  return svg('path', { d: `M ${x} ${yOf(place)} V ${yOf(place - 1) + BOX.height + 6}`, class: 'covers', 'marker-end': 'url(#arrow)' });
}

function arrowHead(): SVGDefsElement {
  const head = svg('path', { d: 'M 0 0 L 10 5 L 0 10 z', class: 'head' });
  return svg('defs', {}, svg('marker', { id: 'arrow', viewBox: '0 0 10 10', refX: 8, refY: 5, markerWidth: 7, markerHeight: 7, orient: 'auto-start-reverse' }, head));
}

export function pictureOf(report: Report): SVGSVGElement {
  const boxes = boxesOf(report);
  const height = yOf(boxes.length - 1) + BOX.height + 8;
  const drawn = boxes.flatMap((box, place) => (place === 0 ? [drawBox(box, yOf(place))] : [drawArrow(place), drawBox(box, yOf(place))]));
  const sources = [drawSource(t('pictureRoot'), t('pictureRootText'), 1, 3)];
  if (boxes.length > 4) {
    const source = report.log?.keySource ?? (report.hasPolicy ? 'policy' : null);
    const [title, text] = source === 'policy' ? [t('picturePolicy'), t('pictureRootText')]
      : source === 'map' ? [t('pictureMap'), t('pictureMapText')] : [t('pictureNobody'), t('pictureNobodyText')];
    sources.push(drawSource(title, text, 4, boxes.length - 1));
  }
  const said = boxes.map(({ title, text, mark }) => `${title}: ${text}${mark === null ? '' : ` (${t(mark)})`}`).join('. ');
  return svg('svg', { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-labelledby': 'picture-title picture-text', class: 'picture' },
    svg('title', { id: 'picture-title' }, t('pictureHeading')), svg('desc', { id: 'picture-text' }, said), arrowHead(), ...sources, ...drawn);
}
