// SPDX-License-Identifier: Apache-2.0
// Checkpoints (c2sp.org/tlog-checkpoint) without extension lines, and proofs that end in one (c2sp.org/tlog-proof).
import { type Bytes, base64Decode, utf8Encode } from '../base/bytes.js';
import { Refusal, asRefusal, refuse } from '../base/refusal.js';
import { type Note, parseNote } from './note.js';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
  readonly note: Note;
}

export interface LogProof {
  readonly index: number;
  readonly hashes: readonly Bytes[];
  readonly checkpoint: string; // the note as it came
}

const FORMAT = 'c2sp.org/tlog-proof@';
const VERSION = 'v1';
export const LARGEST_PROOF = 256 << 10;
const LARGEST_EXTRA = 64 << 10;
const MOST_HASHES = 63;
const HASH_SIZE = 32;

function parseDecimal(text: string, what: string): number {
  const number = Number(text);
  if (!/^(?:0|[1-9][0-9]*)$/.test(text) || !Number.isSafeInteger(number)) refuse('malformed', `${what}: not a decimal within 2^53-1`);
  return number;
}

function parseHash(text: string, what: string): Bytes {
  try {
    const hash = base64Decode(text);
    if (hash.length === HASH_SIZE) return hash;
  } catch (thrown) {
    throw new Refusal('malformed', `${what}: ${asRefusal(thrown).detail}`);
  }
  return refuse('malformed', `${what}: not a SHA-256`);
}

export function parseCheckpoint(text: string): Checkpoint {
  const note = parseNote(text);
  const lines = note.text.split('\n').slice(0, -1);
  const [origin, size, root, ...extensions] = lines;
  if (!origin || size === undefined || root === undefined || extensions.includes('')) return refuse('malformed', 'checkpoint: not origin, size and root');
  if (extensions.length > 0) refuse('unsupported', 'checkpoint: extension lines');
  return { origin, size: parseDecimal(size, 'checkpoint: size'), root: parseHash(root, 'checkpoint: root'), note };
}

/** What stands in `extra` is signed by nobody: its form is checked, and it is left. */
function checkExtra(line: string): void {
  const extra = base64Decode(line.slice('extra '.length));
  if (extra.length === 0) refuse('malformed', 'log proof: an extra of nothing');
  if (extra.length > LARGEST_EXTRA) refuse('too_large', 'log proof: an extra of more than 64 KiB');
}

export function parseLogProof(text: string): LogProof {
  if (utf8Encode(text).length > LARGEST_PROOF) refuse('too_large', 'log proof: more than 256 KiB');
  const split = text.indexOf('\n\n');
  if (split < 0) refuse('malformed', 'log proof: no empty line before the checkpoint');
  const lines = text.slice(0, split).split('\n');
  const first = lines.shift()!;
  if (!first.startsWith(FORMAT)) refuse('malformed', 'log proof: this is none');
  if (first !== FORMAT + VERSION) refuse('unsupported', 'log proof: of another version than v1');
  if (lines[0]?.startsWith('extra ')) checkExtra(lines.shift()!);
  const index = lines.shift();
  if (index === undefined || !index.startsWith('index ')) return refuse('malformed', 'log proof: no index');
  if (lines.length > MOST_HASHES) refuse('malformed', 'log proof: more hashes than a tree is high');
  const hashes = lines.map((line, place) => parseHash(line, `log proof: hash ${place + 1}`));
  return { index: parseDecimal(index.slice('index '.length), 'log proof: index'), hashes, checkpoint: text.slice(split + 2) };
}
