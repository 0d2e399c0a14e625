// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAmount } from '../src/base/amount.js';
import { base64Decode, base64Encode, hexDecode, hexEncode } from '../src/base/bytes.js';
import { countPlainCharacters, madePlain } from '../src/base/text.js';
import { formatTime, parseTime } from '../src/base/time.js';
import * as der from '../src/x509/der.js';
import { Tag } from '../src/x509/der.js';
import { hostOfOrigin, ipOctets, ipRangeText, ipText, isDnsName, isWithinDomain, isWithinRange } from '../src/x509/hosts.js';
import { Name } from '../src/x509/name.js';

const bytes = (hex: string): Uint8Array<ArrayBuffer> => hexDecode(hex.replaceAll(' ', ''));

test('base64 and hexadecimal have one spelling', () => {
  for (const size of [0, 1, 2, 3, 4, 255]) {
    const all = Uint8Array.from({ length: size }, (_, i) => i);
    assert.equal(base64Encode(all), Buffer.from(all).toString('base64'));
    assert.deepEqual(base64Decode(base64Encode(all)), all);
    assert.deepEqual(hexDecode(hexEncode(all)), all);
  }
  for (const wrong of ['A', 'AA', 'AA=', 'AB==', 'AAB=', 'A===', '====', 'AA==AAAA', 'AA A', 'AA\n=', 'AA-_', 'AAAA='])
    assert.throws(() => base64Decode(wrong), { code: 'malformed' }, wrong);
  for (const wrong of ['a', 'AB', 'g0', ' 00']) assert.throws(() => hexDecode(wrong), { code: 'malformed' }, wrong);
});

test('times are of calendars and clocks that exist', () => {
  assert.equal(parseTime('2026-11-22T08:31:00Z'), Date.UTC(2026, 10, 22, 8, 31) / 1000);
  assert.equal(formatTime(parseTime('2028-02-29T23:59:59Z')), '2028-02-29T23:59:59Z');
  for (const wrong of ['2027-02-29T00:00:00Z', '2026-13-01T00:00:00Z', '2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:60Z',
    '2026-01-01 00:00:00Z', '2026-01-01T00:00:00', '2026-01-01T00:00:00.0Z', '2026-01-01T00:00:00+00:00', '0000-00-00T00:00:00Z'])
    assert.throws(() => parseTime(wrong), { code: 'malformed' }, wrong);
});

test('amounts are written as everywhere in the network, exact to the largest', () => {
  const written = [[0, 'KRW', 'KRW 0'], [1234000, 'KRW', 'KRW 1,234,000'], [1250, 'EUR', 'EUR 12.50'], [5, 'EUR', 'EUR 0.05'], [5, 'BHD', 'BHD 0.005'],
    [9007199254740991, 'USD', 'USD 90,071,992,547,409.91']] as const;
  for (const [minorUnits, currency, text] of written) assert.equal(formatAmount({ minorUnits, currency }), text);
});

test('what nobody sees is no plain text, and is shown with a sign in its place', () => {
  assert.equal(countPlainCharacters('김민지 😀\ufe0f'), 6);
  for (const wrong of ['a\u202eb', '\u200b', '\u3164', '\u0000', '\ud800', '\u{e0041}', 'a\nb']) assert.equal(countPlainCharacters(wrong), null, JSON.stringify(wrong));
  assert.equal(countPlainCharacters('a\nb', true), 3);
  assert.equal(madePlain('a\u202eb', 10), 'a\ufffdb');
  assert.equal(madePlain('abcdef', 3), 'abc…');
});

test('names are read from text and DER, and compared by it', () => {
  const text = 'CN=Kim\\, Lee \\+ Söhne,OU=seoul-1,OU=kr,O=Countersign Demo';
  const name = Name.fromUsualText(text);
  assert.equal(name.text, text);
  assert.ok(Name.fromDer(name.der).equals(name));
  assert.equal(name.valueOf('OU'), 'seoul-1');
  assert.ok(name.isBelow(Name.fromText('OU=kr,O=Countersign Demo')));
  assert.ok(!name.isBelow(name));
  assert.ok(!name.isBelow(Name.fromText('OU=KR,O=Countersign Demo')), 'case counts');
  for (const wrong of ['', 'CN', 'CN=', 'X=a', 'CN=a+OU=b', 'cn=a', 'CN= a', 'CN=a,', 'C=kr', 'CN=#00', 'CN=a"b', `CN=${'a'.repeat(201)}`, 'CN=a\\,b\\2c', 'CN=a\u202eb'])
    assert.throws(() => Name.fromUsualText(wrong), { code: 'malformed' }, wrong);
});

test('DER is read in its one encoding alone', () => {
  const reader = new der.Reader(bytes('0101ff 020100 0202 0080 0603 551d13 170d 3236313132323038333130305a 180f 32303530303130313030303030305a'));
  assert.equal(reader.boolean(), true);
  assert.equal(reader.smallInteger(), 0);
  assert.equal(reader.smallInteger(), 128);
  assert.equal(reader.oid(), '2.5.29.19');
  assert.equal(reader.time(), Date.UTC(2026, 10, 22, 8, 31) / 1000);
  assert.equal(reader.time(), Date.UTC(2050, 0, 1) / 1000);
  reader.finish();
  const arc = '2.25.5029185730381929265412404197190874440.1.2';
  assert.equal(new der.Reader(der.oid(arc)).oid(), arc);
  const wrong: readonly { name: string; hex: string; read: (reader: der.Reader) => unknown }[] = [
    { name: 'indefinite length', hex: '3080 0000', read: (r) => r.any() },
    { name: 'a long form where the short one does', hex: '048101 00', read: (r) => r.any() },
    { name: 'a length with a leading zero', hex: '04820080', read: (r) => r.any() },
    { name: 'a length of five octets', hex: '04850000000001 00', read: (r) => r.any() },
    { name: 'less than stated', hex: '0405 00', read: (r) => r.any() },
    { name: 'a high tag number', hex: '1f8101 00', read: (r) => r.any() },
    { name: 'a BOOLEAN of 1', hex: '010101', read: (r) => r.boolean() },
    { name: 'an INTEGER with a leading zero', hex: '02020001', read: (r) => r.smallInteger() },
    { name: 'a negative INTEGER', hex: '0201ff', read: (r) => r.smallInteger() },
    { name: 'an empty INTEGER', hex: '0200', read: (r) => r.smallInteger() },
    { name: 'an INTEGER beyond 2^53-1', hex: '020720000000000000', read: (r) => r.smallInteger() },
    { name: 'a BIT STRING with unused bits', hex: '030201fe', read: (r) => r.bitString() },
    { name: 'an arc with a leading zero', hex: '0603558013', read: (r) => r.oid() },
    { name: 'half of an arc', hex: '060255 9d', read: (r) => r.oid() },
    { name: 'a UTCTime without seconds', hex: '170b 323631313232303833315a', read: (r) => r.time() },
    { name: 'GeneralizedTime before 2050', hex: '180f 32303236313132323038333130305a', read: (r) => r.time() },
    { name: 'another tag', hex: '0400', read: (r) => r.enter(Tag.sequence) },
  ];
  for (const { name, hex, read } of wrong) assert.throws(() => read(new der.Reader(bytes(hex))), { code: 'malformed' }, name);
  assert.throws(() => der.readOnly(bytes('3000 00'), Tag.sequence), { code: 'malformed' }, 'something behind it');
});

test('hosts, addresses and origins have one spelling', () => {
  assert.equal(hostOfOrigin('https://shop.example:8443'), 'shop.example');
  assert.equal(hostOfOrigin('https://127.0.0.1:8443'), '127.0.0.1');
  assert.equal(hostOfOrigin('https://[2001:db8::1]'), '2001:db8::1');
  for (const wrong of ['http://shop.example', 'https://shop.example:443', 'https://shop.example:0', 'https://shop.example:08443', 'https://shop.example:65536',
    'https://Shop.example', 'https://shop.example/', 'https://user@shop.example', 'https://[127.0.0.1]', 'https://2001:db8::1', 'https://[2001:DB8::1]',
    'https://[2001:db8:0::1]', 'https://127.0.0.01', 'https://-a.example', 'https://', 'https://shop.example:'])
    assert.throws(() => hostOfOrigin(wrong), { code: 'malformed' }, wrong);
  for (const address of ['::', '::1', '1::', '2001:db8:0:1:1:1:1:1', '1:0:0:2::3', '::ffff:10.0.0.1', '::10.0.0.1', 'fe80::1:0:0:1'])
    assert.equal(ipText(ipOctets(address)!), address);
  for (const wrong of ['1:2', ':::', '1::2::3', '::12345', '256.0.0.1', '1.2.3', '01.2.3.4', '::0:1', '1:2:3:4:5:6:7:8:9']) assert.equal(ipOctets(wrong), null, wrong);
  assert.ok(isDnsName('a-b.example') && !isDnsName('a_b.example') && !isDnsName('1.2.3.4') && !isDnsName('a..b') && !isDnsName('b-.example'));
  assert.ok(isWithinDomain('a.example', 'example') && !isWithinDomain('anexample', 'example') && !isWithinDomain('example.com', 'example'));
  assert.equal(ipRangeText(bytes('7f000000 ff000000')), '127.0.0.0/8');
  assert.ok(isWithinRange('127.255.0.1', '127.0.0.0/8') && !isWithinRange('128.0.0.1', '127.0.0.0/8') && !isWithinRange('::1', '127.0.0.0/8'));
  assert.ok(isWithinRange('10.1.2.3', '10.0.0.0/13') && !isWithinRange('10.8.0.0', '10.0.0.0/13'));
  for (const wrong of ['7f000001 ff000000', '7f000000 ff00ff00']) assert.throws(() => ipRangeText(bytes(wrong)), { code: 'malformed' }, wrong);
});
