// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logbook/log_source.h"
#include "storage/database.h"

namespace countersign::logbook {

// StoreLog gives the files of a log as the store of its authority would have them written: entries, tiles of
// level 0 made of them, those above of the roots of finished tiles, and the newest checkpoint that was
// signed. Whole and partial ones, of whatever width it has the entries for.
class StoreLog final : public LogSource {
 public:
  explicit StoreLog(storage::Database& store) : store_(store) {}  // outlives it
  // Beyond what LogSource says: of the store; kInternal where its rows cannot be read.
  Result<Bytes> get(std::string_view path) override;

 private:
  storage::Database& store_;
};

}  // namespace countersign::logbook
