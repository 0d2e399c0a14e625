// SPDX-License-Identifier: Apache-2.0
#include "storage/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/file_descriptor.h"

namespace countersign::storage {
namespace {

Result<void> write_and_sync(const FileDescriptor& descriptor, BytesView content, FileMode mode) {
  TRY(descriptor.write_all(content));
  if (::fchmod(descriptor.number(), mode == FileMode::kPrivate ? 0600 : 0644) != 0)
    return fail(system_error("fchmod"));
  return descriptor.sync();
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit) {
  TRY(const auto descriptor, FileDescriptor::open(file, O_RDONLY));
  TRY(const std::size_t size, descriptor.size());
  if (size > limit)
    return fail(ErrorCode::kTooLarge, file.string() + ": over " + std::to_string(limit) + " bytes");
  Bytes content(size);
  const auto got = descriptor.read_up_to(content);
  if (!got) return fail(got.error(), file.string());
  content.resize(got.value());
  return content;
}

Result<void> write_file(const std::filesystem::path& file, BytesView content, FileMode mode) {
  std::string beside = (folder_of(file) / ("." + file.filename().string() + ".XXXXXX")).string();
  const int number = ::mkostemp(beside.data(), O_CLOEXEC);
  if (number < 0) return fail(system_error(file));
  const FileDescriptor descriptor(number);
  auto written = write_and_sync(descriptor, content, mode);
  if (written && ::rename(beside.c_str(), file.c_str()) != 0) written = fail(system_error(file));
  if (written) return sync_folder(folder_of(file));
  ::unlink(beside.c_str());
  return fail(written.error(), file.string());
}

Result<void> make_private_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (error) return fail(ErrorCode::kUnavailable, folder.string() + ": " + error.message());
  return ok();
}

Result<void> create_private_file(const std::filesystem::path& file) {
  TRY(const auto descriptor, FileDescriptor::open(file, O_WRONLY | O_CREAT | O_EXCL));
  TRY(descriptor.sync());
  return sync_folder(folder_of(file));
}

Result<void> rename_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0)
    return fail(system_error(to));
  return sync_folder(folder_of(to));
}

}  // namespace countersign::storage
