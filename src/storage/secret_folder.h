// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace countersign::storage {

// SecretFolder keeps short-lived keys as files outside of the database and of its backups, so that what is sealed
// under them can be forgotten: rows deleted from a database live on in write-ahead logs and backups.
// Folder mode 0700, files 0600. Thread-safe.
class SecretFolder {
 public:
  static Result<SecretFolder> open(std::filesystem::path folder);
  // Creates a random key of `size` bytes, durable when it returns. kConflict when the name is taken.
  Result<crypto::SecretBytes> create(std::string_view name, std::size_t size) const;
  Result<crypto::SecretBytes> load(std::string_view name) const;  // kNotFound
  Result<crypto::SecretBytes> load_or_create(std::string_view name, std::size_t size) const;
  // Overwrites, syncs, unlinks, syncs the folder. Success when there is none: forgetting may be repeated.
  Result<void> destroy(std::string_view name) const;

 private:
  explicit SecretFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

// File helpers of every program: whole files, durable.
Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit);
// Writes beside, syncs, renames, syncs the folder: the file is the old or the new one, never half.
enum class FileMode { kPrivate, kPublic };  // 0600, 0644
Result<void> write_file(const std::filesystem::path& file, BytesView content, FileMode mode);

}  // namespace countersign::storage
