// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Code, Refusal } from '../src/base/refusal.js';
import { type JsonLimits, parseJson } from '../src/documents/json.js';
import { ObjectReader } from '../src/documents/object_reader.js';

const LIMITS: JsonLimits = { bytes: 1000, depth: 3, members: 20 };
const read = (text: string | Uint8Array, limits = LIMITS): unknown => parseJson(typeof text === 'string' ? new TextEncoder().encode(text) : text, limits);
const codeOf = (work: () => unknown): Code | null => {
  try {
    work();
    return null;
  } catch (thrown) {
    assert.ok(thrown instanceof Refusal, String(thrown));
    return thrown.code;
  }
};

test('JSON is read with its escapes, white space and integers to the end of what every reader holds', () => {
  const value = read(' {"a" : [1, -2, 0, 9007199254740991, -9007199254740991], "\\u00e9\\n" : {}, "t":[true,false,null], "😀":"\\ud83d\\ude00"}\n', { ...LIMITS, lineFeeds: true });
  assert.deepEqual(value, new Map<string, unknown>([['a', [1, -2, 0, 2 ** 53 - 1, 1 - 2 ** 53]], ['é\n', new Map()], ['t', [true, false, null]], ['😀', '😀']]));
});

const WRONG: readonly { name: string; text: string | Uint8Array; code?: Code }[] = [
  { name: 'nothing', text: '' },
  { name: 'something behind the value', text: '{} {}' },
  { name: 'a comment', text: '{/* */}' },
  { name: 'a comma at the end of an object', text: '{"a":1,}' },
  { name: 'a comma at the end of a list', text: '[1,]' },
  { name: 'no comma', text: '[1 2]' },
  { name: 'a name without quotes', text: '{a:1}' },
  { name: 'single quotes', text: "{'a':1}" },
  { name: 'an end too early', text: '{"a":' },
  { name: 'a text that does not end', text: '"abc' },
  { name: 'a byte order mark', text: '\ufeff{}' },
  { name: 'an overlong sequence', text: Uint8Array.of(0x22, 0xc0, 0xaf, 0x22) },
  { name: 'half of a surrogate pair', text: '"\\ud83d"' },
  { name: 'surrogates as UTF-8', text: Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22) },
  { name: 'a member twice', text: '{"a":1,"a":1}' },
  { name: 'a member twice after unescaping', text: '{"a":1,"\\u0061":1}' },
  { name: 'a fraction', text: '1.0' },
  { name: 'an exponent', text: '1e3' },
  { name: 'a plus sign', text: '+1' },
  { name: 'a leading zero', text: '01' },
  { name: 'negative zero', text: '-0' },
  { name: '2^53', text: '9007199254740992' },
  { name: 'a number that no reader holds', text: '1'.repeat(400) },
  { name: 'NaN', text: 'NaN' },
  { name: 'a control character', text: '"a\tb"' },
  { name: 'an escaped control character', text: '"a\\u0007b"' },
  { name: 'a line feed where none may stand', text: '"a\\nb"' },
  { name: 'text that turns its direction around', text: '"a\\u202eb"' },
  { name: 'a character that nobody sees', text: '"a\u200bb"' },
  { name: 'an invisible character in a name', text: '{"a\u00ad":1}' },
  { name: 'an unknown escape', text: '"\\x41"' },
  { name: 'half of an escape', text: '"\\u12"' },
  { name: 'depth', text: '[[[[1]]]]', code: 'too_large' },
  { name: 'length', text: `"${'a'.repeat(1000)}"`, code: 'too_large' },
  { name: 'members', text: `[${'1,'.repeat(30)}1]`, code: 'too_large' },
];
for (const { name, text, code } of WRONG)
  test(`JSON is refused for ${name}`, () => assert.equal(codeOf(() => read(text)), code ?? 'malformed'));

test('members are taken one by one, and what nobody asked for is refused with its path', () => {
  const reader = ObjectReader.parse(new TextEncoder().encode('{"type":"t","version":1,"a":{"b":"x","c":2}}'), 'thing', LIMITS);
  reader.expect('t', 1);
  const a = reader.nested('a');
  assert.equal(a.text('b', 1), 'x');
  assert.throws(() => a.finish(), { code: 'malformed', detail: 'thing.a.c: unknown member' });
  assert.throws(() => a.text('c', 1), { code: 'malformed', detail: 'thing.a.c: not a text' });
  assert.throws(() => a.text('d', 1), { code: 'malformed', detail: 'thing.a.d: missing' });
  assert.throws(() => reader.expect('u', 1), { code: 'unsupported' });
  assert.throws(() => reader.expect('t', 2), { code: 'unsupported' });
});
