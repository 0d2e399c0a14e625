// SPDX-License-Identifier: Apache-2.0
#include "storage/secret_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "crypto/random.h"
#include "storage/file_descriptor.h"

namespace countersign::storage {
namespace {

constexpr std::size_t kMaxName = 100;
constexpr std::size_t kMaxSecret = 64 << 10;

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && name.front() != '.' &&
         std::ranges::all_of(name, is_name_character);
}

Result<void> write_new(const std::filesystem::path& file, const crypto::SecretBytes& secret) {
  TRY(const auto descriptor, FileDescriptor::open(file, O_WRONLY | O_CREAT | O_EXCL));
  TRY(descriptor.write_all(secret.reveal(crypto::SecretAccess())));
  return descriptor.sync();
}

// What a creation left that was killed before it returned: nothing can be sealed under such a key.
void remove_unfinished(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    const bool old = std::filesystem::file_time_type::clock::now() - entry.last_write_time(ignored) >
                     std::chrono::hours{1};
    if (old && entry.path().filename().string().starts_with('.'))
      std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace

Result<SecretFolder> SecretFolder::open(std::filesystem::path folder) {
  std::error_code error;
  if (folder.has_parent_path()) std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), 0700) == 0) {
    TRY(sync_folder(folder_of(folder)));
  } else if (errno != EEXIST) {
    return fail(system_error(folder));
  }
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0) return fail(system_error(folder));
  if (!S_ISDIR(status.st_mode) || (status.st_mode & 077) != 0 || status.st_uid != ::geteuid())
    return fail(ErrorCode::kForbidden, folder.string() + ": must be a folder of this user with mode 0700");
  remove_unfinished(folder);
  return SecretFolder(std::move(folder));
}

Result<std::filesystem::path> SecretFolder::file_of(std::string_view name) const {
  if (!is_name(name)) return fail(ErrorCode::kMalformed, "secret folder: not a name for a secret");
  return folder_ / name;
}

Result<crypto::SecretBytes> SecretFolder::create(std::string_view name, std::size_t size) const {
  TRY(const auto file, file_of(name));
  auto secret = crypto::random_secret(size);
  const auto unfinished = folder_ / ("." + crypto::random_token(16));
  auto created = write_new(unfinished, secret);
  if (created) created = rename_new(unfinished, file);
  if (created) return secret;
  ::unlink(unfinished.c_str());
  return fail(created.error());
}

Result<crypto::SecretBytes> SecretFolder::load(std::string_view name) const {
  TRY(const auto file, file_of(name));
  TRY(const auto descriptor, FileDescriptor::open(file, O_RDONLY | O_NOFOLLOW));
  TRY(const std::size_t size, descriptor.size());
  if (size > kMaxSecret) return fail(ErrorCode::kTooLarge, file.string());
  auto secret = crypto::SecretBytes::of_size(size);
  TRY(const std::size_t got, descriptor.read_up_to(secret.writable(crypto::SecretAccess())));
  if (got != size) return fail(ErrorCode::kUnavailable, file.string() + ": changed while being read");
  return secret;
}

Result<crypto::SecretBytes> SecretFolder::load_or_create(std::string_view name, std::size_t size) const {
  auto secret = load(name);
  if (!secret && secret.error().code == ErrorCode::kNotFound) {
    secret = create(name, size);
    if (!secret && secret.error().code == ErrorCode::kConflict) secret = load(name);
  }
  if (secret && secret.value().size() != size)
    return fail(ErrorCode::kConflict, "secret folder: a key of another size has this name");
  return secret;
}

Result<std::vector<std::string>> SecretFolder::names() const {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error))
    if (std::string name = entry.path().filename().string(); is_name(name)) names.push_back(std::move(name));
  if (error) return fail(ErrorCode::kUnavailable, folder_.string() + ": " + error.message());
  return names;
}

Result<bool> destroy_file(const std::filesystem::path& file) {
  const auto descriptor = FileDescriptor::open(file, O_WRONLY | O_NOFOLLOW);
  if (!descriptor && descriptor.error().code == ErrorCode::kNotFound) return false;
  if (!descriptor) return fail(descriptor.error());
  TRY(const std::size_t size, descriptor.value().size());
  TRY(descriptor.value().write_all(Bytes(size, 0)));
  TRY(descriptor.value().sync());
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) return fail(system_error(file));
  return true;
}

Result<void> SecretFolder::destroy(std::string_view name) const {
  TRY(const auto file, file_of(name));
  TRY(destroy_file(file));
  return sync_folder(folder_);
}

}  // namespace countersign::storage
