// SPDX-License-Identifier: Apache-2.0
// Receipts of the sample network, good ones and, with one thing changed, bad ones.
import {
  type Centre, type Holder, NOW, type NoteKey, type SampleNetwork, type SigningOptions, type StatusOptions, after, base64, iso, nameText, pathOf, rootOf,
  sha256, signMessage, stateStatus, SHOP,
} from './sample_network.js';

type Members = Record<string, unknown>;

/** What differs from the good receipt; each function gets the object before it is written and may change it or answer another. */
export interface Changes {
  readonly order?: (order: Members) => Members | void;
  readonly orderText?: (text: string) => string;
  readonly confirmation?: (confirmation: Members) => Members | void;
  readonly receipt?: (receipt: Members) => Members | void;
  readonly text?: (text: string) => string; // of the whole file
  readonly map?: (map: Members) => Members | void;
  readonly withoutMap?: boolean;
  readonly mapSigner?: Holder;
  readonly merchant?: Holder;
  readonly purchaser?: Holder;
  readonly signer?: Holder; // of the confirmation
  readonly signedOrder?: SigningOptions;
  readonly countersignedOrder?: SigningOptions;
  readonly signedConfirmation?: SigningOptions;
  readonly merchantStatus?: StatusOptions;
  readonly purchaserStatus?: StatusOptions;
  readonly tamperSigned?: (der: Uint8Array) => Uint8Array; // of the purchaser's CMS, before the merchant countersigns it
  readonly tamper?: (der: Uint8Array) => Uint8Array; // of the confirmation's CMS, before it is logged
  readonly entry?: (entry: Uint8Array) => Uint8Array; // that the log has
  readonly index?: number; // of the proof
  readonly proof?: (hashes: Buffer[]) => Buffer[];
  readonly origin?: string; // of the checkpoint
  readonly log?: NoteKey;
  readonly witnesses?: readonly NoteKey[];
  readonly witnessedAt?: Date;
  readonly signatures?: (lines: string[]) => string[];
}

const INDEX = 5;
const SIZE = 8;
const NONCE = sha256('nonce of the sample');
const ORDER_ID = '0192f0c1-2a3b-7c4d-8e5f-001122334455';
const CONFIRMATION_ID = 'f3d1c2b4-5a69-4788-9abc-def012345678';

const changed = (object: Members, change?: (object: Members) => Members | void): Members => change?.(object) ?? object;
const party = (holder: Holder): Members => ({ subject: nameText(holder.name), certificate: sha256(holder.der).toString('hex') });
const serialOf = (holder: Holder): string => Buffer.from(holder.certificate.serialNumber.valueBlock.valueHexView).toString('hex').replace(/^00/, '');

export function policyOf(network: SampleNetwork, quorum = 'osaka', more = ''): string {
  return `# what I trust\nlog ${network.seoul.log.vkey}\n\nwitness osaka ${network.osaka.witness.vkey}\n${more}quorum ${quorum}\n`;
}

function orderOf(network: SampleNetwork, changes: Changes): string {
  const order = {
    type: 'order', version: 1, id: ORDER_ID, profile: 'direct', merchant: party(changes.merchant ?? network.merchant),
    purchaser: party(changes.purchaser ?? network.purchaser), origin: SHOP, checkout: 'c-81f2', authority: nameText(network.seoul.name), cardCompany: null,
    lines: [{ sku: 'TEA-100', description: '녹차 100 g', quantity: 2, unitPrice: 12000 }, { sku: 'CUP-3', description: 'Celadon cup', quantity: 1, unitPrice: 38000 }],
    total: 62000, currency: 'KRW', created: iso(after(NOW, -60)), expires: iso(after(NOW, 840)), nonce: sha256('order').toString('hex'),
  };
  const text = JSON.stringify(changed(order, changes.order));
  return changes.orderText?.(text) ?? text;
}

async function partyIn(holder: Holder, centre: Centre, registration: string | null, keyOrigin: string, status: StatusOptions | undefined): Promise<Members> {
  const ca = holder.above[0]!;
  return {
    subject: nameText(holder.name), issuer: nameText(ca.name), serial: serialOf(holder), registration, keyOrigin, status: 'good',
    ocsp: base64(await stateStatus(holder, ca, centre.responder, { at: after(NOW, -5), ...status })),
  };
}

async function confirmationOf(network: SampleNetwork, order: string, countersigned: Uint8Array, changes: Changes): Promise<string> {
  const { seoul } = network;
  const confirmation = {
    type: 'confirmation', version: 1, id: CONFIRMATION_ID, dataCentre: nameText(seoul.name), index: INDEX, log: seoul.log.name, time: iso(NOW),
    order: { id: ORDER_ID, digest: sha256(order).toString('hex'), total: 62000, currency: 'KRW' }, countersignedOrder: base64(countersigned), review: null,
    merchant: await partyIn(changes.merchant ?? network.merchant, seoul, null, 'holder', changes.merchantStatus),
    purchaser: await partyIn(changes.purchaser ?? network.purchaser, seoul, nameText(network.merchant.name), 'authority', changes.purchaserStatus),
  };
  return JSON.stringify(changed(confirmation, changes.confirmation));
}

export async function makeMap(network: SampleNetwork, changes: Changes = {}): Promise<Uint8Array> {
  const centre = ({ name, ca, log, witness }: Centre): Members => {
    const host = log.name.split('/')[0]!;
    return {
      name: nameText(name), certificates: [base64(ca.der)], serviceUrl: `https://${host}`, statusUrl: `http://${host}:8080`, through: null, retired: null,
      log: { origin: log.name, key: log.vkey, url: `https://${log.name}` }, witness: { key: witness.vkey, url: `https://${witness.name}` },
    };
  };
  const map = {
    type: 'network-map', version: 1, mapVersion: 7, issued: iso(after(NOW, -600)), expires: iso(after(NOW, 30 * 86400)), root: base64(network.root.der),
    nextRoot: null, dataCentres: [network.osaka, network.seoul].map(centre),
  };
  return signMessage(changes.mapSigner ?? network.mapSigner, Buffer.from(JSON.stringify(changed(map, changes.map))), { at: after(NOW, -600) });
}

/** The log's checkpoint with its signature and those of the witnesses. */
function checkpointOf(network: SampleNetwork, leaves: readonly Uint8Array[], changes: Changes): string {
  const log = changes.log ?? network.seoul.log;
  const text = `${changes.origin ?? log.name}\n${leaves.length}\n${base64(rootOf(leaves))}\n`;
  const witnesses = changes.witnesses ?? [network.osaka.witness];
  const lines = [log.sign(text), ...witnesses.map((witness) => witness.sign(text, changes.witnessedAt))];
  return `${text}\n${(changes.signatures?.(lines) ?? lines).join('')}`;
}

/** What the log's entry says of a message: over the digest of its content, which is `json` unless it was tampered with, and what follows. */
function commitmentTo(message: Uint8Array, untampered: Uint8Array, json: string): Uint8Array {
  const begin = Buffer.from(untampered).indexOf(json);
  const end = begin + Buffer.byteLength(json);
  return sha256(NONCE, sha256(message.subarray(begin, end)), message.subarray(end));
}

function proofOf(network: SampleNetwork, commitment: Uint8Array, changes: Changes): string {
  const entry = Buffer.concat([Uint8Array.of(1), Buffer.from(CONFIRMATION_ID.replaceAll('-', ''), 'hex'), commitment]);
  const leaves = Array.from({ length: SIZE }, (_, i) => (i === INDEX ? changes.entry?.(entry) ?? entry : Buffer.from(`leaf ${i}`)));
  const hashes = pathOf(INDEX, leaves);
  const lines = (changes.proof?.(hashes) ?? hashes).map((hash) => `${base64(hash)}\n`).join('');
  return `c2sp.org/tlog-proof@v1\nindex ${changes.index ?? INDEX}\n${lines}\n${checkpointOf(network, leaves, changes)}`;
}

export async function makeReceipt(network: SampleNetwork, changes: Changes = {}): Promise<Uint8Array<ArrayBuffer>> {
  const order = orderOf(network, changes);
  const untampered = await signMessage(changes.purchaser ?? network.purchaser, Buffer.from(order), { at: after(NOW, -30), ...changes.signedOrder });
  const signed = changes.tamperSigned?.(untampered) ?? untampered;
  const countersigned = await signMessage(changes.merchant ?? network.merchant, signed, { inside: 'signed-data', at: after(NOW, -10), ...changes.countersignedOrder });
  const json = await confirmationOf(network, order, countersigned, changes);
  const message = await signMessage(changes.signer ?? network.seoul.signer, Buffer.from(json), changes.signedConfirmation);
  const confirmation = changes.tamper?.(message) ?? message;
  const receipt = {
    type: 'receipt', version: 1, confirmation: base64(confirmation), nonce: base64(NONCE), proof: proofOf(network, commitmentTo(confirmation, message, json), changes),
    maps: changes.withoutMap ? [] : [base64(await makeMap(network, changes))], states: (changes.witnesses ?? [0]).length > 0 ? 'witnessed' : 'pending',
  };
  const text = JSON.stringify(changed(receipt, changes.receipt));
  return new TextEncoder().encode(changes.text?.(text) ?? text);
}
