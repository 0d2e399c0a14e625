// SPDX-License-Identifier: Apache-2.0
#include "http/url.h"

#include <gtest/gtest.h>

namespace countersign::http {
namespace {

TEST(Url, HasItsPartsInOneForm) {
  const auto url = parse_url("HTTPS://Shop.Example:8443/pay?x=1");
  ASSERT_TRUE(url);
  EXPECT_EQ(url.value().scheme, "https");
  EXPECT_EQ(url.value().host, "shop.example");
  EXPECT_EQ(url.value().port, 8443);
  EXPECT_EQ(url.value().path, "/pay?x=1");
  EXPECT_EQ(url.value().origin(), "https://shop.example:8443");
}

TEST(Url, LeavesTheDefaultPortOutOfItsOrigin) {
  EXPECT_EQ(parse_url("https://shop.example:443").value().origin(), "https://shop.example");
  EXPECT_EQ(parse_url("http://shop.example:80/").value().origin(), "http://shop.example");
  EXPECT_EQ(parse_url("http://shop.example:443/").value().origin(), "http://shop.example:443");
}

TEST(Url, WritesIpv6AddressesInBrackets) {
  const auto url = parse_url("https://[0:0::1]:8443");
  ASSERT_TRUE(url);
  EXPECT_EQ(url.value().host, "::1");
  EXPECT_EQ(url.value().path, "/");
  EXPECT_EQ(url.value().origin(), "https://[::1]:8443");
}

struct Refusal {
  const char* name;
  std::string text;
};

class UrlRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(UrlRefuses, WhatIsNotAPlainWebAddress) {
  const auto url = parse_url(GetParam().text);
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().code, ErrorCode::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(
    All, UrlRefuses,
    testing::Values(
        Refusal{"Empty", ""}, Refusal{"OtherScheme", "ftp://shop.example/"},
        Refusal{"File", "file:///etc/passwd"}, Refusal{"NoHost", "https:///path"},
        Refusal{"NoAuthority", "https:path"}, Refusal{"UserInfo", "https://user:pw@shop.example/"},
        Refusal{"EmptyUserInfo", "https://@shop.example/"}, Refusal{"Fragment", "https://shop.example/#top"},
        Refusal{"PortZero", "https://shop.example:0/"},
        Refusal{"PortTooLarge", "https://shop.example:65536/"},
        Refusal{"EncodedHost", "https://shop%2eexample/"}, Refusal{"Underscore", "https://a_b.example/"},
        Refusal{"EmptyLabel", "https://shop..example/"}, Refusal{"Space", "https://shop.example/a b"},
        Refusal{"Relative", "/path"}, Refusal{"LineBreak", "https://shop.example/\r\nX: y"},
        Refusal{"TooLong", "https://shop.example/" + std::string(3000, 'a')}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace countersign::http
