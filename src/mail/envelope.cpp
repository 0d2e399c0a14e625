// SPDX-License-Identifier: Apache-2.0
#include "mail/envelope.h"

#include <algorithm>

namespace countersign::mail {

crypto::SecretBytes pack(const Message& message, const crypto::SecretBytes& formatted) {
  const std::string lines = message.from + "\n" + message.to + "\n";
  auto packed = crypto::SecretBytes::of_size(lines.size() + formatted.size());
  const auto bytes = packed.writable(crypto::SecretAccess());
  std::copy(lines.begin(), lines.end(), bytes.begin());
  std::ranges::copy(formatted.reveal(crypto::SecretAccess()),
                    bytes.begin() + static_cast<std::ptrdiff_t>(lines.size()));
  return packed;
}

Result<Envelope> unpack(const crypto::SecretBytes& packed) {
  const std::string_view text = as_text(packed.reveal(crypto::SecretAccess()));
  const auto first = text.find('\n');
  const auto second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  if (second == std::string_view::npos) return fail(ErrorCode::kMalformed, "outbox: not a packed mail");
  return Envelope{std::string(text.substr(0, first)), std::string(text.substr(first + 1, second - first - 1)),
                  crypto::SecretBytes::copy_of(as_bytes(text.substr(second + 1)))};
}

}  // namespace countersign::mail
