// SPDX-License-Identifier: Apache-2.0
#include "logbook/log_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "merkle/tile.h"
#include "storage/file.h"

namespace countersign::logbook {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kOctetsOfAnEntry =
    84;  // in a file of entries, and its hash; with a bit for what is above
constexpr int kLockTries = 40;
constexpr std::chrono::milliseconds kLockPause{50};

Error error_of(const fs::path& file, const std::error_code& error) {
  return {ErrorCode::kUnavailable, file.string() + ": " + error.message()};
}

Result<void> make_folder(const fs::path& folder) {
  std::error_code ignored;
  if (folder.empty() || fs::is_directory(folder, ignored)) return ok();
  TRY(make_folder(folder.parent_path()));
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) return fail(storage::system_error(folder));
  return ok();
}

Result<void> write_and_rename(int number, const fs::path& beside, const fs::path& file, BytesView content) {
  const storage::FileDescriptor descriptor(number);
  TRY(descriptor.write_all(content));
  if (::fchmod(number, 0644) != 0 || ::rename(beside.c_str(), file.c_str()) != 0)
    return fail(storage::system_error(file));
  return ok();
}

// A width as tile_path writes it, or 0.
int width_of(const std::string& name) {
  int width = 0;
  const auto read = std::from_chars(name.data(), name.data() + name.size(), width);
  const bool is_width =
      read.ec == std::errc{} && std::to_string(width) == name && width < static_cast<int>(merkle::kTileWidth);
  return is_width ? std::max(width, 0) : 0;
}

}  // namespace

Result<Bytes> LogFolder::get(std::string_view path) {
  const fs::path file = folder_ / path;
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found)
    return fail(ErrorCode::kNotFound, std::string(path) + ": is not there");
  if (!error && status.type() != fs::file_type::regular)
    return fail(ErrorCode::kMalformed, std::string(path) + ": is no file");
  return storage::read_file(file, kMaxLogFile);
}

Result<void> LogFolder::put(std::string_view path, BytesView content) const {
  const fs::path file = folder_ / path;
  TRY(make_folder(file.parent_path()));
  std::string beside = (file.parent_path() / ("." + file.filename().string() + ".XXXXXX")).string();
  const int number = ::mkostemp(beside.data(), O_CLOEXEC);
  if (number < 0) return fail(storage::system_error(file));
  const auto written = write_and_rename(number, beside, file, content);
  if (written) return ok();
  ::unlink(beside.c_str());
  return fail(written.error(), file.string());
}

Result<void> LogFolder::put_durably(std::string_view path, BytesView content) const {
  const fs::path file = folder_ / path;
  TRY(make_folder(file.parent_path()));
  return storage::write_file(file, content, storage::FileMode::kPublic);
}

Result<void> LogFolder::expect_room(std::uint64_t entries) const {
  std::error_code error;
  const fs::space_info space = fs::space(folder_, error);
  if (error || entries <= space.available / kOctetsOfAnEntry) return ok();
  return fail(ErrorCode::kStorageFull, fmt::format("{}: no room for {} entries of {} octets",
                                                   folder_.string(), entries, kOctetsOfAnEntry));
}

Result<void> LogFolder::sync() const {
  TRY(const auto folder, storage::FileDescriptor::open(folder_, O_RDONLY | O_DIRECTORY));
  if (::syncfs(folder.number()) != 0) return fail(storage::system_error(folder_));
  return ok();
}

Result<void> LogFolder::remove(std::string_view path) const {
  const fs::path file = folder_ / path;
  std::error_code error;
  fs::remove(file, error);
  if (error) return fail(error_of(file, error));
  if (file.parent_path().extension() == ".p") fs::remove(file.parent_path(), error);  // where it was the last
  return ok();
}

std::vector<int> LogFolder::partial_widths(std::string_view full_tile_path) const {
  std::vector<int> widths;
  std::error_code error;
  for (fs::directory_iterator file(folder_ / (std::string(full_tile_path) + ".p"), error), end;
       !error && file != end; file.increment(error))
    if (const int width = width_of(file->path().filename().string()); width > 0) widths.push_back(width);
  std::ranges::sort(widths);
  return widths;
}

Result<void> LogFolder::for_each_file(
    const std::function<Result<void>(const std::string& path)>& visit) const {
  std::error_code error;
  fs::recursive_directory_iterator file(folder_, error);
  for (const fs::recursive_directory_iterator end; !error && file != end; file.increment(error)) {
    std::error_code ignored;
    if (!file->is_directory(ignored)) {
      TRY(visit(file->path().lexically_relative(folder_).generic_string()));
    }
  }
  if (error) return fail(error_of(folder_, error));
  return ok();
}

Result<storage::FileDescriptor> LogFolder::lock() const {
  TRY(make_folder(folder_));
  TRY(storage::FileDescriptor file,
      storage::FileDescriptor::open(folder_ / ".lock", O_RDWR | O_CREAT | O_NOFOLLOW));
  for (int tries = 0; ::flock(file.number(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if (tries == kLockTries)
      return fail(ErrorCode::kUnavailable,
                  folder_.string() + ": the log itself, another mirror or a repair is at work here");
    std::this_thread::sleep_for(kLockPause);
  }
  return file;
}

}  // namespace countersign::logbook
