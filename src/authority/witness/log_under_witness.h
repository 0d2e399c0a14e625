// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checkpoint/note.h"
#include "merkle/tree.h"

namespace countersign::authority {

// LogUnderWitness is what asking witnesses needs of our own log. The program plugs it in. Thread-safe.
class LogUnderWitness {
 public:
  virtual ~LogUnderWitness() = default;
  // By which it signs; its name is the origin.
  virtual const checkpoint::VerifierKey& key() const = 0;
  // The newest checkpoint that is stored, as a note; of the empty tree before the first entry. Receipts may
  // carry larger ones already, of committed entries all the same.
  virtual Result<std::string> newest_checkpoint() = 0;
  // How many entries are committed.
  virtual Result<std::uint64_t> committed_size() = 0;
  // Of committed entries alone; kNotFound beyond.
  virtual Result<std::vector<merkle::Hash>> prove_consistency(std::uint64_t old_size, std::uint64_t size) = 0;
  virtual Result<merkle::Hash> root_at(std::uint64_t size) = 0;
  // The newest checkpoint that enough witnesses had cosigned, with their cosignatures, and keeping a newer
  // one, durably. From one thread.
  virtual Result<std::optional<std::string>> witnessed_checkpoint() = 0;
  virtual Result<void> keep_witnessed(std::uint64_t size, const std::string& note) = 0;
};

}  // namespace countersign::authority
