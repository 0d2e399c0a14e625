// SPDX-License-Identifier: Apache-2.0
#include "crypto/secret_line.h"

#include <unistd.h>

#include <cerrno>

namespace countersign::crypto {

Result<SecretBytes> read_secret_line(int descriptor, std::size_t longest) {
  auto line = SecretBytes::of_size(longest + 1);
  const auto bytes = line.writable(SecretAccess());
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(descriptor, &bytes[size], 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorCode::kUnavailable, "the line cannot be read");
    if (got == 0 || bytes[size] == '\n') break;
    ++size;
  }
  if (size == 0) return fail(ErrorCode::kMalformed, "nothing was given");
  if (size > longest) return fail(ErrorCode::kTooLarge, "the line is too long");
  return SecretBytes::copy_of(bytes.first(size));
}

}  // namespace countersign::crypto
