// SPDX-License-Identifier: Apache-2.0
#include "logbook/history.h"

#include <fmt/format.h>

#include "logbook/fork_evidence.h"
#include "logbook/source_tiles.h"

namespace countersign::logbook {
namespace {

Fork fork_of(const SignedTree& smaller, const SignedTree& larger) {
  return {smaller.checkpoint(), larger.checkpoint(), smaller.note, larger.note, larger.checkpoint().root, {}};
}

// What the larger tree says of the smaller one's size, believed only as far as it leads to the larger root.
Result<void> look_back(Fork& fork, LogSource& tiles_of_larger) {
  SourceTiles tiles(tiles_of_larger);
  merkle::TileHashes hashes(tiles, fork.larger.size);
  const std::uint64_t size = fork.smaller.size;
  TRY(fork.root_at_smaller, merkle::root_of(hashes, size));
  TRY(fork.proof, merkle::prove_consistency(hashes, size, fork.larger.size));
  return merkle::verify_consistency(size, fork.root_at_smaller, fork.larger.size, fork.larger.root,
                                    fork.proof);
}

bool is_of_the_tiles(ErrorCode code) {
  return code == ErrorCode::kConflict || code == ErrorCode::kMalformed || code == ErrorCode::kNotFound;
}

// Where the evidence cannot be kept, whoever reads this can keep it.
std::string what_became_of(const Fork& fork, const LogFolder& evidence) {
  const auto kept = keep_evidence(evidence, fork);
  if (kept) return fmt::format("Both checkpoints are kept in {}/{}", evidence.path().string(), kept.value());
  return fmt::format("Both checkpoints could not be kept: {}. They are:\n\n{}\n{}", kept.error().detail,
                     fork.smaller_note, fork.larger_note);
}

Error without_proof(const Error& error, const SignedTree& larger) {
  if (!is_of_the_tiles(error.code)) return error;
  return {ErrorCode::kConflict,
          fmt::format("the tiles of {} do not lead to the root that the log signed for {} entries ({})",
                      larger.where, larger.checkpoint().size, error.detail)};
}

}  // namespace

Result<void> expect_one_history(const SignedTree& a, const SignedTree& b, const LogFolder& evidence) {
  const bool is_ordered = a.checkpoint().size <= b.checkpoint().size;
  const SignedTree& smaller = is_ordered ? a : b;
  const SignedTree& larger = is_ordered ? b : a;
  Fork fork = fork_of(smaller, larger);
  if (fork.smaller.size != fork.larger.size) {
    if (auto proven = look_back(fork, *larger.tiles); !proven)
      return fail(without_proof(proven.error(), larger));
  }
  if (fork.root_at_smaller == fork.smaller.root) return ok();
  return fail(
      ErrorCode::kConflict,
      fmt::format(
          "FORK: {} signed two histories: one of {} entries with the root {}, and one of {} with the root {} "
          "that does not contain it. The log must not be relied on. {}",
          fork.larger.origin, fork.smaller.size, base64_encode(fork.smaller.root), fork.larger.size,
          base64_encode(fork.larger.root), what_became_of(fork, evidence)));
}

}  // namespace countersign::logbook
