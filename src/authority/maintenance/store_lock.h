// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"

namespace countersign::authority {

// StoreLock keeps programs that use a store apart from those that replace it: `<store>.lock`, held as long as
// the object lives and freed by the system when the process ends.
class StoreLock {
 public:
  enum class Kind { kShared, kExclusive };  // a server · a restore
  // kConflict when another process holds it the other way; does not wait.
  static Result<StoreLock> take(const std::filesystem::path& store, Kind kind);
  StoreLock(StoreLock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  StoreLock& operator=(StoreLock&& other) noexcept;
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;
  ~StoreLock();

 private:
  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace countersign::authority
