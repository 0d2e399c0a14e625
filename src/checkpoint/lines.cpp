// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/lines.h"

#include <algorithm>
#include <charconv>

namespace countersign::checkpoint {
namespace {

auto malformed(std::string_view what, std::string_view why) {
  return fail(ErrorCode::kMalformed, std::string(what).append(": ").append(why));
}

}  // namespace

Result<std::string_view> take_line(std::string_view& rest, std::string_view what) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return malformed(what, "a line is missing, or does not end");
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Result<std::uint64_t> parse_decimal(std::string_view text, std::string_view what) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > kLargestSize)
    return malformed(what, "not a decimal number of at most 2^63-1");
  if (text.size() > 1 && text.front() == '0') return malformed(what, "leading zeros");
  return value;
}

Result<merkle::Hash> parse_hash(std::string_view text, std::string_view what) {
  merkle::Hash hash{};
  const auto octets = base64_decode(text);
  if (!octets || octets.value().size() != hash.size()) return malformed(what, "not base64 of 32 octets");
  std::copy(octets.value().begin(), octets.value().end(), hash.begin());
  return hash;
}

void append_proof(std::string& text, std::span<const merkle::Hash> proof) {
  for (const merkle::Hash& hash : proof) text.append(base64_encode(hash)).append("\n");
  text.append("\n");
}

Result<std::vector<merkle::Hash>> take_proof(std::string_view& rest, std::string_view what) {
  std::vector<merkle::Hash> proof;
  for (;;) {
    TRY(const std::string_view line, take_line(rest, what));
    if (line.empty()) return proof;
    if (proof.size() == kMaxProofHashes) return malformed(what, "more than 63 hashes of proof");
    TRY(const merkle::Hash hash, parse_hash(line, what));
    proof.push_back(hash);
  }
}

}  // namespace countersign::checkpoint
