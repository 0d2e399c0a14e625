// SPDX-License-Identifier: Apache-2.0
#include "storage/passphrase.h"

namespace countersign::storage {
namespace {

constexpr std::size_t kLargestFile = 4096;

}  // namespace

Result<crypto::SecretBytes> read_passphrase(const std::filesystem::path& file) {
  TRY(auto content, read_file(file, kLargestFile));
  const crypto::SecretBytes whole(std::move(content));
  const auto text = as_text(whole.reveal(crypto::SecretAccess{}));
  const auto line = text.substr(0, text.find_first_of("\r\n"));
  if (line.empty()) return fail(ErrorCode::kMalformed, file.string() + ": no passphrase in the first line");
  return crypto::SecretBytes::copy_of(as_bytes(line));
}

}  // namespace countersign::storage
