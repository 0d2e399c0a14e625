// SPDX-License-Identifier: Apache-2.0
#include "card/pin_tries.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace countersign::card {
namespace {

Error file_error(const std::string& what) {
  const ErrorCode code = errno == ENOSPC ? ErrorCode::kStorageFull : ErrorCode::kUnavailable;
  return {code, "count of PIN tries: " + what + ": " + std::strerror(errno)};
}

// One octet is written whole or not at all, so there is no half count.
Result<int> read_count(int descriptor) {
  char digit = '0';
  const auto size = pread(descriptor, &digit, 1, 0);
  if (size < 0) return fail(file_error("read"));
  if (digit < '0' || digit > '9') {
    return fail(ErrorCode::kUnavailable, "count of PIN tries: the file is damaged");
  }
  return digit - '0';
}

Result<void> write_count(int descriptor, int count) {
  const char digit = static_cast<char>('0' + count);
  if (pwrite(descriptor, &digit, 1, 0) != 1) return fail(file_error("write"));
  if (fsync(descriptor) != 0) return fail(file_error("sync"));
  return ok();
}

Result<void> sync_folder_of(const std::string& file) {
  const auto folder = std::filesystem::absolute(file).parent_path();
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return fail(file_error("open folder"));
  const int synced = fsync(descriptor);
  close(descriptor);
  if (synced != 0) return fail(file_error("sync folder"));
  return ok();
}

}  // namespace

Result<int> PinTries::left() const {
  const int descriptor = open(file_.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENOENT) return max_tries_;
  if (descriptor < 0) return fail(file_error("open"));
  const auto count = read_count(descriptor);
  close(descriptor);
  if (!count) return fail(count.error());
  return std::max(0, max_tries_ - count.value());
}

Result<PinTries::Attempt> PinTries::begin() const {
  const int descriptor = open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail(file_error("open"));
  Attempt attempt(descriptor, 0);
  if (flock(descriptor, LOCK_EX) != 0) return fail(file_error("lock"));
  TRY(sync_folder_of(file_));
  TRY(const int count, read_count(descriptor));
  if (count >= max_tries_) return fail(ErrorCode::kPinLocked, "no tries left");
  TRY(write_count(descriptor, count + 1));
  attempt.left_ = max_tries_ - count - 1;
  attempt.count_before_ = count;
  return attempt;
}

PinTries::Attempt::~Attempt() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<void> PinTries::Attempt::succeed() {
  return write_count(descriptor_, 0);
}

Result<void> PinTries::Attempt::withdraw() {
  return write_count(descriptor_, count_before_);
}

}  // namespace countersign::card
