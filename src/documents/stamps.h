// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/digest.h"

namespace countersign::documents {

// What a stamp is over, besides all stamps before it: a checkpoint of a log alone, or a whole receipt, too.
enum class StampCoverage { kCheckpoint, kReceipt };
std::string_view coverage_name(StampCoverage coverage);  // "receipt"

// Stamp is one time-stamp over evidence and over all stamps before it.
struct Stamp {
  StampCoverage covers = StampCoverage::kReceipt;
  crypto::HashAlgorithm hash =
      crypto::HashAlgorithm::kSha256;  // of what is covered, and of the token's imprint
  Bytes token;                         // RFC 3161, as it came
};

// What the stamps of one file are over, octet by octet.
struct StampedEvidence {
  std::string checkpoint;  // a whole note, cosignatures included
  Bytes receipt;           // the receipt's file; empty where only the checkpoint is there
};

inline constexpr std::size_t kMaxStamps = 64;
inline constexpr std::size_t kMaxStampToken = 64 << 10;  // octets
inline constexpr std::size_t kMaxStampsFile = 6 << 20;
inline constexpr std::string_view kStampsFileEnding = ".countersign-stamps.json";

// covered_by is the text that a token stamps: its hash is the token's imprint. Of the evidence, and of each
// token before, in their order, it has the hash; so a new stamp renews all that was there before under a hash
// of its own. The caller passes a receipt where `covers` is kReceipt.
std::string covered_by(StampCoverage covers, crypto::HashAlgorithm hash, const StampedEvidence& evidence,
                       std::span<const Stamp> earlier);

// write_stamps trusts its caller: every member must be one that parse_stamps accepts. Type "stamps",
// version 1.
Bytes write_stamps(std::span<const Stamp> stamps);
// kMalformed, also without any stamp; kTooLarge; kUnsupported for a hash or a coverage that is not known.
// Says nothing of what the stamps are worth: see evidence/stamps.h.
Result<std::vector<Stamp>> parse_stamps(BytesView json);

}  // namespace countersign::documents
