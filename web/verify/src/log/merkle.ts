// SPDX-License-Identifier: Apache-2.0
// Hashes of the log's tree with SHA-256 (RFC 9162 §2.1).
import { type Bytes, concat, equal, sha256 } from '../base/bytes.js';
import { refuse } from '../base/refusal.js';

const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

export function leafHash(entry: Uint8Array): Promise<Bytes> {
  return sha256(concat(LEAF, entry));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Promise<Bytes> {
  return sha256(concat(NODE, left, right));
}

/**
 * RFC 9162 §2.1.3.2. Refuses with `conflict` a proof that does not lead to the root, with `malformed` an index that the tree
 * does not have.
 */
export async function verifyInclusion(leaf: Bytes, index: number, size: number, root: Bytes, proof: readonly Bytes[]): Promise<void> {
  if (index >= size) refuse('malformed', `inclusion proof: no leaf ${index} in a tree of ${size}`);
  let at = BigInt(index);
  let last = BigInt(size - 1);
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0n) refuse('conflict', 'inclusion proof: longer than the tree is high');
    if ((at & 1n) === 1n || at === last) {
      hash = await nodeHash(sibling, hash);
      while ((at & 1n) === 0n && at !== 0n) {
        at >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await nodeHash(hash, sibling);
    }
    at >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) refuse('conflict', 'inclusion proof: shorter than the tree is high');
  if (!equal(hash, root)) refuse('conflict', 'inclusion proof: leads to another root');
}
