// SPDX-License-Identifier: Apache-2.0
#include "storage/file_descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace countersign::storage {
namespace {

ErrorCode code_of(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kForbidden;
    case EEXIST:
      return ErrorCode::kConflict;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::kStorageFull;
    default:
      return ErrorCode::kUnavailable;
  }
}

}  // namespace

Error system_error(const std::filesystem::path& file) {
  const int number = errno;
  return Error{code_of(number), file.string() + ": " + std::generic_category().message(number)};
}

Result<FileDescriptor> FileDescriptor::open(const std::filesystem::path& file, int flags, unsigned mode) {
  const int number = ::open(file.c_str(), flags | O_CLOEXEC, mode);
  if (number < 0) return fail(system_error(file));
  return FileDescriptor(number);
}

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<void> FileDescriptor::write_all(BytesView bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = ::write(number_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(system_error("write"));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ok();
}

Result<std::size_t> FileDescriptor::read_up_to(std::span<std::uint8_t> buffer) const {
  std::size_t total = 0;
  while (total < buffer.size()) {
    const ssize_t got = ::read(number_, buffer.data() + total, buffer.size() - total);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(system_error("read"));
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

Result<std::size_t> FileDescriptor::size() const {
  struct stat status {};
  if (::fstat(number_, &status) != 0) return fail(system_error("fstat"));
  return static_cast<std::size_t>(status.st_size);
}

Result<void> FileDescriptor::sync() const {
  if (::fsync(number_) != 0) return fail(system_error("fsync"));
  return ok();
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  TRY(const auto descriptor, FileDescriptor::open(folder, O_RDONLY | O_DIRECTORY));
  return descriptor.sync();
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace countersign::storage
