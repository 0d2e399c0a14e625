// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/secret.h"
#include "storage/file.h"

namespace countersign::storage {

// destroy_file overwrites a file with zeros, syncs it and removes it; false where there is none. A disk that
// writes elsewhere than where it read (flash, copy on write) keeps old blocks: there the disk must be
// encrypted. kForbidden, kUnavailable.
Result<bool> destroy_file(const std::filesystem::path& file);

// SecretFolder keeps short-lived keys as files outside of the database and of its backups, so that what is
// sealed under them can be forgotten: rows deleted from a database live on in write-ahead logs and backups.
// Folder mode 0700, files 0600. Names are 1–100 of [A-Za-z0-9._-], not beginning with a dot (kMalformed).
// Thread-safe.
class SecretFolder {
 public:
  // Creates the folder where there is none. kForbidden when others than its owner may enter it.
  static Result<SecretFolder> open(std::filesystem::path folder);
  // Creates a random key of `size` bytes, durable when it returns. kConflict when the name is taken.
  Result<crypto::SecretBytes> create(std::string_view name, std::size_t size) const;
  Result<crypto::SecretBytes> load(std::string_view name) const;  // kNotFound
  // kConflict when the key that is there has another size.
  Result<crypto::SecretBytes> load_or_create(std::string_view name, std::size_t size) const;
  // destroy_file, and syncs the folder. Success when there is none: forgetting may be repeated.
  Result<void> destroy(std::string_view name) const;
  // Names of all keys, in no order; for sweeping.
  Result<std::vector<std::string>> names() const;

 private:
  explicit SecretFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<std::filesystem::path> file_of(std::string_view name) const;
  std::filesystem::path folder_;
};

}  // namespace countersign::storage
