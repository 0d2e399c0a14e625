// SPDX-License-Identifier: Apache-2.0
// The texts of the log: each has one form, none passes for another, and under keys that are known nothing
// verifies but what they signed.
#include <algorithm>

#include "checkpoint/log_proof.h"
#include "checkpoint/policy.h"
#include "checkpoint/witness_messages.h"
#include "fuzz/property.h"

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
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
