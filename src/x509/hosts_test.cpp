// SPDX-License-Identifier: Apache-2.0
#include "x509/hosts.h"
#include "x509/origins.h"

#include <gtest/gtest.h>

namespace countersign::x509 {
namespace {

TEST(IsDnsName, AcceptsLowerCaseHostNamesOnly) {
  for (const char* text : {"localhost", "shop.example", "xn--9i2b11o.kr", "a-1.example"})
    EXPECT_TRUE(is_dns_name(text)) << text;
  for (const char* text : {"", ".", "Shop.example", "*.example", "a..b", ".a", "a.", "-a.kr", "a-.kr",
                           "a_b.kr", "127.0.0.1", "a b", "a.1", "서울.kr"})
    EXPECT_FALSE(is_dns_name(text)) << text;
  EXPECT_FALSE(is_dns_name(std::string(64, 'a') + ".kr"));
}

TEST(IpOctets, AcceptsTheCanonicalSpellingOnly) {
  EXPECT_EQ(ip_octets("127.0.0.1").value(), (Bytes{127, 0, 0, 1}));
  EXPECT_EQ(ip_text(ip_octets("2001:db8::1").value()).value(), "2001:db8::1");
  for (const char* text :
       {"", "127.1", "0127.0.0.1", "127.0.0.256", "2001:DB8::1", "2001:db8:0::1", "::1%lo", "1.2.3.4 "})
    EXPECT_FALSE(ip_octets(text)) << text;
}

TEST(IpRange, RefusesBitsBeyondThePrefixAndOddMasks) {
  for (const char* text : {"127.0.0.0/8", "0.0.0.0/0", "::/0", "10.1.2.3/32", "2001:db8::/32"})
    EXPECT_EQ(ip_range_text(ip_range_octets(text).value()).value(), text);
  for (const char* text :
       {"127.0.0.1/8", "127.0.0.0", "127.0.0.0/", "127.0.0.0/33", "127.0.0.0/08", "127.0.0.0/-1", "/8"})
    EXPECT_FALSE(ip_range_octets(text)) << text;
  EXPECT_FALSE(ip_range_text(Bytes{10, 0, 0, 0, 255, 0, 255, 0}));
  EXPECT_FALSE(ip_range_text(Bytes{10, 0, 0, 0, 255, 0}));
}

TEST(HostOfOrigin, AcceptsTheFormThatBrowsersSend) {
  EXPECT_EQ(host_of_origin("https://shop.example").value(), "shop.example");
  EXPECT_EQ(host_of_origin("https://shop.example:8443").value(), "shop.example");
  EXPECT_EQ(host_of_origin("https://127.0.0.1:1").value(), "127.0.0.1");
  EXPECT_EQ(host_of_origin("https://[::1]:8443").value(), "::1");
  for (const char* text :
       {"", "http://shop.example", "https://", "https://shop.example/", "https://shop.example:443",
        "https://shop.example:0", "https://shop.example:65536", "https://shop.example:08443",
        "https://shop.example:", "https://Shop.example", "https://user@shop.example",
        "https://shop.example?x", "https://shop.example#", "https://[127.0.0.1]", "https://::1",
        "https://[::1", "HTTPS://shop.example", "https://shop.example\\@evil.example"})
    EXPECT_FALSE(host_of_origin(text)) << text;
}

TEST(NamesOfOrigins, AreTheOriginsAndTheirHostsEachOnce) {
  const AlternativeNames names = names_of_origins({"https://shop.example:8443", "https://shop.example",
                                                   "https://127.0.0.1", "https://[::1]:1"})
                                     .value();
  EXPECT_EQ(names.dns, std::vector<std::string>{"shop.example"});
  EXPECT_EQ(names.ip, (std::vector<std::string>{"127.0.0.1", "::1"}));
  EXPECT_EQ(names.origins.size(), 4U);
  EXPECT_EQ(names_of_origins({"https://shop.example", "https://shop.example/"}).error().code,
            ErrorCode::kMalformed);
}

TEST(IsWithin, ComparesWholeLabelsAndWholeRanges) {
  EXPECT_TRUE(is_within_domain("example.kr", "example.kr"));
  EXPECT_TRUE(is_within_domain("a.example.kr", "example.kr"));
  EXPECT_FALSE(is_within_domain("evilexample.kr", "example.kr"));
  EXPECT_FALSE(is_within_domain("example.kr.evil", "example.kr"));
  EXPECT_FALSE(is_within_domain("example.kr", ""));
  EXPECT_TRUE(is_within_range("127.9.9.9", "127.0.0.0/8"));
  EXPECT_FALSE(is_within_range("128.0.0.1", "127.0.0.0/8"));
  EXPECT_FALSE(is_within_range("::1", "127.0.0.0/8"));
  EXPECT_TRUE(is_within_range("2001:db8:1::1", "2001:db8::/32"));
}

}  // namespace
}  // namespace countersign::x509
