// SPDX-License-Identifier: Apache-2.0
// Whole receipts: good ones, and with one thing wrong each.
import assert from 'node:assert/strict';
import type { Report, Verdict } from '../src/evidence/report.js';
import {
  type Holder, NOW, NoteKey, after, base64, iso, makeCentre, makeMerchant, makeNetwork, makePurchaser, makeRoot, nameText, sha256, SHOP,
} from './sample_network.js';
import { type Changes, policyOf } from './sample_receipt.js';

type Members = Record<string, unknown>;

export const network = await makeNetwork();
const { merchant, seoul, osaka } = network;
export const otherRoot = await makeRoot();
const own = new NoteKey('newspaper.example/witness', 4);
const otherCentre = await makeCentre(otherRoot, 'seoul-1');

// --- good ones

interface Good {
  readonly name: string;
  readonly changes?: Changes;
  readonly policy?: string;
  readonly verdict?: Verdict; // proven, unless it says otherwise
  readonly also?: (report: Report) => void;
}
export const GOOD: readonly Good[] = [
  { name: 'witnessed by another data centre of the map', also: ({ log, map }) => {
    assert.deepEqual([log?.keySource, log?.cosignatures.map(({ label }) => label), map?.version], ['map', [nameText(osaka.name)], 7]);
  } },
  { name: 'by the keys of a policy', policy: policyOf(network), also: ({ log, hasPolicy }) => assert.deepEqual([log?.keySource, hasPolicy], ['policy', true]) },
  { name: 'by a policy, without a map', changes: { withoutMap: true }, policy: policyOf(network), also: ({ map }) => assert.equal(map, null) },
  { name: 'by a policy that asks for no witness', changes: { witnesses: [] }, policy: policyOf(network, 'none'),
    also: ({ log }) => assert.equal(log?.asksNobody, true) },
  { name: 'by a policy with two keys of the log, of which one signed', policy: `log ${new NoteKey('seoul-1.example/log', 1).vkey}\n${policyOf(network)}` },
  { name: 'with a map that is newer than the confirmation', changes: { map: (m) => ({ ...m, issued: iso(after(NOW, 600)) }) } },
  { name: 'with a map that does not know the data centre any more', changes: { map: (m) => ({ ...m, dataCentres: (m.dataCentres as Members[]).slice(0, 1) }) }, policy: policyOf(network) },
  { name: 'with a claim of witnesses that decides nothing', changes: { witnesses: [], receipt: (r) => ({ ...r, states: 'witnessed' }) }, verdict: 'confirmed' },
  { name: 'pending: no witness has cosigned yet', changes: { witnesses: [] }, verdict: 'confirmed' },
  { name: 'cosigned by the own data centre alone, which counts for nothing', changes: { witnesses: [seoul.witness] }, verdict: 'confirmed',
    also: ({ log }) => assert.deepEqual(log?.cosignatures.map(({ counts }) => counts), [false]) },
  { name: 'witnessed by strangers alone', changes: { witnesses: [own] }, verdict: 'confirmed', also: ({ log }) => assert.equal(log?.unknownSignatures, 1) },
  { name: 'with a degraded status', changes: { confirmation: (c) => { Object.assign(c.purchaser as Members, { asOf: iso(after(NOW, -50)), degraded: true }); } },
    also: ({ statuses }) => assert.equal(statuses[1]?.isDegraded, true) },
  { name: 'of a split payment', changes: split({}), also: ({ confirmation }) => assert.equal(confirmation?.review?.code, 'A-1') },
  { name: 'of one order of several under one approval', changes: { order: (o) => ({ ...o, group: { id: '00'.repeat(16), count: 3 } }) },
    also: ({ order }) => assert.equal(order?.group?.count, 3) },
  { name: 'of a merchant that speaks Korean', changes: { order: (o) => { (o.lines as Members[])[0]!.description = '녹차 “우전” 100 g ☕'; } } },
];

/** An order of profile set, with what belongs to it. */
function split(changes: Changes): Changes {
  const company = { subject: nameText([...seoul.name, ['OU', 'card-companies'], ['CN', 'Han River Card']]), certificate: '77'.repeat(32) };
  return {
    order: (o) => ({ ...o, profile: 'set', cardCompany: company }),
    confirmation: (c) => ({ ...c, review: { digest: '11'.repeat(32), code: 'A-1' } }),
    signedOrder: { paymentDigest: sha256('payment') },
    ...changes,
  };
}

// --- bad ones

interface Bad {
  readonly name: string;
  readonly changes: Changes | (() => Promise<Changes>);
  readonly policy?: string;
  readonly root?: Holder;
  /** "path reason" of every finding, or "path code" where it has no reason of its own. */
  readonly finds: readonly string[];
}
const ORDER = 'confirmation.countersignedOrder.signedOrder.order';
const SIGNED = 'confirmation.countersignedOrder.signedOrder';

/** Replaces one octet behind these words in the message. */
function altered(words: string): (der: Uint8Array) => Uint8Array {
  return (der) => {
    const copy = Buffer.from(der);
    const place = copy.indexOf(words);
    assert.ok(place > 0);
    copy[place + words.length] = copy[place + words.length]! ^ 1;
    return copy;
  };
}

export const BAD: readonly Bad[] = [
  // the file
  { name: 'no JSON', changes: { text: () => 'receipt' }, finds: ['receipt malformed'] },
  { name: 'a member more', changes: { receipt: (r) => ({ ...r, note: 'x' }) }, finds: ['receipt malformed'] },
  { name: 'a member twice', changes: { text: (t) => t.replace('"version":1', '"version":1,"version":1') }, finds: ['receipt malformed'] },
  { name: 'a member less', changes: { receipt: (r) => { delete r.maps; } }, finds: ['receipt malformed'] },
  { name: 'another type', changes: { receipt: (r) => ({ ...r, type: 'confirmation' }) }, finds: ['receipt unsupported'] },
  { name: 'a later version', changes: { receipt: (r) => ({ ...r, version: 2 }) }, finds: ['receipt unsupported'] },
  { name: 'a state that nobody knows', changes: { receipt: (r) => ({ ...r, states: 'certain' }) }, finds: ['receipt unsupported'] },
  { name: 'a nonce of 31 octets', changes: { receipt: (r) => ({ ...r, nonce: base64(Buffer.alloc(31)) }) }, finds: ['receipt malformed'] },
  { name: 'too many maps', changes: { receipt: (r) => ({ ...r, maps: Array(5).fill((r.maps as string[])[0]) }) }, finds: ['receipt too_large'] },
  { name: 'too many octets', changes: { receipt: (r) => ({ ...r, proof: 'x'.repeat(3 << 19) }) }, finds: ['receipt too_large'] },
  // the confirmation
  { name: 'a confirmation that was altered', changes: { tamper: altered('"total":6200') }, finds: ['confirmation signature_invalid', 'confirmation.total total_differs'] },
  { name: 'a confirmation that was cut short', changes: { tamper: (der) => der.subarray(0, -1) }, finds: ['confirmation malformed'] },
  { name: 'another network’s root', root: otherRoot, changes: {}, finds: [
    'confirmation.certificates other_root', 'confirmation.countersignedOrder.certificates other_root', `${SIGNED}.certificates other_root`,
    'confirmation.signer certificate_unknown', 'confirmation.countersignedOrder.signer certificate_unknown', `${SIGNED}.signer certificate_unknown`,
    'confirmation.merchant.ocsp certificate_unknown', 'confirmation.purchaser.ocsp certificate_unknown', 'receipt.maps[0] certificate_unknown', 'log.key no_log_key'] },
  { name: 'a data centre’s CA for a root', root: seoul.ca, changes: { withoutMap: true }, finds: ['root wrong_role', 'log.key no_log_key'] },
  { name: 'a confirmation that the merchant signed', changes: { signer: merchant },
    finds: ['confirmation.signer wrong_role'] },
  { name: 'a confirmation that a responder signed', changes: { signer: seoul.responder },
    finds: ['confirmation.signer wrong_role', 'confirmation wrong_role'] },
  { name: 'a confirmation that another data centre signed', changes: { signer: osaka.signer }, finds: ['confirmation.dataCentre another_data_centre'] },
  { name: 'a confirmation that an impostor’s data centre signed', changes: { signer: otherCentre.signer }, finds: [
    'confirmation.certificates other_root', 'confirmation.signer certificate_unknown'] },
  { name: 'a receipt without the CA above those who signed', changes: {
    signedConfirmation: { without: [seoul.ca] }, countersignedOrder: { inside: 'signed-data', without: [seoul.ca] }, signedOrder: { without: [seoul.ca] } },
    finds: ['confirmation.signer certificate_unknown', 'confirmation.countersignedOrder.signer certificate_unknown', `${SIGNED}.signer certificate_unknown`,
      'confirmation.merchant.ocsp certificate_unknown', 'confirmation.purchaser.ocsp certificate_unknown'] },
  { name: 'a type of document that is no confirmation', changes: { confirmation: (c) => ({ ...c, type: 'extract' }) }, finds: ['confirmation unsupported'] },
  { name: 'a total that the order does not have', changes: { confirmation: (c) => { (c.order as Members).total = 6200; } }, finds: ['confirmation.total total_differs'] },
  { name: 'another currency', changes: { confirmation: (c) => { (c.order as Members).currency = 'USD'; } }, finds: ['confirmation.total total_differs'] },
  { name: 'another order’s digest', changes: { confirmation: (c) => { (c.order as Members).digest = '00'.repeat(32); } },
    finds: ['confirmation.orderDigest order_digest_differs'] },
  { name: 'another order’s id', changes: { confirmation: (c) => { (c.order as Members).id = '0192f0c1-2a3b-7c4d-8e5f-001122334456'; } },
    finds: ['confirmation.orderId order_id_differs'] },
  { name: 'a fraction in it', changes: { confirmation: (c) => { (c.order as Members).total = 0.5; } }, finds: ['confirmation malformed'] },
  { name: 'an order that was over', changes: { order: (o) => ({ ...o, created: iso(after(NOW, -3600)), expires: iso(after(NOW, -61)) }) }, finds: [`${ORDER}.expires order_over`] },
  { name: 'an order of later', changes: { order: (o) => ({ ...o, created: iso(after(NOW, 61)) }) }, finds: [`${ORDER}.created order_from_later`] },
  { name: 'an order for another authority', changes: { order: (o) => ({ ...o, authority: nameText(osaka.name) }) }, finds: ['confirmation.dataCentre other_authority'] },
  { name: 'lines that do not add up', changes: { order: (o) => ({ ...o, total: 62001 }), confirmation: (c) => { (c.order as Members).total = 62001; } },
    finds: [`${ORDER} amount_mismatch`] },
  { name: 'a line that was added after signing', changes: { orderText: (t) => t.replace('"Celadon cup"', '"Celadon cup","gift":true') }, finds: [`${ORDER} malformed`] },
  { name: 'a serial number of another certificate', changes: { confirmation: (c) => { (c.merchant as Members).serial = '4142'; } },
    finds: ['confirmation.merchant.serial party_differs'] },
  { name: 'a registration by somebody else', changes: { confirmation: (c) => { (c.purchaser as Members).registration = nameText(seoul.name); } },
    finds: ['confirmation.purchaser.registeredBy party_differs'] },
  { name: 'a key that somebody else made', changes: { confirmation: (c) => { (c.purchaser as Members).keyOrigin = 'holder'; } },
    finds: ['confirmation.purchaser.keyOrigin party_differs'] },
  // the parties
  { name: 'a purchaser’s signature that does not verify', changes: { tamperSigned: (der) => Uint8Array.from([...der.slice(0, -1), der.at(-1)! ^ 1]) },
    finds: [`${SIGNED} signature_invalid`] },
  { name: 'another purchaser’s signature', changes: { order: (o) => { (o.purchaser as Members).certificate = sha256(merchant.der).toString('hex'); } },
    finds: [`${ORDER}.purchaser other_purchaser`] },
  { name: 'another merchant’s countersignature', changes: { order: (o) => { (o.merchant as Members).subject = nameText([...seoul.name, ['OU', 'merchants'], ['CN', 'Other Shop']]); } },
    finds: [`${ORDER}.merchant other_merchant`] },
  { name: 'a shop’s page that is not the merchant’s', changes: { order: (o) => ({ ...o, origin: 'https://shop.example' }) }, finds: [`${ORDER}.origin origin_not_merchants`] },
  { name: 'a merchant at a host that its CA may not name', changes: async () => ({ merchant: await makeMerchant(seoul.ca, [SHOP, 'https://shop.test']) }),
    finds: ['confirmation.countersignedOrder.signer name_not_permitted'] },
  { name: 'a merchant with another data centre’s name', changes: async () => ({ merchant: await makeMerchant(osaka.ca) }),
    finds: ['confirmation.countersignedOrder.signer name_not_permitted', 'confirmation.merchant.ocsp certificate_unknown'] },
  { name: 'a merchant below the subtree of purchasers', changes: async () => ({
    merchant: await makeMerchant(seoul.ca, [SHOP], [...seoul.name, ['OU', 'purchasers'], ['CN', 'Sample Shop']]) }),
    finds: ['confirmation.countersignedOrder.signer name_not_permitted'] },
  { name: 'a purchaser whose certificate had ended', changes: async () => ({ purchaser: await makePurchaser(seoul.ca, { begins: after(NOW, -2 * 86400), days: 1 }) }),
    finds: [`${SIGNED}.signer expired`] },
  { name: 'a purchaser whose certificate had not begun', changes: async () => ({ purchaser: await makePurchaser(seoul.ca, { begins: after(NOW, 60) }) }),
    finds: [`${SIGNED}.signer not_yet_valid`] },
  { name: 'a purchaser with the role of an authority', changes: async () => ({
    purchaser: await makePurchaser(seoul.ca, { policies: [{ oid: '2.25.5029185730381929265412404197190874440.1.2' }, { oid: '2.25.5029185730381929265412404197190874440.2.1', notice: nameText(merchant.name) }] }) }),
    finds: [`${SIGNED}.signer wrong_role`] },
  { name: 'a purchaser certified for longer than its role', changes: async () => ({ purchaser: await makePurchaser(seoul.ca, { days: 731 }) }), finds: [`${SIGNED}.signer wrong_role`] },
  { name: 'a countersigned order that holds no signed order', changes: { countersignedOrder: { inside: 'data' } }, finds: ['confirmation.countersignedOrder malformed'] },
  { name: 'a split payment without a payment', changes: split({ signedOrder: {} }), finds: [`${SIGNED} payment_missing`] },
  { name: 'a payment where there is none', changes: { signedOrder: { paymentDigest: sha256('payment') } }, finds: [`${SIGNED} payment_misplaced`] },
  { name: 'a payment that the merchant signed', changes: { countersignedOrder: { inside: 'signed-data', paymentDigest: sha256('payment') } },
    finds: ['confirmation.countersignedOrder payment_misplaced'] },
  { name: 'a review where there is none', changes: { confirmation: (c) => ({ ...c, review: { digest: '11'.repeat(32), code: 'A-1' } }) },
    finds: ['confirmation.review review_disagrees'] },
  // the statuses
  { name: 'a purchaser’s certificate that was revoked', changes: { purchaserStatus: { status: 'revoked' } }, finds: ['confirmation.purchaser.ocsp status_not_good'] },
  { name: 'a merchant’s certificate that was suspended', changes: { merchantStatus: { status: 'on-hold' } }, finds: ['confirmation.merchant.ocsp status_not_good'] },
  { name: 'a certificate that its authority does not know', changes: { purchaserStatus: { status: 'unknown' } }, finds: ['confirmation.purchaser.ocsp status_not_good'] },
  { name: 'a status that was over', changes: { merchantStatus: { at: after(NOW, -1200) } }, finds: ['confirmation.merchant.ocsp expired'] },
  { name: 'a status of later', changes: { merchantStatus: { at: after(NOW, 120) } }, finds: ['confirmation.merchant.ocsp not_yet_valid'] },
  { name: 'the other party’s status', changes: { confirmation: (c) => { (c.merchant as Members).ocsp = (c.purchaser as Members).ocsp; } },
    finds: ['confirmation.merchant.ocsp certificate_unknown'] },
  { name: 'a status that is too old and not called degraded', changes: { confirmation: (c) => { (c.purchaser as Members).asOf = iso(after(NOW, -11)); },
    purchaserStatus: { at: after(NOW, -20) } }, finds: ['confirmation.purchaser.asOf as_of_too_old'] },
  { name: 'a status as of later', changes: { confirmation: (c) => { (c.purchaser as Members).asOf = iso(after(NOW, 1)); } }, finds: ['confirmation.purchaser.asOf as_of_impossible'] },
  // the map
  { name: 'a map that was over', changes: { map: (m) => ({ ...m, expires: iso(NOW) }) }, finds: ['receipt.maps[0] map_over', 'log.key no_log_key'] },
  { name: 'a map that somebody else signed', changes: { mapSigner: seoul.signer }, finds: ['receipt.maps[0] certificate_unknown', 'log.key no_log_key'] },
  { name: 'a map with a member more', changes: { map: (m) => { (m.dataCentres as Members[])[1]!.owner = 'me'; } }, finds: ['receipt.maps[0] malformed', 'log.key no_log_key'] },
  { name: 'a map with a witness at a plain URL', changes: { map: (m) => { ((m.dataCentres as Members[])[1]!.witness as Members).url = 'http://w.example'; } }, finds: ['receipt.maps[0] malformed', 'log.key no_log_key'] },
  { name: 'a map whose data centres have changed places', changes: { map: (m) => { (m.dataCentres as Members[]).reverse(); } }, finds: ['receipt.maps[0] malformed', 'log.key no_log_key'] },
  // the log
  { name: 'a confirmation from before the log', changes: { confirmation: (c) => { delete c.log; } }, finds: ['confirmation.log no_log_named'] },
  { name: 'another log’s proof', changes: { origin: 'osaka-1.example/log', log: osaka.log, withoutMap: true }, finds: ['log.origin other_log', 'log.key no_log_key'] },
  { name: 'another confirmation’s number', changes: { confirmation: (c) => ({ ...c, index: 4 }) }, finds: ['log.index other_index'] },
  { name: 'an index that the tree does not have', changes: { index: 8 }, finds: ['log.index other_index', 'log.inclusion not_in_log'] },
  { name: 'a log that has something else there', changes: { entry: () => Buffer.from('something else') }, finds: ['log.inclusion not_in_log'] },
  { name: 'another nonce', changes: { receipt: (r) => ({ ...r, nonce: base64(Buffer.alloc(32)) }) }, finds: ['log.inclusion not_in_log'] },
  { name: 'a proof cut short', changes: { proof: (hashes) => hashes.slice(1) }, finds: ['log.inclusion not_in_log'] },
  { name: 'a proof with a hash too many', changes: { proof: (hashes) => [...hashes, hashes[0]!] }, finds: ['log.inclusion not_in_log'] },
  { name: 'a proof of no form', changes: { receipt: (r) => ({ ...r, proof: 'index 5' }) }, finds: ['receipt.proof malformed'] },
  { name: 'a checkpoint that another key signed', changes: { log: new NoteKey('seoul-1.example/log', 1) }, finds: ['log.signature log_not_signed'] },
  { name: 'a checkpoint whose signature is another’s', changes: { signatures: ([, ...rest]) => [seoul.log.sign('x\n'), ...rest] }, finds: ['log.signature signature_invalid'] },
  { name: 'a checkpoint without the log’s signature', changes: { signatures: (lines) => lines.slice(1) },
    finds: ['log.signature log_not_signed'] },
  { name: 'a policy without a log', changes: {}, policy: policyOf(network).replace(/^log .*$/m, ''), finds: ['log.key log_not_trusted'] },
  { name: 'a witness that cosigned twice', changes: { signatures: ([log, witness]) => [log!, witness!, witness!] }, finds: ['receipt.proof malformed'] },
  { name: 'a map with one key for log and witness', changes: { map: (m) => {
    const [first, second] = m.dataCentres as [Members, Members];
    second.witness = { ...(first.witness as Members) };
  } }, finds: ['receipt.maps[0] malformed', 'log.key no_log_key'] },
  { name: 'a map with a log of no origin', changes: { map: (m) => { ((m.dataCentres as Members[])[1]!.log as Members).origin = 'seoul-1.example/log/'; } }, finds: ['receipt.maps[0] malformed', 'log.key no_log_key'] },
  { name: 'a log that the policy does not trust', changes: {}, policy: policyOf(network).replace(seoul.log.vkey, osaka.log.vkey), finds: ['log.key log_not_trusted'] },
  { name: 'a checkpoint with extension lines', changes: { receipt: (r) => ({ ...r, proof: (r.proof as string).replace(/(=\n)\n—/, '$1more\n\n—') }) }, finds: ['receipt.proof unsupported'] },
  { name: 'a cosignature that does not verify', changes: { signatures: ([log]) => [log!, osaka.witness.sign('x\n')] },
    finds: ['log.witnesses.osaka-1.example/witness signature_invalid'] },
  { name: 'a map that does not know the data centre any more', changes: { map: (m) => ({ ...m, dataCentres: (m.dataCentres as Members[]).slice(0, 1) }) },
    finds: ['log.key no_log_key'] },
  { name: 'no map, and nobody to say which key is the log’s', changes: { withoutMap: true }, finds: ['log.key no_log_key'] },
  { name: 'no witness, where the policy asks for one', changes: { witnesses: [] }, policy: policyOf(network), finds: ['log.witnesses too_few_witnesses'] },
  { name: 'the own data centre’s witness alone, where the policy asks for another', changes: { witnesses: [seoul.witness] }, policy: policyOf(network),
    finds: ['log.witnesses too_few_witnesses'] },
  { name: 'fewer witnesses than the policy asks for', changes: {}, policy: policyOf(network, 'G', `witness newspaper ${own.vkey}\ngroup G all osaka newspaper\n`),
    finds: ['log.witnesses too_few_witnesses'] },
  { name: 'a cosignature that does not verify, where the policy asks for it', changes: { signatures: ([log]) => [log!, osaka.witness.sign('x\n')] }, policy: policyOf(network),
    finds: ['log.witnesses.osaka signature_invalid', 'log.witnesses too_few_witnesses'] },
  { name: 'a cosignature from before the decision', changes: { witnessedAt: after(NOW, -61) }, finds: ['log.witnesses.osaka-1.example/witness cosigned_before_decision'] },
];
