// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "checkpoint/checkpoint.h"

// Proofs that a log has an entry, to be verified offline (C2SP tlog-proof).
namespace countersign::checkpoint {

inline constexpr std::size_t kMaxLogProofExtra = 64 << 10;  // octets
inline constexpr std::size_t kMaxLogProofSize = 256 << 10;

struct LogProof {
  std::optional<Bytes> extra;       // for whoever made it; covered by nothing
  std::uint64_t index = 0;          // of the entry in the log
  std::vector<merkle::Hash> proof;  // of inclusion, 0–63 hashes, the leaf's sibling first
  std::string checkpoint;           // note; nothing in it is verified
};

// An extra without octets is written as none.
std::string write_log_proof(const LogProof& proof);
// The checkpoint is well formed (claimed_checkpoint reads it) and otherwise unverified, and so is whether the
// proof leads to its root. kMalformed, kTooLarge, kUnsupported (another version, extension lines).
Result<LogProof> parse_log_proof(std::string_view text);

}  // namespace countersign::checkpoint
