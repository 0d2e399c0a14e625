// SPDX-License-Identifier: Apache-2.0
#include "http/address_key.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

struct AddressKeyCase {
  const char* name;
  const char* address;
  const char* key;
};

constexpr AddressKeyCase kCases[] = {
    {"IPv4 as it is", "192.0.2.7", "192.0.2.7"},
    {"IPv4 carried by IPv6", "::ffff:192.0.2.7", "192.0.2.7"},
    {"IPv6 by its /64", "2001:db8:0:1:aaaa:bbbb:cccc:dddd", "2001:db8:0:1::/64"},
    {"IPv6 in another spelling", "2001:0DB8:0:1::1", "2001:db8:0:1::/64"},
    {"the neighbouring /64", "2001:db8:0:2::1", "2001:db8:0:2::/64"},
    {"IPv6 loopback", "::1", "::/64"},
    {"link-local with its zone", "fe80::1%eth0", "fe80::/64"},
    {"no address", "somewhere", "somewhere"},
    {"nothing", "", ""},
};

TEST(AddressKey, CountsIpv4ByAddressAndIpv6ByNetwork) {
  for (const auto& one : kCases) EXPECT_EQ(address_key(one.address), one.key) << one.name;
}

}  // namespace
}  // namespace countersign::http
