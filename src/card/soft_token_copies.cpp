// SPDX-License-Identifier: Apache-2.0
#include "card/soft_token_copies.h"

#include <chrono>
#include <system_error>
#include <thread>
#include <vector>

#include "storage/file.h"
#include "storage/secret_folder.h"

namespace countersign::card {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMost = 64 << 10;
constexpr std::chrono::milliseconds kWhileWritten{20};
constexpr int kLooks = 10;

struct Copied {
  fs::path file, copy;
};

std::vector<Copied> files_of(const fs::path& token_folder) {
  std::vector<Copied> files;
  std::error_code none;
  for (const auto& token : fs::directory_iterator(token_folder / "tokens", none)) {
    const auto file = token.path() / "token.object";
    if (fs::exists(file, none)) files.push_back({file, token_folder / "copies" / token.path().filename()});
  }
  return files;
}

// Empty, too, while another process writes it: for less than these looks take.
Result<Bytes> settled(const fs::path& file) {
  TRY(Bytes content, storage::read_file(file, kMost));
  for (int look = 1; content.empty() && look < kLooks; ++look) {
    std::this_thread::sleep_for(kWhileWritten);
    TRY(content, storage::read_file(file, kMost));
  }
  return content;
}

}  // namespace

Result<void> keep_copies(const fs::path& token_folder) {
  for (const auto& [file, copy] : files_of(token_folder)) {
    TRY(const Bytes content, settled(file));
    if (content.empty()) continue;
    const auto before = storage::read_file(copy, kMost);
    if (before && equal(before.value(), content)) continue;
    TRY(storage::make_private_folder(copy.parent_path()));
    TRY(storage::write_file(copy, content, storage::FileMode::kPrivate));
  }
  return ok();
}

Result<void> restore_copies(const fs::path& token_folder) {
  for (const auto& [file, copy] : files_of(token_folder)) {
    TRY(const Bytes content, settled(file));
    if (!content.empty() || !fs::exists(copy)) continue;
    TRY(const Bytes kept, storage::read_file(copy, kMost));
    TRY(storage::write_file(file, kept, storage::FileMode::kPrivate));
  }
  return ok();
}

}  // namespace countersign::card
