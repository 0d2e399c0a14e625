// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "logbook/found_file.h"

namespace countersign::logbook {

// OldTrees gathers, while a tree is recomputed, what it was at the sizes of older checkpoints: the beginnings
// of those tiles that were partial then.
class OldTrees {
 public:
  // Of an older checkpoint, by its name.
  void add(std::string name, const checkpoint::Checkpoint& checkpoint);
  // A tile of the tree, with its hashes.
  void take(const merkle::TileId& id, const Hashes& hashes);

  struct Compared {
    std::string name;
    checkpoint::Checkpoint checkpoint;
    std::optional<merkle::Hash> root;  // that the tree had at that size; nullopt where too much is missing
  };
  std::vector<Compared> compare() const;

 private:
  struct Old {
    std::string name;
    checkpoint::Checkpoint checkpoint;
    std::vector<Hashes> partial;  // by level
  };
  std::vector<Old> trees_;
};

}  // namespace countersign::logbook
