// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logbook/fault.h"
#include "logbook/log_folder.h"

namespace countersign::logbook {

// ExaminedBundle is what became of one file of entries.
struct ExaminedBundle {
  std::uint64_t first = 0;   // index of its first entry
  const Hashes& leaves;      // as they should be
  const FoundEntries& file;  // as it is
  const WrongPlaces& wrong;  // entries in it that are none of these leaves
};

// ExaminationEvents hears what an examination finds; an error ends it.
class ExaminationEvents {
 public:
  virtual ~ExaminationEvents() = default;
  virtual Result<void> found(const Fault& fault) = 0;
  // Each tile of the tree, with the hashes that belong there, as far as they are known. After those below it.
  virtual Result<void> tile(const merkle::TileId& id, const Hashes& hashes) = 0;
  // Each file of entries, in order, as far as its leaves are known.
  virtual Result<void> bundle(const ExaminedBundle& bundle) = 0;
};

struct Examination {
  bool is_proven = false;            // the root is the one that was given
  std::optional<merkle::Hash> root;  // of what was found; nullopt where too much is missing
};

// examine_tree recomputes a tree of `size` from its entries up and compares all its files in the folder,
// older partial tiles too. What the root proves, or a tile that it proves, is held to be right, and decides
// who is wrong; without a root, or where the files lead to another, what most of them say. `other` is another
// place of the same log, or null: asked for what neither is right here nor follows from what is. One file of
// each level is in memory at a time. Errors: those of the events, and of `other` where it does not answer.
Result<Examination> examine_tree(LogFolder& folder, LogSource* other, std::uint64_t size,
                                 const std::optional<merkle::Hash>& root, ExaminationEvents& events);

}  // namespace countersign::logbook
