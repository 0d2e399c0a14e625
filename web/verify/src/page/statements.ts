// SPDX-License-Identifier: Apache-2.0
// Who says what in a receipt, whether it holds, and until when it can be relied on; as text, without a page.
import { hexEncode } from '../base/bytes.js';
import type { Time } from '../base/time.js';
import type { Report, SignatureFact, StatusFact } from '../evidence/report.js';
import type { Certificate } from '../x509/certificate.js';
import type { Name } from '../x509/name.js';
import type { Words } from './words_en.js';
import { day, findPlace, t, when } from './words.js';

/** Proven; wrong; or nobody says by which key it would be proven. */
export type Mark = 'holds' | 'holdsNot' | 'open';

export interface Statement {
  readonly kind: 'purchaser' | 'merchant' | 'status' | 'authority' | 'log' | 'witness' | 'map' | 'root';
  readonly role: string; // in words
  readonly who: string;
  readonly says: string;
  readonly until: string;
  readonly mark: Mark;
  readonly detail: string | null; // for experts
}

/** The most specific part of a name. */
export function shortName(name: Name): string {
  return name.valueOf('CN') ?? name.valueOf('UID') ?? name.valueOf('OU') ?? name.attributes.at(-1)!.value;
}

/** All parts of a name, the most specific first. */
export function longName(name: Name): string {
  return name.attributes.map(({ value }) => value).reverse().join(', ');
}

function describe(certificate: Certificate): string {
  return `${certificate.subject.text} – ${t('certificate', { serial: certificate.serial, fingerprint: hexEncode(certificate.fingerprint) })}`;
}

type Kind = Statement['kind'];

// What a finding speaks against, by the beginnings of its path.
const BLAMED: readonly (readonly [path: string, kind: Kind])[] = [
  ['confirmation', 'authority'],
  ['confirmation.countersignedOrder', 'merchant'],
  ['confirmation.countersignedOrder.signedOrder', 'purchaser'],
  ['confirmation.merchant.ocsp', 'status'],
  ['confirmation.purchaser.ocsp', 'status'],
  ['receipt.maps', 'map'],
  ['receipt.proof', 'log'],
  ['log', 'log'],
  ['log.witnesses', 'witness'],
  ['root', 'root'],
];

/** Whether something that was found speaks against this statement, so that it does not hold although it is signed. */
export function isBlamed({ findings }: Report, kind: Kind): boolean {
  return findings.some(({ path, reason }) => reason !== 'too_few_witnesses' && findPlace(BLAMED, path) === kind);
}

/** How long a signature can be relied on: as its path is valid, and beyond that where witnesses saw it while it was. */
function untilOf({ signer, authority, root }: SignatureFact, kind: Kind, report: Report, now: Time): string {
  if (isBlamed(report, kind)) return t('untilNot');
  const until = Math.min(signer.notAfter, authority?.notAfter ?? signer.notAfter, root.notAfter);
  const seen = report.verdict === 'proven' ? report.log!.witnessedAt : null;
  const byItself = t(until < now ? 'untilPassed' : 'untilByItself', { until: day(until) });
  if (report.verdict === 'invalid') return byItself;
  return `${byItself} ${seen === null ? t('beyondAlone') : t(seen <= until ? 'beyondWitnessed' : 'beyondTooLate', { time: when(seen) })}`;
}

const SIGNERS = [
  { role: 'purchaser', kind: 'purchaser', title: 'picturePurchaser', says: 'sayPurchaser' },
  { role: 'merchant', kind: 'merchant', title: 'pictureMerchant', says: 'sayMerchant' },
  { role: 'confirmation-signer', kind: 'authority', title: 'pictureAuthority', says: 'sayAuthority' },
] as const;

function markOfSignature({ isValid }: SignatureFact, kind: Kind, report: Report): Mark {
  return isValid && !isBlamed(report, kind) ? 'holds' : 'holdsNot';
}

/** Of the one who signed in that place; wrong where nobody did. */
export function markOfSigner(kind: 'purchaser' | 'merchant' | 'authority', report: Report): Mark {
  const fact = report.signatures.find(({ role }) => role === SIGNERS.find((each) => each.kind === kind)!.role);
  return fact === undefined ? 'holdsNot' : markOfSignature(fact, kind, report);
}

function signatureStatement(fact: SignatureFact, report: Report, now: Time): Statement | null {
  const words = SIGNERS.find(({ role }) => role === fact.role);
  if (words === undefined) return null;
  const time = words.kind === 'authority' && report.decidedAt !== null ? report.decidedAt : fact.signingTime;
  const who = words.kind === 'authority' && report.confirmation !== null ? longName(report.confirmation.dataCentre) : shortName(fact.signer.subject);
  return {
    kind: words.kind, role: t(words.title), who, says: t(words.says, { time: when(time), index: report.confirmation?.index ?? '?' }),
    until: untilOf(fact, words.kind, report, now), mark: markOfSignature(fact, words.kind, report), detail: describe(fact.signer),
  };
}

const STATUS_WORDS: Readonly<Record<string, keyof Words>> = { good: 'statusGood', revoked: 'statusRevoked', 'on-hold': 'statusOnHold', unknown: 'statusUnknown' };

function statusStatement({ path, answer }: StatusFact, decidedAt: Time): Statement {
  const isMerchant = path.startsWith('confirmation.merchant');
  return {
    kind: 'status', role: t(isMerchant ? 'roleStatusMerchant' : 'roleStatusPurchaser'), who: answer === null ? '–' : longName(answer.responder.subject),
    says: t(isMerchant ? 'sayStatusMerchant' : 'sayStatusPurchaser', {
      status: t(answer === null ? 'statusUnproven' : STATUS_WORDS[answer.status]!), time: when(answer?.thisUpdate ?? decidedAt) }),
    until: answer === null ? '–' : t('untilStatus', { from: when(answer.thisUpdate), until: when(answer.nextUpdate) }),
    mark: answer?.status === 'good' ? 'holds' : 'holdsNot', detail: answer === null ? null : describe(answer.responder),
  };
}

/** Whether the log's signature and the proof hold; not known where nobody says which key is the log's. */
export function markOfLog(report: Report): Mark {
  const { log } = report;
  const isUnknown = log !== null && log.key === null && log.keySource === null;
  if (log === null || !log.isIncluded || (!isUnknown && isBlamed(report, 'log'))) return 'holdsNot';
  return log.key !== null ? 'holds' : isUnknown ? 'open' : 'holdsNot';
}

function logStatements(report: Report): Statement[] {
  const { log } = report;
  if (log === null) return [];
  const key = { detail: log.key, mark: markOfLog(report) };
  const byMap = log.keySource === 'map' && report.map !== null ? `${t('untilLogMap', { until: day(report.map.until) })} ` : '';
  const until = key.mark === 'holds' ? byMap + t('untilLog') : t(key.mark === 'open' ? 'untilLogUnknown' : 'untilNot');
  return [
    { kind: 'log', role: t('pictureLog'), who: log.origin, says: t('sayLog', { index: log.index, size: log.size }), until, ...key },
    ...log.cosignatures.map(({ name, label, time, counts }): Statement => ({
      kind: 'witness', role: t('pictureWitness'), who: name, says: time === null ? '–' : t('sayWitness', { time: when(time), size: log.size }),
      until: t(counts ? 'untilWitness' : 'untilWitnessOwn'), mark: time === null ? 'holdsNot' : 'holds', detail: label,
    })),
  ];
}

/** From the purchaser to the root, in the order in which one rests on the other. */
export function statementsOf(report: Report, now: Time): Statement[] {
  const signatures = [...report.signatures].reverse().flatMap((fact) => signatureStatement(fact, report, now) ?? []);
  const statuses = report.statuses.map((fact) => statusStatement(fact, report.decidedAt ?? 0));
  const { map } = report;
  const fromMap: Statement[] = map === null ? [] : [{
    kind: 'map', role: t('pictureMap'), who: longName(map.signer.subject), says: t('sayMap', { version: map.version }),
    until: t(isBlamed(report, 'map') ? 'untilNot' : 'untilMap', { from: when(map.issued), until: when(map.expires) }), mark: isBlamed(report, 'map') ? 'holdsNot' : 'holds', detail: describe(map.signer),
  }];
  const fromRoots = report.roots.map((root): Statement => ({
    kind: 'root', role: t('pictureRoot'), who: longName(root.subject), says: t('sayRoot'), until: t('untilRoot', { until: day(root.notAfter) }),
    mark: isBlamed(report, 'root') ? 'holdsNot' : 'holds', detail: describe(root),
  }));
  // The authority's word comes after the statuses that it rests on.
  return [...signatures.slice(0, -1), ...statuses, ...signatures.slice(-1), ...logStatements(report), ...fromMap, ...fromRoots];
}

/** What is missing from a receipt that is confirmed and not proven. */
export function missingOf({ log, receipt }: Report): (keyof Words)[] {
  if (log === null || log.isWitnessed) return [];
  const isOwn = log.cosignatures.length > 0 && log.cosignatures.every(({ counts }) => !counts);
  const missing: (keyof Words)[] = isOwn ? ['missingOwnWitness'] : [];
  if (receipt?.state === 'pending') return [...missing, 'missingWitnessesPending'];
  return isOwn ? missing : ['missingWitnesses'];
}

/** Whether nothing is wrong with a receipt that is not valid: what is found is only that something is missing. */
export function isIncomplete({ verdict, findings }: Report): boolean {
  return verdict === 'invalid' && findings.every(({ reason }) => reason === 'no_log_key' || reason === 'too_few_witnesses');
}
