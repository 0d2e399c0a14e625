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
  TRY(const std::string kept, keep_evidence(evidence, fork));
  return fail(
      ErrorCode::kConflict,
      fmt::format(
          "FORK: {} signed two histories: one of {} entries and one of {} that does not contain it. The log "
          "must not be relied on. Both checkpoints are kept in {}/{}",
          fork.larger.origin, fork.smaller.size, fork.larger.size, evidence.path().string(), kept));
}

}  // namespace countersign::logbook
