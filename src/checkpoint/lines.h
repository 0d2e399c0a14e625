// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "merkle/tree.h"

// The lines that the log's formats are made of, each ending in U+000A. Errors are kMalformed and begin with
// `what`.
namespace countersign::checkpoint {

// The largest size of a tree and index of an entry.
inline constexpr std::uint64_t kLargestSize = 0x7fff'ffff'ffff'ffff;
// The most hashes of a proof: levels of the largest tree.
inline constexpr std::size_t kMaxProofHashes = 63;

// Takes a line off the front, and its end with it.
Result<std::string_view> take_line(std::string_view& rest, std::string_view what);
// Decimal without sign and leading zeros, 0 to kLargestSize.
Result<std::uint64_t> parse_decimal(std::string_view text, std::string_view what);
// Base64 of 32 octets.
Result<merkle::Hash> parse_hash(std::string_view text, std::string_view what);

// A proof is 0 to kMaxProofHashes lines of one hash each and an empty line.
void append_proof(std::string& text, std::span<const merkle::Hash> proof);
Result<std::vector<merkle::Hash>> take_proof(std::string_view& rest, std::string_view what);

}  // namespace countersign::checkpoint
