// SPDX-License-Identifier: Apache-2.0
import { type Bytes, concat, hexDecode, sha256 } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';
import { LARGEST_PROOF } from '../log/checkpoint.js';
import { USUAL_LIMIT, splitCms } from '../x509/cms.js';
import { LARGEST_SIGNED_MAP } from './network_map.js';
import { ObjectReader } from './object_reader.js';

/** What the authority says of its log's witnesses; signed by nobody. */
export type WitnessState = 'pending' | 'witnessed' | 'unwitnessed';

/** All that proves a purchase to whoever knows the network's root, in one file. */
export interface Receipt {
  readonly confirmation: Bytes; // DER
  readonly nonce: Bytes;
  readonly proof: string; // a whole file of c2sp.org/tlog-proof
  readonly maps: readonly Bytes[]; // DER of signed network maps
  readonly state: WitnessState;
}

export const LARGEST_RECEIPT = 3 << 19; // 1.5 MiB
const LIMITS = { bytes: LARGEST_RECEIPT, depth: 2, members: 16, lineFeeds: true };
const MOST_MAPS = 4;
const STATES: readonly WitnessState[] = ['pending', 'witnessed', 'unwitnessed'];

export function parseReceipt(bytes: Bytes): Receipt {
  const reader = ObjectReader.parse(bytes, 'receipt', LIMITS);
  reader.expect('receipt', 1);
  const confirmation = reader.base64('confirmation', USUAL_LIMIT);
  const nonce = reader.base64('nonce', 32);
  if (nonce.length !== 32) reader.refuse('nonce', 'not 32 octets');
  const proof = reader.text('proof', LARGEST_PROOF);
  const maps = reader.base64s('maps', MOST_MAPS, LARGEST_SIGNED_MAP);
  const stated = reader.text('states', 16);
  const state = STATES.find((each) => each === stated) ?? refuse('unsupported', 'receipt.states: not known');
  reader.finish();
  return { confirmation, nonce, proof, maps, state };
}

const CONFIRMATION = Uint8Array.of(1);

/** The entry of the log that stands for a confirmation: its id, and a commitment that tells nothing without the nonce. */
export async function entryOfConfirmation(uuid: string, nonce: Bytes, confirmation: Bytes): Promise<Bytes> {
  const { content, rest } = splitCms(confirmation);
  const commitment = await sha256(concat(nonce, await sha256(content), rest));
  return concat(CONFIRMATION, hexDecode(uuid.replaceAll('-', '')), commitment);
}
