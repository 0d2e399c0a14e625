// SPDX-License-Identifier: Apache-2.0
#include "http/address_key.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

namespace countersign::http {

namespace {

constexpr std::size_t kNetworkBytes = 8;
constexpr std::size_t kMappedPrefix = 12;  // ::ffff:0:0/96 (RFC 4291 §2.5.5.2)

template <std::size_t kSize>
std::string text_of(int family, const void* address) {
  char text[kSize] = {};
  return inet_ntop(family, address, text, sizeof text) == nullptr ? std::string() : std::string(text);
}

}  // namespace

std::string address_key(std::string_view address) {
  const std::string plain(address.substr(0, address.find('%')));  // without the zone (RFC 4007 §11)
  in6_addr parsed{};
  if (inet_pton(AF_INET6, plain.c_str(), &parsed) != 1) return std::string(address);
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) return text_of<INET_ADDRSTRLEN>(AF_INET, parsed.s6_addr + kMappedPrefix);
  std::fill(parsed.s6_addr + kNetworkBytes, std::end(parsed.s6_addr), std::uint8_t{0});
  return text_of<INET6_ADDRSTRLEN>(AF_INET6, &parsed) + "/64";
}

}  // namespace countersign::http
