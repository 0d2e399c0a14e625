// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "checkpoint/checkpoint.h"

// What a log and a witness say to each other (C2SP tlog-witness): the question of add-checkpoint, and the
// bodies of its answers. Lines of signatures (200 OK) are in note.h.
namespace countersign::checkpoint {

// Longest question: a note, a line of size and as many hashes as a proof may have.
inline constexpr std::size_t kMaxAddCheckpointSize = kMaxNoteSize + (4 << 10);

// AddCheckpoint asks a witness to cosign.
struct AddCheckpoint {
  std::uint64_t old_size = 0;       // of the tree that the witness is thought to know
  std::vector<merkle::Hash> proof;  // of consistency, 0–63 hashes
  std::string checkpoint;           // note; nothing in it is verified
};

std::string write_add_checkpoint(const AddCheckpoint& question);
// The checkpoint is well formed (claimed_checkpoint reads it) and otherwise unverified; whether sizes and
// proof fit is the witness's to judge, after it knows who asks. kMalformed, kTooLarge, kUnsupported
// (extension lines).
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// The body of 409 Conflict, media type text/x.tlog.size: the size that the witness does know.
inline constexpr std::string_view kKnownSizeMediaType = "text/x.tlog.size";
std::string write_known_size(std::uint64_t size);
Result<std::uint64_t> parse_known_size(std::string_view body);

}  // namespace countersign::checkpoint
