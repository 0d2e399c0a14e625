// SPDX-License-Identifier: Apache-2.0
// What the person chose to have judged, and by whom; and what of it cannot be used.
import { type Bytes, utf8Decode } from '../base/bytes.js';
import { asRefusal, refuse } from '../base/refusal.js';
import { Policy } from '../log/policy.js';
import { type Certificate, certificatesFromPem } from '../x509/certificate.js';
import { type FileKind, type Unread, isKind, kindOf } from './files.js';
import type { Words } from './words_en.js';

export interface ChosenRoot {
  readonly pem: string;
  readonly certificates: readonly [Certificate, ...Certificate[]];
}
export interface ChosenPolicy {
  readonly text: string;
  readonly policy: Policy;
}
/** Something that could not be used, and what exactly was wrong with it. */
export interface Problem {
  readonly word: keyof Words;
  readonly detail: string | null;
}

/** Where a file was put; what is dropped anywhere is told apart by its content. */
export type Place = FileKind | 'dropped';

async function readRoot(bytes: Bytes): Promise<ChosenRoot> {
  const pem = utf8Decode(bytes, 'PEM');
  const [first, ...more] = await certificatesFromPem(pem);
  for (const certificate of [first!, ...more])
    if (certificate.role !== 'network-root') refuse('wrong_role', `certificate ${certificate.subject.text}: not a network root`);
  return { pem, certificates: [first!, ...more] };
}

/**
 * A file that cannot be used leaves its place empty, and nothing is judged before it is set right: neither by what was there before
 * nor by less than the person wanted.
 */
export class Choice {
  root: ChosenRoot | null = null;
  policy: ChosenPolicy | null = null;
  receipt: { readonly name: string; readonly bytes: Bytes } | null = null;
  private readonly problems = new Map<Place, Problem>();

  problemOf(place: Place): Problem | null {
    return this.problems.get(place) ?? null;
  }
  get hasProblems(): boolean {
    return this.problems.size > 0;
  }

  async put(kind: FileKind, bytes: Bytes, name: string): Promise<void> {
    this.clear(kind);
    try {
      if (kind === 'root') this.root = await readRoot(bytes);
      else if (kind === 'policy') this.policy = { text: utf8Decode(bytes, 'policy'), policy: await Policy.parse(bytes) };
      else this.receipt = { name, bytes };
    } catch (thrown) {
      this.problems.set(kind, { word: kind === 'root' ? 'wrongRoot' : 'wrongPolicy', detail: asRefusal(thrown).message });
    }
  }

  clear(kind: FileKind): void {
    this[kind] = null;
    this.problems.delete(kind);
  }

  /** What was dropped and not taken stands in the way until the next file. */
  clearDropped(): void {
    this.problems.delete('dropped');
  }

  async take(content: Bytes | Unread, name: string, place: Place): Promise<void> {
    if (typeof content === 'string') return this.refuse(place, content);
    if (place === 'root' || place === 'policy') return this.put(place, content, name);
    const kind = kindOf(content);
    if (!isKind(kind)) return this.refuse(place, kind);
    if (kind !== 'receipt' && place === 'receipt') return this.refuse(place, 'noReceiptHere');
    if (kind !== 'receipt' && (this[kind] !== null || this.problems.has(kind))) return this.refuse(place, 'notReplaced');
    return this.put(kind, content, name);
  }

  private refuse(place: Place, word: keyof Words): void {
    if (place !== 'dropped') this.clear(place);
    this.problems.set(place, { word, detail: null });
  }
}
