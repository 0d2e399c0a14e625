// SPDX-License-Identifier: Apache-2.0
#include "authority/maintenance/store_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace countersign::authority {

Result<StoreLock> StoreLock::take(const std::filesystem::path& store, Kind kind) {
  const std::string file = store.string() + ".lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::kUnavailable,
                "store lock: " + file + ": " + std::generic_category().message(errno));
  }
  StoreLock lock(descriptor);
  if (::flock(descriptor, (kind == Kind::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    return fail(ErrorCode::kConflict, kind == Kind::kShared
                                          ? "store lock: the store is being replaced; wait until that is done"
                                          : "store lock: the authority is running; stop it first");
  }
  return lock;
}

StoreLock& StoreLock::operator=(StoreLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

StoreLock::~StoreLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace countersign::authority
