// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/policy.h"

#include <algorithm>

#include "base/text.h"
#include "checkpoint/lines.h"

namespace countersign::checkpoint {
namespace {

constexpr std::string_view kNone = "none";

auto malformed(const char* detail) {
  return fail(ErrorCode::kMalformed, detail);
}

// Tab, newline, and what is no control character; octets beyond ASCII are whatever they are.
bool is_policy_octet(char c) {
  const auto octet = static_cast<std::uint8_t>(c);
  return octet == '\t' || octet == '\n' || (octet >= 0x20 && octet != 0x7f);
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

Result<VerifierKey> parse_key(std::string_view vkey, KeyType type, const std::vector<VerifierKey>& others) {
  TRY(VerifierKey key, VerifierKey::parse(vkey));
  if (key.type != type) return fail(ErrorCode::kUnsupported, "the key is of a type for others");
  const auto is_same = [&](const VerifierKey& other) { return other.key == key.key; };
  if (std::ranges::any_of(others, is_same)) return malformed("a key that stands above already");
  if (others.size() == kMaxPolicyLines) return fail(ErrorCode::kTooLarge, "more than 256 of these");
  return key;
}

// How many of so many members: a number, `any` or `all`.
Result<std::size_t> parse_threshold(std::string_view word, std::size_t members) {
  if (word == "any") return std::size_t{1};
  if (word == "all") return members;
  TRY(const std::uint64_t count, parse_decimal(word, "threshold"));
  if (count < 1 || count > members)
    return malformed("a threshold that no number of members reaches, or is none");
  return std::size_t{count};
}

}  // namespace

Result<Policy> Policy::parse(std::string_view text) {
  if (text.size() > kMaxPolicySize) return fail(ErrorCode::kTooLarge, "policy: more than 256 KiB");
  Policy policy;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string where = "policy, line " + std::to_string(number);
    TRY(const std::string_view line, take_line(text, where));
    if (!std::ranges::all_of(line, is_policy_octet))
      return fail(ErrorCode::kMalformed, where + ": a control character");
    if (auto read = policy.read_line(line); !read) return fail(std::move(read).error(), where);
  }
  if (!policy.has_quorum_line_) return malformed("policy: no quorum");
  return policy;
}

Result<void> Policy::read_line(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  if (words.empty() || words.front().starts_with('#')) return ok();
  const Words rest = Words(words).subspan(1);
  if (words.front() == "log") return add_log(rest);
  if (words.front() == "witness") return add_witness(rest);
  if (words.front() == "group") return add_group(rest);
  if (words.front() == "quorum") return set_quorum(rest);
  return malformed("neither log, witness, group nor quorum");
}

Result<void> Policy::add_log(Words words) {
  if (words.empty() || words.size() > 2) return malformed("not of the form: log <vkey> [url]");
  TRY(VerifierKey key, parse_key(words[0], KeyType::kEd25519, logs_));
  logs_.push_back(std::move(key));
  log_urls_.emplace_back(words.size() == 2 ? words[1] : "");
  return ok();
}

Result<void> Policy::add_witness(Words words) {
  if (words.size() < 2 || words.size() > 3) return malformed("not of the form: witness NAME <vkey> [url]");
  TRY(VerifierKey key, parse_key(words[1], KeyType::kCosignature, witnesses_));
  TRY(add_voter({.name = std::string(words[0])}));
  witnesses_.push_back(std::move(key));
  witness_names_.emplace_back(words[0]);
  witness_urls_.emplace_back(words.size() == 3 ? words[2] : "");
  return ok();
}

Result<void> Policy::add_group(Words words) {
  if (words.size() < 3) return malformed("not of the form: group NAME k|any|all members…");
  if (voters_.size() - witnesses_.size() == kMaxPolicyLines)
    return fail(ErrorCode::kTooLarge, "more than 256 of these");
  Voter group{.name = std::string(words[0])};
  const Words members = words.subspan(2);
  TRY(group.threshold, parse_threshold(words[1], members.size()));
  for (const std::string_view name : members) {
    TRY(const std::size_t member, find_voter(name));
    if (voters_[member].is_member) return malformed("a member that is in a group already");
    voters_[member].is_member = true;
    group.members.push_back(member);
  }
  return add_voter(std::move(group));
}

Result<void> Policy::set_quorum(Words words) {
  if (words.size() != 1) return malformed("not of the form: quorum NAME|none");
  if (has_quorum_line_) return malformed("another quorum");
  has_quorum_line_ = true;
  if (words[0] == kNone) return ok();
  TRY(quorum_, find_voter(words[0]));
  return ok();
}

Result<void> Policy::add_voter(Voter voter) {
  if (voter.name == kNone || find_voter(voter.name)) return malformed("a name that has a meaning already");
  voters_.push_back(std::move(voter));
  return ok();
}

Result<std::size_t> Policy::find_voter(std::string_view name) const {
  const auto found = std::ranges::find(voters_, name, &Voter::name);
  if (found == voters_.end()) return malformed("names what does not stand above it");
  return static_cast<std::size_t>(found - voters_.begin());
}

Result<VerifiedCheckpoint> Policy::verify(std::string_view note) const {
  TRY(const Checkpoint claimed, claimed_checkpoint(note));
  std::vector<VerifierKey> keys;
  std::ranges::copy_if(logs_, std::back_inserter(keys),
                       [&](const VerifierKey& log) { return log.name == claimed.origin; });
  if (keys.empty()) return fail(ErrorCode::kNotFound, "policy: no log is listed of the checkpoint's origin");
  return verify_checkpoint(note, keys, witnesses_);
}

std::vector<std::string> Policy::names_of(std::span<const Cosignature> cosignatures) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < witnesses_.size(); ++i) {
    const auto is_its = [&](const Cosignature& one) {
      return one.witness == witnesses_[i].name && one.id == witnesses_[i].id;
    };
    if (std::ranges::any_of(cosignatures, is_its)) names.push_back(witness_names_[i]);
  }
  return names;
}

bool Policy::is_satisfied_by(std::span<const std::string> names_of_witnesses) const {
  if (!quorum_) return true;
  std::vector<bool> counts(voters_.size());
  for (std::size_t i = 0; i < voters_.size(); ++i) {
    const Voter& voter = voters_[i];
    const auto agreeing =
        std::ranges::count_if(voter.members, [&](std::size_t member) { return counts[member]; });
    counts[i] = voter.members.empty()
                    ? std::ranges::find(names_of_witnesses, voter.name) != names_of_witnesses.end()
                    : static_cast<std::size_t>(agreeing) >= voter.threshold;
  }
  return counts[*quorum_];
}

}  // namespace countersign::checkpoint
