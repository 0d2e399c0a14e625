// SPDX-License-Identifier: Apache-2.0
// What somebody trusts of logs and witnesses (c2sp.org/tlog-policy).
import { equal } from '../base/bytes.js';
import { Refusal, asRefusal, refuse } from '../base/refusal.js';
import { KeyType, VerifierKey } from './note.js';

const LARGEST = 256 << 10;
const MOST = 256; // logs, witnesses, groups: each

export interface PolicyWitness {
  readonly name: string; // of the policy's line
  readonly key: VerifierKey;
}

/** Satisfied where at least `needed` of the members are. */
interface Group {
  readonly needed: number;
  readonly members: readonly string[];
}

class PolicyParser {
  readonly logs: VerifierKey[] = [];
  readonly witnesses: PolicyWitness[] = [];
  readonly groups = new Map<string, Group>();
  quorum: string | null = null;
  private readonly members = new Set<string>();

  async line(items: readonly string[]): Promise<void> {
    const [kind, ...rest] = items;
    switch (kind) {
      case 'log':
        return this.log(rest);
      case 'witness':
        return this.witness(rest);
      case 'group':
        return this.group(rest);
      case 'quorum':
        return this.setQuorum(rest);
      default:
        return refuse('malformed', 'neither log nor witness nor group nor quorum');
    }
  }

  private async log(items: readonly string[]): Promise<void> {
    const [vkey] = items;
    if (vkey === undefined || items.length > 2) return refuse('malformed', 'log: not a key and at most a URL');
    const key = await this.key(vkey, KeyType.ed25519);
    if (this.logs.some((each) => equal(each.key, key.key))) refuse('malformed', 'log: stands there twice');
    if (this.logs.length === MOST) refuse('too_large', 'too many logs');
    this.logs.push(key);
  }

  private async witness(items: readonly string[]): Promise<void> {
    const [name, vkey] = items;
    if (name === undefined || vkey === undefined || items.length > 3) return refuse('malformed', 'witness: not a name, a key and at most a URL');
    const key = await this.key(vkey, KeyType.cosignature);
    if (this.witnesses.some((each) => equal(each.key.key, key.key))) refuse('malformed', 'witness: stands there twice');
    this.expectNewName(name);
    if (this.witnesses.length === MOST) refuse('too_large', 'too many witnesses');
    this.witnesses.push({ name, key });
  }

  private group(items: readonly string[]): void {
    const [name, threshold, ...members] = items;
    if (name === undefined || threshold === undefined || members.length === 0) return refuse('malformed', 'group: not a name, a number and members');
    this.expectNewName(name);
    const isNumber = /^[1-9][0-9]{0,2}$/.test(threshold);
    const needed = threshold === 'any' ? 1 : threshold === 'all' ? members.length : isNumber ? Number(threshold) : 0;
    if (needed < 1 || needed > members.length) refuse('malformed', 'group: number that its members cannot reach');
    for (const member of members) {
      this.expectKnown(member);
      if (this.members.has(member)) refuse('malformed', `group: ${member} is a member already`);
      this.members.add(member);
    }
    if (this.groups.size === MOST) refuse('too_large', 'too many groups');
    this.groups.set(name, { needed, members });
  }

  private setQuorum(items: readonly string[]): void {
    const [name] = items;
    if (name === undefined || items.length > 1) return refuse('malformed', 'quorum: not one name');
    if (this.quorum !== null) refuse('malformed', 'quorum: stands there twice');
    if (name !== 'none') this.expectKnown(name);
    this.quorum = name;
  }

  private async key(vkey: string, type: KeyType): Promise<VerifierKey> {
    const key = await VerifierKey.parse(vkey);
    return key.type === type ? key : refuse('unsupported', `${key.name}: a key of another kind`);
  }

  private isKnown(name: string): boolean {
    return this.groups.has(name) || this.witnesses.some((each) => each.name === name);
  }

  private expectNewName(name: string): void {
    if (name === 'none' || this.isKnown(name)) refuse('malformed', `name ${name} is taken`);
  }

  private expectKnown(name: string): void {
    if (!this.isKnown(name)) refuse('malformed', `${name} is not defined above`);
  }
}

export class Policy {
  private constructor(
    readonly logs: readonly VerifierKey[],
    readonly witnesses: readonly PolicyWitness[],
    private readonly groups: ReadonlyMap<string, Group>,
    private readonly quorum: string,
  ) {}

  static async parse(bytes: Uint8Array): Promise<Policy> {
    if (bytes.length > LARGEST) refuse('too_large', 'policy: over 256 KiB');
    const text = new TextDecoder().decode(bytes); // octets beyond ASCII are whatever they are, in comments above all
    if (text !== '' && !text.endsWith('\n')) refuse('malformed', 'policy: the last line does not end');
    if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) refuse('malformed', 'policy: control character');
    const parser = new PolicyParser();
    for (const [place, line] of text.split('\n').entries()) {
      const items = line.split(/[ \t]+/).filter((item) => item !== '');
      if (items.length === 0 || items[0]!.startsWith('#')) continue;
      try {
        await parser.line(items);
      } catch (thrown) {
        const refusal = asRefusal(thrown);
        throw new Refusal(refusal.code, `policy: line ${place + 1}: ${refusal.detail}`);
      }
    }
    if (parser.quorum === null) return refuse('malformed', 'policy: no quorum');
    return new Policy(parser.logs, parser.witnesses, parser.groups, parser.quorum);
  }

  /** Whether no cosignature is asked for. */
  get asksNobody(): boolean {
    return this.quorum === 'none';
  }

  /** By the names of the policy's lines. */
  isSatisfiedBy(witnesses: ReadonlySet<string>): boolean {
    const holds = (name: string): boolean => {
      const group = this.groups.get(name);
      if (group === undefined) return witnesses.has(name);
      return group.members.filter(holds).length >= group.needed;
    };
    return this.asksNobody || holds(this.quorum);
  }
}
