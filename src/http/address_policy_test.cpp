// SPDX-License-Identifier: Apache-2.0
#include "http/address_policy.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <string>

namespace countersign::http {
namespace {

bool permits_text(AddressPolicy policy, const char* text) {
  sockaddr_in v4{};
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    return permits(policy, reinterpret_cast<const sockaddr&>(v4));
  }
  sockaddr_in6 v6{};
  EXPECT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  v6.sin6_family = AF_INET6;
  return permits(policy, reinterpret_cast<const sockaddr&>(v6));
}

TEST(AddressPolicy, PublicOnlyRefusesAddressesSetApart) {
  for (const char* address : {"0.0.0.0",
                              "10.1.2.3",
                              "100.64.0.1",
                              "127.0.0.1",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.8",
                              "192.0.2.1",
                              "192.168.1.1",
                              "198.19.0.1",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "2001::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "::ffff:127.0.0.1",
                              "::ffff:10.0.0.1",
                              "64:ff9b::10.0.0.1",
                              "::127.0.0.1"}) {
    EXPECT_FALSE(permits_text(AddressPolicy::kPublicOnly, address)) << address;
    EXPECT_TRUE(permits_text(AddressPolicy::kAny, address)) << address;
  }
}

TEST(AddressPolicy, PublicOnlyPermitsPublicAddresses) {
  for (const char* address : {"8.8.8.8", "100.128.0.1", "172.32.0.1", "198.20.0.1", "223.255.255.255",
                              "2606:4700::1111", "2001:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"}) {
    EXPECT_TRUE(permits_text(AddressPolicy::kPublicOnly, address)) << address;
  }
}

TEST(AddressPolicy, LoopbackOnlyPermitsNothingElse) {
  EXPECT_TRUE(permits_text(AddressPolicy::kLoopbackOnly, "127.0.0.1"));
  EXPECT_TRUE(permits_text(AddressPolicy::kLoopbackOnly, "127.9.9.9"));
  EXPECT_TRUE(permits_text(AddressPolicy::kLoopbackOnly, "::1"));
  EXPECT_TRUE(permits_text(AddressPolicy::kLoopbackOnly, "::ffff:127.0.0.1"));
  for (const char* address : {"126.255.255.255", "128.0.0.1", "0.0.0.0", "::", "::2", "::ffff:8.8.8.8"}) {
    EXPECT_FALSE(permits_text(AddressPolicy::kLoopbackOnly, address)) << address;
  }
}

TEST(AddressPolicy, OtherFamiliesNeedAny) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  const auto& address = reinterpret_cast<const sockaddr&>(local);
  EXPECT_TRUE(permits(AddressPolicy::kAny, address));
  EXPECT_FALSE(permits(AddressPolicy::kLoopbackOnly, address));
  EXPECT_FALSE(permits(AddressPolicy::kPublicOnly, address));
}

}  // namespace
}  // namespace countersign::http
