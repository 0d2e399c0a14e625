// SPDX-License-Identifier: Apache-2.0
// Speaks to the wallet that served this page.

/** @typedef {{minorUnits: number, currency: string, digits: number}} Amount */
/** @typedef {{label: string, tamperResistant: boolean, triesLeft: number | null}} Card */
/** @typedef {{subject: string, serial: string, notBefore: string, notAfter: string, registeredBy: string,
 *             keyOrigin: string, suspensionCode: string}} Certificate */
/** @typedef {{id: string, state: 'linked' | 'fetched' | 'imported' | 'active', hasKeyFile: boolean, created: string,
 *             kind: 'enrolment' | 'renewal', merchant: string, merchantSubject: string, email: string, text: string,
 *             given: string, root: string}} Enrolment */
/** @typedef {{name: string, subject: string}} Company */
/** @typedef {{company: Company, method: 'card' | 'account', ending: string, verdict: '' | 'approved' | 'declined',
 *             code: string, authorization: string, decided: string}} Review
 *           What a card company said to a payment; without a verdict its answer did not arrive. */
/** @typedef {{id: string, state: 'shown' | 'signed' | 'confirmed' | 'refused' | 'cancelled', profile: string, merchant: string,
 *             merchantSubject: string, elsewhere: string, origin: string, group: null | {id: string, count: number}, authority: string,
 *             lines: Array<{sku: string, description: string, quantity: number, unitPrice: Amount}>,
 *             total: Amount, created: string, expires: string, declined: boolean, refusedForNow: boolean,
 *             attempts: Array<{source: 'gateway' | 'authority', at: string, outcome: string}>, reviews: Review[],
 *             confirmation: null | {id: string, index: number, time: string, dataCentre: string, orderDigest: string,
 *                                   degradedSince: null | string},
 *             refusal: null | {time: string, final: boolean, reasons: string[]}}} Purchase */
/** @typedef {{locale: string, card: Card, certificate: Certificate | null, enrolments: Enrolment[],
 *             purchases: Purchase[]}} State */
/** @typedef {{serial: string, role: string, state: string, notBefore: string, notAfter: string,
 *             registeredBy: string, keyOrigin: string}} ListedCertificate */
/** @typedef {{id: string, method: 'card' | 'account', ending: string, detail: string,
 *             company: Company | null}} Means */
/** @typedef {{fields: string[], means: Means[], unreadable: string[]}} HolderData */
/** @typedef {{name: string, address: string, birthDate: string, telephone: string, bloodType: string}} PersonalData */
/** @typedef {{merchant: string, merchantSubject: string, elsewhere: string, origin: string, profile: string,
 *             purpose: 'purchase' | 'login' | 'age-check', asksInformation: boolean,
 *             fields: Array<{name: string, held: boolean}>, methods: string[], companies: Company[],
 *             order: null | {id: string, lines: Purchase['lines'], total: Amount, authority: string, expires: string},
 *             declined: string, standing: null | {method: 'card' | 'account', ending: string}, answer: Review | null}} Asked
 *           A payment that stands is sent once more. `elsewhere` names the merchant's data centre, where it is not the holder's. */
/** @typedef {{result: string, code: string, purchase: string, answer: Review | null}} End */
/** @typedef {{gateway: string, asks: boolean, trouble: string, request: Asked | null, end: End | null}} Section
 *           One merchant's part of a purchase. */
/** @typedef {{number: number, fields: Array<{name: string, held: boolean}>, paid: boolean, means: Means[],
 *             totals: Amount[]}} Question
 *           What is asked over all sections; another number when something else is. */
/** @typedef {{id: string, computer: string, state: 'opening' | 'asked' | 'working' | 'review' | 'ended',
 *             attested: boolean, code: string, sections: Section[], question: Question | null,
 *             end: null | (End & {by: string})}} Incoming */
/** @typedef {{listening: boolean, port: number, discoveryPort: number, obstacle: null | {name: string, remedy: string},
 *             pairings: Array<{id: string, name: string, waits: boolean, lastUsed: string}>}}
 *           Pairings */

/** A failure that the wallet or one of its peers named. Its details stand in the wallet's log, not here. */
export class Problem extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const KEY = 'countersign-key';

/**
 * @param {string} path
 * @param {RequestInit} options
 * @returns {Promise<Response>}
 */
async function call(path, options) {
  const headers = new Headers(options.headers);
  headers.set('Countersign-Key', sessionStorage.getItem(KEY) ?? '');
  let response;
  try {
    response = await fetch(path, { ...options, headers, cache: 'no-store', credentials: 'same-origin' });
  } catch {
    throw new Problem('wallet_stopped');
  }
  if (response.ok) return response;
  /** @type {{code?: string}} */
  const problem = await response.json().catch(() => ({}));
  throw new Problem(problem.code ?? 'internal');
}

/** @param {string} path */
async function get(path) {
  return (await call(path, {})).json();
}

/**
 * @param {string} path
 * @param {unknown} body
 */
async function post(path, body) {
  const headers = { 'Content-Type': 'application/json' };
  return (await call(path, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

/**
 * Sends PINs, passwords and codes, one on each line.
 * @param {string} path
 * @param {string[]} secrets
 */
async function tell(path, secrets) {
  const headers = { 'Content-Type': 'text/plain' };
  return (await call(path, { method: 'POST', headers, body: secrets.join('\n') })).json();
}

/**
 * Exchanges the token of the printed address for a session of this page.
 * @param {string} token
 */
export async function startSession(token) {
  /** @type {{key: string}} */
  const session = await tell('/api/session', [token]);
  sessionStorage.setItem(KEY, session.key);
}

export const wallet = {
  /** @returns {Promise<State>} */
  state: () => get('/api/state'),
  /** @param {string} locale */
  keepLocale: (locale) => post('/api/locale', { locale }),

  /** @param {string} link @param {string} keys @returns {Promise<Enrolment>} */
  beginEnrolment: (link, keys) => post('/api/enrolments', { link, keys }),
  /** @param {string} id @param {string} password @param {string} pin @returns {Promise<Enrolment>} */
  openKeyFile: (id, password, pin) => tell(`/api/enrolments/${id}/open`, [password, pin]),
  /** @param {string} id @param {string} code @param {string} root @param {string} pin @returns {Promise<Enrolment>} */
  makeKeys: (id, code, root, pin) => tell(`/api/enrolments/${id}/make-keys`, [code, root, pin]),
  /** @param {string} id @param {string} pin @returns {Promise<Enrolment>} */
  completeEnrolment: (id, pin) => tell(`/api/enrolments/${id}/complete`, [pin]),

  /** @param {string} link @returns {Promise<Purchase>} */
  beginPurchase: (link) => post('/api/purchases', { link }),
  /** @param {string} id @param {string} pin @returns {Promise<Purchase>} */
  approve: (id, pin) => tell(`/api/purchases/${id}/approve`, [pin]),
  /** @param {string} id @param {string} pin @returns {Promise<Purchase>} */
  resume: (id, pin) => tell(`/api/purchases/${id}/resume`, [pin]),
  /** @param {string} id */
  cancel: (id) => post(`/api/purchases/${id}/cancel`, {}),
  /** @param {string} id @returns {Promise<Blob>} */
  confirmation: async (id) => (await call(`/api/purchases/${id}/confirmation`, {})).blob(),

  /** Waits until something is other than what was seen. @param {number} seen
   * @returns {Promise<{version: number, purchase: Incoming | null}>} */
  incoming: (seen) => get(`/api/incoming?seen=${seen}`),
  /** @param {string} id @param {{pin: string, fields: string[], means: string, code: string, question: number}} given */
  approveIncoming: (id, { pin, fields, means, code, question }) =>
    tell(`/api/incoming/${id}/approve`, [pin, fields.join(' '), means, code, String(question)]),
  /** @param {string} id */
  refuseIncoming: (id) => post(`/api/incoming/${id}/refuse`, {}),
  /** Goes on without one of several. @param {string} id @param {string} gateway */
  leaveOutIncoming: (id, gateway) => post(`/api/incoming/${id}/leave-out`, { gateway }),
  /** @param {string} id */
  dismissIncoming: (id) => post(`/api/incoming/${id}/dismiss`, {}),

  /** @returns {Promise<Pairings>} */
  pairings: () => get('/api/pairings'),
  /** @param {string} link @returns {Promise<Pairings>} */
  pair: (link) => post('/api/pairings', { link }),
  /** @param {string} id @returns {Promise<Pairings>} */
  unpair: (id) => post(`/api/pairings/${id}/remove`, {}),

  /** @returns {Promise<HolderData>} */
  holderData: () => get('/api/holder'),
  /** @param {string} pin @returns {Promise<PersonalData>} */
  personal: (pin) => tell('/api/personal', [pin]),
  /** @param {string} pin @param {PersonalData} data @returns {Promise<PersonalData>} */
  keepPersonal: (pin, data) =>
    tell('/api/personal/keep', [pin, data.name, data.address, data.birthDate, data.telephone, data.bloodType]),
  /** @param {string} pin @param {string} number @param {string} expiry @param {string} holder
   * @param {string} company  its name in the network, or nothing
   * @returns {Promise<HolderData>} */
  addCard: (pin, number, expiry, holder, company) => tell('/api/means/card', [pin, number, expiry, holder, company]),
  /** @param {string} pin @param {string} bank @param {string} number @param {string} holder
   * @returns {Promise<HolderData>} */
  addAccount: (pin, bank, number, holder) => tell('/api/means/account', [pin, bank, number, holder]),
  /** @param {string} id @param {string} pin @returns {Promise<HolderData>} */
  removeMeans: (id, pin) => tell(`/api/means/${id}/remove`, [pin]),

  /** @param {string} pin @returns {Promise<{certificates: ListedCertificate[]}>} */
  certificates: (pin) => tell('/api/certificates', [pin]),
  /** @param {string} pin */
  suspend: (pin) => tell('/api/suspend', [pin]),
  /** @param {string} pin */
  renew: (pin) => tell('/api/renew', [pin]),
  /** @param {string} email @param {string} pin */
  changeAddress: (email, pin) => tell('/api/address', [email, pin]),
  /** @param {string} before @param {string} after */
  changePin: (before, after) => tell('/api/pin', [before, after]),
};
