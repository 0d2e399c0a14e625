// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "logbook/log_source.h"
#include "storage/file_descriptor.h"

namespace countersign::logbook {

// LogFolder is a log as files on a disk, below one folder, under the very paths in which it is served.
class LogFolder final : public LogSource {
 public:
  explicit LogFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  const std::filesystem::path& path() const { return folder_; }

  // Beyond what LogSource says: kMalformed for what is no file, kForbidden.
  Result<Bytes> get(std::string_view path) override;
  // Makes the folders above and writes the file (0644): it is the old or the new one, never half, whatever
  // becomes of this process. It outlives the loss of power only after `sync`: until then only what can be
  // told from the true file by others may be written so.
  Result<void> put(std::string_view path, BytesView content) const;
  // The same, durable when it returns.
  Result<void> put_durably(std::string_view path, BytesView content) const;
  // Whether the disk has room for the files of so many entries more. kStorageFull.
  Result<void> expect_room(std::uint64_t entries) const;
  // Makes all that was put durable.
  Result<void> sync() const;
  // The folder of partial tiles goes with the last of them. Success where there is none.
  Result<void> remove(std::string_view path) const;

  // Widths of the partial tiles that lie beside the full tile of that path, in order.
  std::vector<int> partial_widths(std::string_view full_tile_path) const;
  // The paths of all files, in no order; links to folders are not followed.
  Result<void> for_each_file(const std::function<Result<void>(const std::string& path)>& visit) const;

  // Keeps other mirrors and repairs away from the folder, and the log itself that publishes into it, as long
  // as what it answers lives. Makes the folder where there is none. kUnavailable when one is at work, and
  // does not end within two seconds.
  Result<storage::FileDescriptor> lock() const;
  static bool is_lock(std::string_view path) { return path == ".lock"; }

 private:
  std::filesystem::path folder_;
};

}  // namespace countersign::logbook
