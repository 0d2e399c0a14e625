// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string_view>

#include "base/bytes.h"

namespace countersign::authority {

// PublicFolder is where the files of a log lie for everybody, by the paths of C2SP tlog-tiles. Errors are
// those of storage/file.h. Thread-safe.
class PublicFolder {
 public:
  virtual ~PublicFolder() = default;
  // Nothing where there is no such file; kTooLarge beyond `limit`.
  virtual Result<std::optional<Bytes>> read(std::string_view path, std::size_t limit) = 0;
  // The file is the old or the new one, never half, readable by all, in folders that are made as needed. Its
  // name is durable after a `sync` that began later.
  virtual Result<void> write(std::string_view path, BytesView content) = 0;
  virtual Result<void> sync() = 0;
  // Removes the folder of a path with all that is in it; success where there is none.
  virtual Result<void> remove(std::string_view path) = 0;
  // Removes what a writer that was killed left in the folder of a file; what is being written stays.
  virtual Result<void> clean(std::string_view path) = 0;
  // Held as long as the object lives. Where another holds it, waits for two seconds; then kUnavailable.
  class Hold {
   public:
    virtual ~Hold() = default;
  };
  virtual Result<std::unique_ptr<Hold>> hold() = 0;
};

// DiskFolder is one on a disk; it is made when something is written.
class DiskFolder final : public PublicFolder {
 public:
  explicit DiskFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Result<std::optional<Bytes>> read(std::string_view path, std::size_t limit) override;
  Result<void> write(std::string_view path, BytesView content) override;
  Result<void> sync() override;
  Result<void> remove(std::string_view path) override;
  Result<void> clean(std::string_view path) override;
  Result<std::unique_ptr<Hold>> hold() override;
  const std::filesystem::path& path() const { return folder_; }

 private:
  Result<void> make_folder(const std::filesystem::path& folder);
  void note(const std::filesystem::path& folder);

  const std::filesystem::path folder_;
  std::shared_mutex cleaning_;               // shared while a file is written beside its name
  std::mutex syncing_;                       // while the folders of `changed_` are synced
  std::mutex mutex_;                         // guards what follows, held for moments only
  std::set<std::filesystem::path> changed_;  // folders whose names are not synced yet
};

}  // namespace countersign::authority
