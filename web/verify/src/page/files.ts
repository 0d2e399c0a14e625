// SPDX-License-Identifier: Apache-2.0
// Files that the person chose, by what is in them.
import type { Bytes } from '../base/bytes.js';
import type { Words } from './words_en.js';

export const LARGEST_FILE = 2 << 20;

export type FileKind = 'receipt' | 'root' | 'policy';

/** What a file is, by its content; or the word for why it is none of them. */
export function kindOf(bytes: Bytes): FileKind | keyof Words {
  if (bytes[0] === 0x30) return 'notAReceipt'; // DER
  const text = new TextDecoder().decode(bytes);
  if (/^\s*\{/.test(text)) return 'receipt';
  if (text.includes('-----BEGIN ')) return 'root';
  return /^[ \t]*quorum[ \t]/m.test(text) ? 'policy' : 'unknownFile';
}

export function isKind(kind: FileKind | keyof Words): kind is FileKind {
  return kind === 'receipt' || kind === 'root' || kind === 'policy';
}

/** The word for why a file's octets cannot be had. */
export type Unread = 'tooLarge' | 'unreadable';

export async function readFile(file: File): Promise<Bytes | Unread> {
  if (file.size > LARGEST_FILE) return 'tooLarge';
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    return 'unreadable';
  }
}
