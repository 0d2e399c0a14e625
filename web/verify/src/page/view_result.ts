// SPDX-License-Identifier: Apache-2.0
import { formatAmount } from '../base/amount.js';
import { equal } from '../base/bytes.js';
import type { Time } from '../base/time.js';
import type { Order, OrderLine } from '../documents/order.js';
import type { Finding, Report } from '../evidence/report.js';
import { type Child, el, facts, moment } from './dom.js';
import { pictureOf } from './picture.js';
import { type Mark, type Statement, isIncomplete, longName, missingOf, shortName, statementsOf } from './statements.js';
import { count, placeOf, t, when, wordsOf } from './words.js';
import { Name } from '../x509/name.js';

const SIGNS: Readonly<Record<Report['verdict'], string>> = { proven: '✓', confirmed: '!', invalid: '✗' };

function markText(mark: Mark): HTMLElement {
  const signs: Readonly<Record<Mark, string>> = { holds: '✓', holdsNot: '✗', open: '?' };
  return el('span', { class: `mark ${mark}` }, `${signs[mark]} ${t(mark)}`);
}

/** Findings with the same words, together: what, where, what to do, and what exactly. */
function groupsOf(findings: readonly Finding[]): Finding[][] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const [what] = wordsOf(finding);
    groups.set(what, [...(groups.get(what) ?? []), finding]);
  }
  return [...groups.values()];
}

function findingItem(group: readonly Finding[]): HTMLElement {
  const [what, toDo] = wordsOf(group[0]!);
  const places = [...new Set(group.map(({ path }) => placeOf(path)))].join('; ');
  return el('li', {},
    el('strong', {}, `${what}.`),
    facts([[t('wrongAt'), places], [t('toDo'), toDo]]),
    el('details', {}, el('summary', {}, t('technical')),
      ...group.map(({ path, code, detail }) => el('p', { class: 'code' }, `${path}: ${code}: ${detail}`))));
}

function verdictText(report: Report): Child[] {
  const { log, hasPolicy, verdict } = report;
  if (verdict === 'invalid')
    return [el('p', {}, t(isIncomplete(report) ? 'incompleteText' : 'invalidText')), el('ul', { class: 'findings' }, ...groupsOf(report.findings).map(findingItem)),
      report.confirmation === null ? null : el('p', { class: 'quiet' }, t(isIncomplete(report) ? 'incompleteClaims' : 'claims'))];
  const withoutPolicy = hasPolicy ? null : el('p', { id: 'without-policy' }, t('withoutPolicy'));
  if (verdict === 'confirmed')
    return [el('p', {}, t('confirmedText')), el('ul', {}, ...missingOf(report).map((word) => el('li', {}, t(word)))), withoutPolicy];
  if (log?.asksNobody) return [el('p', {}, t('provenWithoutWitness'))];
  const witnesses = log?.cosignatures.filter(({ time, counts }) => time !== null && counts).length ?? 0;
  const text = t('provenText', { witnesses: count('witnessesOne', 'witnessesMany', witnesses) });
  return [el('p', {}, hasPolicy ? `${text} ${t('provenByPolicy')}` : text), withoutPolicy];
}

function degradedNotices({ statuses }: Report): HTMLElement[] {
  return statuses.flatMap(({ isDegraded, asOf, subject }) =>
    isDegraded && asOf !== null ? [el('p', { class: 'notice' }, el('strong', {}, shortName(subject.subject)), t('degraded', { time: when(asOf) }))] : []);
}

function verdictBanner(report: Report): HTMLElement {
  const titles = { proven: 'provenTitle', confirmed: 'confirmedTitle', invalid: 'invalidTitle' } as const;
  return el('div', { class: `verdict ${report.verdict}`, id: 'verdict', 'data-verdict': report.verdict },
    el('h2', { id: 'verdict-title', tabindex: -1 }, el('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[report.verdict]), t(titles[report.verdict])),
    ...verdictText(report), ...degradedNotices(report));
}

function lineRow({ description, sku, quantity, unitPrice }: OrderLine, currency: string): HTMLElement {
  return el('tr', {},
    el('td', {}, description, el('span', { class: 'quiet' }, ` ${sku}`)), el('td', { class: 'number' }, String(quantity)),
    el('td', { class: 'number' }, formatAmount({ minorUnits: unitPrice, currency })),
    el('td', { class: 'number' }, formatAmount({ minorUnits: unitPrice * quantity, currency })));
}

function linesTable({ lines, total }: Order): HTMLElement {
  const head = (word: Parameters<typeof t>[0], look = ''): HTMLElement => el('th', { scope: 'col', class: look }, t(word));
  return el('table', {},
    el('thead', {}, el('tr', {}, head('item'), head('quantity', 'number'), head('price', 'number'), head('amount', 'number'))),
    el('tbody', {}, ...lines.map((line) => lineRow(line, total.currency))),
    el('tfoot', {}, el('tr', {}, el('th', { scope: 'row', colspan: 3 }, t('total')), el('td', { class: 'number total' }, formatAmount(total)))));
}

/** Of a name that a certificate holds as text, which need not be one. */
function shortOfText(text: string): string {
  try {
    return shortName(Name.fromText(text));
  } catch {
    return text;
  }
}

function purchaserText({ order, signatures }: Report): string | null {
  if (order === null) return null;
  const signer = signatures.find(({ role, signer }) => role === 'purchaser' && equal(signer.fingerprint, order.purchaser.certificate))?.signer;
  const name = shortName(order.purchaser.subject);
  const merchant = signer?.registeredBy ?? null;
  return merchant === null ? t('purchaserText', { name }) : t('purchaserRegistered', { name, merchant: shortOfText(merchant) });
}

function purchaseSection(report: Report): HTMLElement | null {
  const { order, confirmation } = report;
  if (confirmation === null) return null;
  const { total } = confirmation.order;
  return el('section', { class: 'card' },
    el('h2', {}, t(report.verdict === 'invalid' ? 'claimedHeading' : 'purchaseHeading')),
    facts([
      [t('purchaser'), purchaserText(report)],
      [t('merchant'), order === null ? null : t('merchantText', { name: shortName(order.merchant.subject), origin: order.origin })],
      [t('confirmedAt'), moment(confirmation.time)],
      [t('confirmedBy'), longName(confirmation.dataCentre)],
      [t('cardCompany'), order?.cardCompany ? shortName(order.cardCompany.subject) : null],
      [t('authorization'), confirmation.review?.code],
      [t('group'), order?.group ? t('groupText', { count: order.group.count }) : null],
      [t('order'), el('span', { class: 'code' }, confirmation.order.id)],
    ]),
    order === null ? el('p', { class: 'total' }, formatAmount(total)) : linesTable(order));
}

function statementItem({ kind, role, who, says, until, mark }: Statement): HTMLElement {
  return el('li', { class: 'statement', 'data-kind': kind },
    el('h3', {}, `${role}: ${who}`, markText(mark)), facts([[t('says'), says], [t('reliable'), until]]));
}

function vouchSection(report: Report, statements: readonly Statement[]): HTMLElement | null {
  if (report.decidedAt === null) return null;
  return el('section', { class: 'card' }, el('h2', {}, t('vouchHeading')),
    el('p', {}, t('vouchText', { time: when(report.decidedAt) })),
    el('ol', { class: 'statements' }, ...statements.map(statementItem)),
    el('p', { class: 'quiet' }, `${t('algorithms')} ${t('notAsked')}`));
}

function pictureSection(report: Report): HTMLElement | null {
  if (report.confirmation === null) return null;
  return el('section', { class: 'card' }, el('h2', {}, t('pictureHeading')), el('p', { class: 'quiet' }, t('pictureText')), pictureOf(report));
}

function technicalSection({ confirmation, order, orderDigest, log }: Report, statements: readonly Statement[]): HTMLElement | null {
  if (confirmation === null) return null;
  const list = facts([
    [t('confirmationId'), confirmation.id], [t('dataCentre'), confirmation.dataCentre.text], [t('orderId'), confirmation.order.id],
    [t('orderDigest'), orderDigest], [t('checkout'), order?.checkout], [t('origin'), log?.origin], [t('treeSize'), log === null ? null : String(log.size)],
    [t('rootHash'), log?.root], [t('strangers'), log === null || log.unknownSignatures === 0 ? null : String(log.unknownSignatures)],
    ...statements.map(({ role, detail }) => [role, detail] as const),
  ], 'code');
  return el('section', { class: 'card' }, el('details', {}, el('summary', {}, t('technicalHeading')), list));
}

/** All that was found out. `now` says only which days have passed. */
export function resultView(report: Report, now: Time): Child[] {
  const statements = statementsOf(report, now);
  return [verdictBanner(report), purchaseSection(report), pictureSection(report), vouchSection(report, statements), technicalSection(report, statements)];
}
