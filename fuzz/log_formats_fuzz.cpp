// SPDX-License-Identifier: Apache-2.0
// The texts and files of the log: each has one form, no text passes for another, and under keys that are
// known nothing verifies but what they signed.
#include <algorithm>

#include "checkpoint/log_proof.h"
#include "checkpoint/policy.h"
#include "checkpoint/witness_messages.h"
#include "documents/log_entry.h"
#include "evidence/algorithms.h"
#include "fuzz/property.h"
#include "merkle/tile.h"

namespace {

using namespace countersign;
using namespace countersign::checkpoint;
using fuzz::require;

// Of tests/vectors/log; all checkpoints that its key ever signed.
constexpr std::string_view kLogKey = "dc1.example/log+b4e29d71+AT1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM";
constexpr std::string_view kWitnessKey =
    "witness.example/w1+eb762cc2+BNdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
constexpr std::string_view kSigned[] = {"dc1.example/log\n1\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\n",
                                        "dc1.example/log\n6\nduZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8=\n",
                                        "dc1.example/log\n8\nXcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=\n"};

// As a number, whether `parse` takes the text; then writing gives the very text again.
template <typename Parse, typename Write>
int has_one_form(std::string_view text, const Parse& parse, const Write& write) {
  const auto value = parse(text);
  if (!value) return 0;
  require(write(value.value()) == text, "what is accepted has one form");
  return 1;
}

void verify(std::string_view text) {
  static const VerifierKey log = VerifierKey::parse(kLogKey).value();
  static const VerifierKey witness = VerifierKey::parse(kWitnessKey).value();
  const auto verified = verify_checkpoint(text, log, std::span(&witness, 1));
  if (!verified) return;
  require(std::ranges::find(kSigned, verified.value().note.text) != std::end(kSigned),
          "what the log did not sign does not verify");
  require(write_note(verified.value().note) == text, "the note is kept as it came");
  require(verified.value().cosignatures.size() <= 1, "a witness counts once");
}

bool satisfies(const Policy& policy, std::span<const std::string> names) {
  return policy.is_satisfied_by(names);
}

int is_consistent_policy(std::string_view text) {
  const auto policy = Policy::parse(text);
  if (!policy) return 0;
  const auto& names = policy.value().witness_names();
  require(policy.value().witnesses().size() == names.size(), "each witness has a name");
  require(satisfies(policy.value(), names), "all witnesses are enough");
  require(satisfies(policy.value(), {}) == policy.value().needs_no_witness(),
          "nobody is enough for none alone");
  bool enough = policy.value().needs_no_witness();
  for (std::size_t count = 0; count <= names.size(); ++count) {
    const bool now = satisfies(policy.value(), std::span(names).first(count));
    require(now || !enough, "more witnesses are not less");
    enough = now;
  }
  (void)policy.value().verify("");
  return 1;
}

void read_sunsets(std::string_view text) {
  const auto policy = evidence::AlgorithmPolicy::parse(text);
  if (!policy) return;
  const std::vector<std::string> all = {"sha-256", "ecdsa-p256", "ed25519", "rsa-4096"};
  const auto first = policy.value().until(all);
  for (const std::string& each : all) {
    const auto sunset = policy.value().until({each});
    require(!sunset || (first && *first <= *sunset), "the first of several sunsets counts");
  }
}

void read_path(std::string_view path) {
  const auto tile = merkle::parse_tile_path(path);
  require(bool{tile} || !merkle::is_entries_path(path), "a path of entries is one of a tile");
  if (!tile) return;
  const bool is_of_entries = merkle::is_entries_path(path);
  require((is_of_entries ? merkle::entries_path(tile.value()) : merkle::tile_path(tile.value())) == path,
          "a path has one form");
  require(tile.value().width >= 1 && tile.value().width <= 256, "a tile has up to 256 hashes");
}

// The first octet says how many hashes or entries there are.
void read_tiles(BytesView bytes) {
  if (bytes.empty()) return;
  const merkle::TileId tile{0, 0, bytes.front() + 1};
  const BytesView content = bytes.subspan(1);
  if (const auto hashes = merkle::parse_tile(tile, content))
    require(equal(merkle::write_tile(hashes.value()), content), "a tile has one form");
  const auto entries = merkle::parse_entries(tile, content);
  if (!entries) return;
  require(equal(merkle::write_entries(entries.value()), content), "a bundle of entries has one form");
  require(entries.value().size() == static_cast<std::size_t>(tile.width), "there are as many as were asked");
}

void read_entry(BytesView bytes) {
  const auto entry = documents::parse_log_entry(bytes);
  if (!entry) return;
  require(equal(documents::write_log_entry(entry.value()), bytes), "an entry has one form");
  if (entry.value().kind == documents::LogEntry::Kind::kLeftOut)
    require(entry.value() == documents::left_out_entry(), "of an index that was left out nothing is said");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes{data, size};
  read_tiles(bytes);
  read_entry(bytes);
  const std::string_view text = as_text(bytes);
  read_path(text);
  read_sunsets(text);
  has_one_form(text, VerifierKey::parse, [](const VerifierKey& key) { return key.text(); });
  has_one_form(text, parse_note, write_note);
  const int kinds = has_one_form(text, parse_checkpoint_text, write_checkpoint_text) +
                    static_cast<int>(bool{claimed_checkpoint(text)}) +
                    has_one_form(text, parse_signature_lines,
                                 [](const auto& lines) { return write_signature_lines(lines); }) +
                    has_one_form(text, parse_add_checkpoint, write_add_checkpoint) +
                    has_one_form(text, parse_known_size, write_known_size) +
                    has_one_form(text, parse_log_proof, write_log_proof) + is_consistent_policy(text);
  require(kinds <= 1, "no text passes for one of another kind");
  verify(text);
  return 0;
}
