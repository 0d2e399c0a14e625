// SPDX-License-Identifier: Apache-2.0
#include "http/address_policy.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace countersign::http {
namespace {

using Ipv6 = std::array<std::uint8_t, 16>;

struct Ipv4Block {
  std::uint32_t network;
  int length;
};
constexpr std::uint32_t ipv4(unsigned a, unsigned b, unsigned c) {
  return a << 24 | b << 16 | c << 8;
}

// RFC 6890 and its successors' registry: what is not to be found on the public internet.
constexpr Ipv4Block kSpecialIpv4[] = {
    {ipv4(0, 0, 0), 8},      {ipv4(10, 0, 0), 8},     {ipv4(100, 64, 0), 10}, {ipv4(127, 0, 0), 8},
    {ipv4(169, 254, 0), 16}, {ipv4(172, 16, 0), 12},  {ipv4(192, 0, 0), 24},  {ipv4(192, 0, 2), 24},
    {ipv4(192, 88, 99), 24}, {ipv4(192, 168, 0), 16}, {ipv4(198, 18, 0), 15}, {ipv4(198, 51, 100), 24},
    {ipv4(203, 0, 113), 24}, {ipv4(224, 0, 0), 4},    {ipv4(240, 0, 0), 4},
};

bool is_within(std::uint32_t address, const Ipv4Block& block) {
  return (address >> (32 - block.length)) == (block.network >> (32 - block.length));
}

bool is_loopback(std::uint32_t address) {
  return address >> 24 == 127;
}
bool is_public(std::uint32_t address) {
  return std::none_of(std::begin(kSpecialIpv4), std::end(kSpecialIpv4),
                      [&](const Ipv4Block& block) { return is_within(address, block); });
}

bool begins_with(const Ipv6& address, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

// The IPv4 address inside of ::ffff:0:0/96 (mapped) and 64:ff9b::/96 (translated, RFC 6052).
std::optional<std::uint32_t> embedded_ipv4(const Ipv6& a) {
  if (begins_with(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}) ||
      begins_with(a, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return std::uint32_t{a[12]} << 24 | std::uint32_t{a[13]} << 16 | std::uint32_t{a[14]} << 8 | a[15];
  }
  return std::nullopt;
}

bool is_loopback(const Ipv6& address) {
  return begins_with(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
}

// Global unicast is 2000::/3; out of it Teredo and other protocol blocks, documentation and 6to4 are set
// apart.
bool is_public(const Ipv6& a) {
  if ((a[0] & 0xe0) != 0x20) return false;
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) return false;  // 2001::/23
  if (begins_with(a, {0x20, 0x01, 0x0d, 0xb8})) return false;     // 2001:db8::/32
  if (begins_with(a, {0x20, 0x02})) return false;                 // 2002::/16
  return !(a[0] == 0x3f && a[1] == 0xff && (a[2] & 0xf0) == 0);   // 3fff::/20
}

template <typename Address>
bool permits_address(AddressPolicy policy, const Address& address) {
  return policy == AddressPolicy::kPublicOnly ? is_public(address) : is_loopback(address);
}

}  // namespace

bool permits(AddressPolicy policy, const sockaddr& address) {
  if (policy == AddressPolicy::kAny) return true;
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof(in));
    return permits_address(policy, std::uint32_t{ntohl(in.sin_addr.s_addr)});
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof(in));
    Ipv6 bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    const auto inner = embedded_ipv4(bytes);
    return inner ? permits_address(policy, *inner) : permits_address(policy, bytes);
  }
  return false;
}

}  // namespace countersign::http
