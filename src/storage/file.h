// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/bytes.h"

namespace countersign::storage {

// File helpers of every program: whole files, durable. Errors: kNotFound, kForbidden, kConflict (exists
// already), kStorageFull, kTooLarge, else kUnavailable.
Result<Bytes> read_file(const std::filesystem::path& file, std::size_t limit);

// Writes beside, syncs, renames, syncs the folder: the file is the old or the new one, never half.
enum class FileMode { kPrivate, kPublic };  // 0600, 0644
Result<void> write_file(const std::filesystem::path& file, BytesView content, FileMode mode);

// make_private_folder makes a folder, and those above it, where there is none, and leaves it to its owner
// alone (0700). kUnavailable.
Result<void> make_private_folder(const std::filesystem::path& folder);

// create_private_file makes an empty file (0600) that was not there before.
Result<void> create_private_file(const std::filesystem::path& file);

// rename_new gives a finished file its final name, which must be free, and syncs the folder.
Result<void> rename_new(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace countersign::storage
