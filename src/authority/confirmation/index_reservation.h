// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/result.h"

namespace countersign::authority {

// IndexReservation remembers outside of the store, and of its backups, up to which index confirmations may
// have been signed, so that a restored store never gives one out a second time. It is written ahead in
// blocks: one small file write per 1,024 confirmations. Used by the one thread that assigns indices, inside
// its transaction.
class IndexReservation {
 public:
  static constexpr std::int64_t kBlock = 1024;

  // Opens the reservation of a store whose next index is `next_index`. A missing file is created for a store
  // that has confirmed nothing. kConflict when the file is missing otherwise, or when the store lies so far
  // behind it that it must be an older copy: such a store is taken into use by `restore` only.
  static Result<IndexReservation> open(std::filesystem::path file, std::int64_t next_index);
  // The first index that was certainly never given out; nullopt without a file.
  static Result<std::optional<std::int64_t>> read(const std::filesystem::path& file);
  static Result<void> write(const std::filesystem::path& file, std::int64_t first_free);

  // Makes sure, durably, that all indices below `next_index` are covered.
  Result<void> cover(std::int64_t next_index);

 private:
  IndexReservation(std::filesystem::path file, std::int64_t first_free)
      : file_(std::move(file)), first_free_(first_free) {}
  std::filesystem::path file_;
  std::int64_t first_free_;
};

}  // namespace countersign::authority
