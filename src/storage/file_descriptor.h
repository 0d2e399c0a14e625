// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/bytes.h"

namespace countersign::storage {

// FileDescriptor closes itself. The functions answer the system's error as file.h names it.
class FileDescriptor {
 public:
  // open(2) with O_CLOEXEC.
  static Result<FileDescriptor> open(const std::filesystem::path& file, int flags, unsigned mode = 0600);
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor();

  int number() const { return number_; }
  Result<void> write_all(BytesView bytes) const;
  // Into the whole of `buffer` as far as the file goes; the number of bytes read.
  Result<std::size_t> read_up_to(std::span<std::uint8_t> buffer) const;
  Result<std::size_t> size() const;
  Result<void> sync() const;

 private:
  int number_;
};

// sync_folder makes names in the folder durable: new, renamed, removed.
Result<void> sync_folder(const std::filesystem::path& folder);

// folder_of is the parent, "." for a bare name.
std::filesystem::path folder_of(const std::filesystem::path& file);

// errno as an Error about `file`.
Error system_error(const std::filesystem::path& file);

}  // namespace countersign::storage
