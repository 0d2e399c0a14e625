// SPDX-License-Identifier: Apache-2.0
#include "base/mail_address.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign {
namespace {

TEST(MailAddress, IsOneMailboxWithoutQuoting) {
  for (const char* good :
       {"a@b.example", "first.last+tag@sub.shop.example", "o'hara@xn--3e0b707e.example", "x@localhost"})
    EXPECT_TRUE(is_mail_address(good)) << good;
}

TEST(MailAddress, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "a",
                          "@b.example",
                          "a@",
                          "a@@b.example",
                          "a b@c.example",
                          "\"a\"@b.example",
                          "a@b.example\r\nBcc: x@y.example",
                          "a@b.example>",
                          "<a@b.example>",
                          ".a@b.example",
                          "a.@b.example",
                          "a..b@c.example",
                          "a@-b.example",
                          "a@b-.example",
                          "a@b..example",
                          "a@b.example.",
                          "a@[127.0.0.1]",
                          "a(x)@b.example",
                          "홍@b.example",
                          "a@한국.example",
                          "a,b@c.example"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
  EXPECT_FALSE(is_mail_address(std::string("a@b.example\0x", 13)));
  EXPECT_FALSE(is_mail_address(std::string(65, 'a') + "@b.example"));
  EXPECT_FALSE(is_mail_address("a@" + std::string(64, 'b') + ".example"));
  EXPECT_FALSE(is_mail_address("a@" + std::string(250, 'b')));
}

}  // namespace
}  // namespace countersign
