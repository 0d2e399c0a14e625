// SPDX-License-Identifier: Apache-2.0
#include "authority/log/public_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "storage/file.h"
#include "storage/file_descriptor.h"

namespace countersign::authority {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLockName = ".lock";
constexpr std::chrono::seconds kLongestWait{2};
constexpr std::chrono::milliseconds kBetweenTries{10};

class DiskHold final : public PublicFolder::Hold {
 public:
  explicit DiskHold(storage::FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  storage::FileDescriptor descriptor_;
};

Result<void> failed(const fs::path& file, const std::error_code& error) {
  const bool full = error == std::errc::no_space_on_device;
  return fail(full ? ErrorCode::kStorageFull : ErrorCode::kUnavailable,
              file.string() + ": " + error.message());
}

Result<void> write_and_sync(const storage::FileDescriptor& descriptor, BytesView content) {
  TRY(descriptor.write_all(content));
  if (::fchmod(descriptor.number(), 0644) != 0) return fail(storage::system_error("fchmod"));
  return descriptor.sync();
}

}  // namespace

Result<std::optional<Bytes>> DiskFolder::read(std::string_view path, std::size_t limit) {
  auto content = storage::read_file(folder_ / path, limit);
  if (content) return std::optional(std::move(content).value());
  if (content.error().code == ErrorCode::kNotFound) return std::optional<Bytes>();
  return fail(content.error());
}

Result<void> DiskFolder::write(std::string_view path, BytesView content) {
  const fs::path file = folder_ / path;
  const fs::path folder = file.parent_path();
  TRY(make_folder(folder));
  const std::shared_lock stays(cleaning_);
  std::string beside = (folder / ("." + file.filename().string() + ".XXXXXX")).string();
  const int number = ::mkostemp(beside.data(), O_CLOEXEC);
  if (number < 0) return fail(storage::system_error(file));
  const storage::FileDescriptor descriptor(number);
  auto written = write_and_sync(descriptor, content);
  if (written && ::rename(beside.c_str(), file.c_str()) != 0) written = fail(storage::system_error(file));
  if (!written) {
    ::unlink(beside.c_str());
    return fail(written.error(), file.string());
  }
  note(folder);
  return ok();
}

// Readable by all, whatever the umask; those that exist stay as they are.
Result<void> DiskFolder::make_folder(const fs::path& folder) {
  int made = ::mkdir(folder.c_str(), 0755);
  if (made != 0 && errno == ENOENT && folder != folder.root_path()) {
    TRY(make_folder(folder.parent_path()));
    made = ::mkdir(folder.c_str(), 0755);
  }
  if (made != 0 && errno == EEXIST) return ok();
  if (made != 0 || ::chmod(folder.c_str(), 0755) != 0) return fail(storage::system_error(folder));
  note(folder.parent_path());
  return ok();
}

void DiskFolder::note(const fs::path& folder) {
  const std::lock_guard lock(mutex_);
  changed_.insert(folder);
}

Result<void> DiskFolder::sync() {
  const std::lock_guard one_at_a_time(syncing_);
  std::set<fs::path> changed;
  {
    const std::lock_guard lock(mutex_);
    changed.swap(changed_);
  }
  while (!changed.empty()) {
    const auto synced = storage::sync_folder(*changed.begin());
    if (!synced && synced.error().code != ErrorCode::kNotFound) {
      const std::lock_guard lock(mutex_);
      changed_.merge(changed);
      return fail(synced.error());
    }
    changed.erase(changed.begin());
  }
  return ok();
}

Result<void> DiskFolder::remove(std::string_view path) {
  std::error_code error;
  fs::remove_all(folder_ / path, error);
  if (error) return failed(folder_ / path, error);
  return ok();
}

Result<void> DiskFolder::clean(std::string_view path) {
  const fs::path folder = (folder_ / path).parent_path();
  const std::lock_guard nothing_is_written(cleaning_);
  std::error_code error;
  fs::directory_iterator each(folder, error);
  if (error == std::errc::no_such_file_or_directory) return ok();
  for (; !error && each != fs::directory_iterator(); each.increment(error)) {
    const std::string name = each->path().filename().string();
    if (name.starts_with('.') && name != kLockName) ::unlink(each->path().c_str());
  }
  if (error) return failed(folder, error);
  return ok();
}

Result<std::unique_ptr<PublicFolder::Hold>> DiskFolder::hold() {
  TRY(make_folder(folder_));
  const fs::path file = folder_ / kLockName;
  TRY(auto descriptor, storage::FileDescriptor::open(file, O_RDWR | O_CREAT | O_NOFOLLOW));
  const auto until = std::chrono::steady_clock::now() + kLongestWait;
  while (::flock(descriptor.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail(storage::system_error(file));
    if (std::chrono::steady_clock::now() >= until)
      return fail(ErrorCode::kUnavailable, file.string() + ": another process holds it");
    std::this_thread::sleep_for(kBetweenTries);
  }
  return std::unique_ptr<Hold>(std::make_unique<DiskHold>(std::move(descriptor)));
}

}  // namespace countersign::authority
