// SPDX-License-Identifier: Apache-2.0
// Speaks to the wallet that served this page.

/** @typedef {{minorUnits: number, currency: string, digits: number}} Amount */
/** @typedef {{label: string, tamperResistant: boolean, triesLeft: number | null}} Card */
/** @typedef {{subject: string, serial: string, notBefore: string, notAfter: string, registeredBy: string,
 *             keyOrigin: string, suspensionCode: string}} Certificate */
/** @typedef {{id: string, state: 'linked' | 'fetched' | 'imported' | 'active', hasKeyFile: boolean, created: string,
 *             kind: 'enrolment' | 'renewal', merchant: string, merchantSubject: string, email: string, text: string,
 *             given: string, root: string}} Enrolment */
/** @typedef {{id: string, state: 'shown' | 'signed' | 'confirmed' | 'refused' | 'cancelled', merchant: string,
 *             merchantSubject: string, origin: string, authority: string,
 *             lines: Array<{sku: string, description: string, quantity: number, unitPrice: Amount}>,
 *             total: Amount, created: string, expires: string,
 *             attempts: Array<{source: 'gateway' | 'authority', at: string, outcome: string}>,
 *             confirmation: null | {id: string, index: number, time: string, dataCentre: string, orderDigest: string},
 *             refusal: null | {time: string, final: boolean, reasons: string[]}}} Purchase */
/** @typedef {{locale: string, card: Card, certificate: Certificate | null, enrolments: Enrolment[],
 *             purchases: Purchase[]}} State */
/** @typedef {{serial: string, role: string, state: string, notBefore: string, notAfter: string,
 *             registeredBy: string, keyOrigin: string}} ListedCertificate */

/** A failure that the wallet or one of its peers named. */
export class Problem extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   */
  constructor(code, detail) {
    super(detail);
    this.code = code;
    this.detail = detail;
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
    throw new Problem('wallet_stopped', path);
  }
  if (response.ok) return response;
  /** @type {{code?: string, detail?: string}} */
  const problem = await response.json().catch(() => ({}));
  throw new Problem(problem.code ?? 'internal', problem.detail ?? '');
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
