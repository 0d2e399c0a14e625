// SPDX-License-Identifier: Apache-2.0
#include "link/pairing.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "crypto/digest.h"

namespace countersign::link {
namespace {

constexpr std::string_view kScheme = "countersign:";
constexpr std::string_view kBegin = "countersign:pair?";
constexpr std::size_t kLongestOffer = 1024;
constexpr std::size_t kIdBytes = 16;

using Parameters = std::map<std::string, std::string, std::less<>>;

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
    } else {
      const auto octet = static_cast<std::uint8_t>(c);
      out += '%' + hex_encode({&octet, 1});
    }
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!is_unreserved(text[i]))
        return fail(ErrorCode::kMalformed, "offer: a character that must be encoded");
      out.push_back(text[i]);
      continue;
    }
    TRY(const auto octet, hex_decode(text.substr(i + 1, 2)));
    if (octet.size() != 1) return fail(ErrorCode::kMalformed, "offer: cut-off percent code");
    out.push_back(static_cast<char>(octet[0]));
    i += 2;
  }
  return out;
}

std::string_view without_white_space(std::string_view text) {
  constexpr std::string_view kWhite = " \t\r\n";
  const auto begin = text.find_first_not_of(kWhite);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhite) - begin + 1);
}

Result<Parameters> parameters_of(std::string_view query) {
  Parameters parameters;
  while (!query.empty()) {
    const auto item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(item.size() + 1, query.size()));
    const auto equals = item.find('=');
    const auto name = item.substr(0, equals);
    if (equals == std::string_view::npos || (name != "key" && name != "secret" && name != "name"))
      return fail(ErrorCode::kMalformed, "offer: unknown parameter");
    if (!parameters.emplace(name, item.substr(equals + 1)).second)
      return fail(ErrorCode::kMalformed, "offer: " + std::string(name) + " stands twice");
  }
  for (const std::string_view name : {"key", "secret", "name"})
    if (!parameters.contains(name))
      return fail(ErrorCode::kMalformed, "offer: " + std::string(name) + " is missing");
  return parameters;
}

// 32 bytes in lower-case hexadecimal: one spelling for each offer.
Result<Bytes> digest_sized(const Parameters& parameters, std::string_view name) {
  const auto& text = parameters.find(name)->second;
  auto bytes = hex_decode(text);
  if (!bytes || bytes.value().size() != sizeof(Sha256Digest) || hex_encode(bytes.value()) != text)
    return fail(ErrorCode::kMalformed, "offer: " + std::string(name) + " is not 64 lower-case hex digits");
  return bytes;
}

}  // namespace

Result<void> check_device_name(std::string_view name) {
  const auto characters = count_plain_characters(name);
  if (!characters || *characters == 0 || *characters > kMaxDeviceName)
    return fail(ErrorCode::kMalformed, "name: not a device's name");
  return ok();
}

std::string PairingOffer::text() const {
  return std::string(kBegin) + "key=" + hex_encode(key) +
         "&secret=" + hex_encode(secret.reveal(crypto::SecretAccess())) + "&name=" + percent_encode(name);
}

Result<PairingOffer> PairingOffer::parse(std::string_view text) {
  text = without_white_space(text);
  if (text.size() > kLongestOffer) return fail(ErrorCode::kTooLarge, "offer");
  if (!text.starts_with(kScheme))
    return fail(ErrorCode::kMalformed, "offer: does not begin with countersign:");
  if (!text.starts_with(kBegin)) return fail(ErrorCode::kUnsupported, "offer: a link of another kind");
  TRY(const auto parameters, parameters_of(text.substr(kBegin.size())));
  PairingOffer offer;
  TRY(const Bytes key, digest_sized(parameters, "key"));
  std::copy(key.begin(), key.end(), offer.key.begin());
  TRY(Bytes secret, digest_sized(parameters, "secret"));
  offer.secret = crypto::SecretBytes(std::move(secret));
  TRY(offer.name, percent_decode(parameters.find("name")->second));
  TRY(check_device_name(offer.name));
  return offer;
}

PairingKeys derive_pairing_keys(const crypto::SecretBytes& secret) {
  const auto id = crypto::derive_key(secret, "countersign link: pairing id", kIdBytes);
  return {hex_encode(id.reveal(crypto::SecretAccess())),
          crypto::derive_key(secret, "countersign link: proof", sizeof(Sha256Digest)),
          crypto::derive_key(secret, "countersign link: discovery", sizeof(Sha256Digest))};
}

}  // namespace countersign::link
