// SPDX-License-Identifier: Apache-2.0

// What nobody sees or what turns text around (src/base/text.cpp), first and last of each range, in order.
const FORBIDDEN: readonly (readonly [number, number])[] = [
  [0x0000, 0x001f], // control characters C0
  [0x007f, 0x009f], // DEL and C1
  [0x00ad, 0x00ad], // soft hyphen
  [0x034f, 0x034f], // combining grapheme joiner
  [0x061c, 0x061c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5], // Khmer inherent vowels
  [0x180e, 0x180e], // Mongolian vowel separator
  [0x200b, 0x200f], // zero-width space, joiners, directional marks
  [0x2028, 0x202e], // line and paragraph separators, directional embeddings
  [0x2060, 0x206f], // word joiner, invisible operators, isolates, deprecated controls
  [0x3164, 0x3164], // Hangul filler
  [0xd800, 0xdfff], // surrogates
  [0xfeff, 0xfeff], // zero-width no-break space
  [0xffa0, 0xffa0], // halfwidth Hangul filler
  [0xfff0, 0xfffb], // interlinear annotation, and what is kept for invisible characters
  [0x13430, 0x1343f], // joiners of hieroglyphs
  [0x1bca0, 0x1bca3], // shorthand format controls
  [0x1d173, 0x1d17a], // musical format controls
  [0xe0000, 0xe00ff], // tags
  [0xe01f0, 0xe0fff], // kept for invisible characters
];

const LINE_FEED = 0x0a;

function isForbidden(point: number): boolean {
  return FORBIDDEN.some(([first, last]) => point >= first && point <= last);
}

/** The number of code points of a text that a document may carry; null where it holds what it may not. */
export function countPlainCharacters(text: string, lineFeeds = false): number | null {
  let count = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    const isUsual = point >= 0x20 && point < 0x7f;
    if (!isUsual && isForbidden(point) && !(lineFeeds && point === LINE_FEED)) return null;
    count += 1;
  }
  return count;
}

const VISIBLE_FORBIDDEN = '\ufffd';

/** The text with a sign in the place of each character that may not stand in a document: for showing what is refused. */
export function madePlain(text: string, most: number): string {
  let made = '';
  let count = 0;
  for (const character of text) {
    if (count === most) return `${made}…`;
    made += isForbidden(character.codePointAt(0)!) ? VISIBLE_FORBIDDEN : character;
    count += 1;
  }
  return made;
}
