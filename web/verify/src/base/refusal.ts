// SPDX-License-Identifier: Apache-2.0

/** The names of src/base/error.h that verifying can end in. */
export type Code =
  | 'malformed'
  | 'too_large'
  | 'unsupported'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'expired'
  | 'not_yet_valid'
  | 'clock_skew'
  | 'certificate_unknown'
  | 'certificate_on_hold'
  | 'certificate_revoked'
  | 'signature_invalid'
  | 'wrong_role'
  | 'wrong_origin'
  | 'name_not_permitted'
  | 'amount_mismatch'
  | 'unavailable';

/**
 * Why something is not accepted. `detail` names the field or certificate and is for those who look into it;
 * words for people are the page's.
 */
export class Refusal extends Error {
  constructor(
    readonly code: Code,
    readonly detail: string,
  ) {
    super(`${code}: ${detail}`);
    this.name = 'Refusal';
  }
}

export function refuse(code: Code, detail: string): never {
  throw new Refusal(code, detail);
}

/** What was thrown, as a refusal: anything else than one is a fault of a library over input that it did not expect. */
export function asRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  return new Refusal('malformed', `not readable: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
}
