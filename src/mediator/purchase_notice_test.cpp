// SPDX-License-Identifier: Apache-2.0
#include "mediator/purchase_notice.h"

#include <gtest/gtest.h>

namespace countersign::mediator {
namespace {

TEST(ParsePayLink, ReadsWhatACheckoutShows) {
  const auto notice =
      parse_pay_link("countersign:pay?gateway=https%3A%2F%2F127.0.0.1%3A8443&checkout=0192-ab&token=t_-9");
  ASSERT_TRUE(notice) << notice.error().detail;
  EXPECT_EQ(notice.value().gateway, "https://127.0.0.1:8443");
  EXPECT_EQ(notice.value().checkout, "0192-ab");
  EXPECT_EQ(notice.value().token, "t_-9");
  EXPECT_FALSE(notice.value().is_attested());
  EXPECT_FALSE(notice.value().profiles.empty());
}

struct BadLink {
  const char* name;
  std::string text;
  ErrorCode code;
};

TEST(ParsePayLink, RefusesEverythingElse) {
  const std::string good = "countersign:pay?gateway=https%3A%2F%2Fshop.example&checkout=c&token=t";
  ASSERT_TRUE(parse_pay_link(good));
  const BadLink rows[] = {
      {"another scheme", "https://shop.example/pay", ErrorCode::kMalformed},
      {"another kind", "countersign:enrol?authority=a", ErrorCode::kUnsupported},
      {"no token", "countersign:pay?gateway=https%3A%2F%2Fshop.example&checkout=c", ErrorCode::kMalformed},
      {"a parameter twice", good + "&token=u", ErrorCode::kMalformed},
      {"an unknown parameter", good + "&origin=https%3A%2F%2Fshop.example", ErrorCode::kMalformed},
      {"a gateway without TLS", "countersign:pay?gateway=http%3A%2F%2Fshop.example&checkout=c&token=t",
       ErrorCode::kMalformed},
      {"a gateway with a path", "countersign:pay?gateway=https%3A%2F%2Fshop.example%2Fx&checkout=c&token=t",
       ErrorCode::kMalformed},
      {"a gateway with a user", "countersign:pay?gateway=https%3A%2F%2Fa%40shop.example&checkout=c&token=t",
       ErrorCode::kMalformed},
      {"a checkout with a path", "countersign:pay?gateway=https%3A%2F%2Fshop.example&checkout=..%2Fc&token=t",
       ErrorCode::kMalformed},
      {"a token with a line break",
       "countersign:pay?gateway=https%3A%2F%2Fshop.example&checkout=c&token=t%0D%0Ax", ErrorCode::kMalformed},
      {"an empty token",
       "countersign:pay?gateway=https%3A%2F%2Fshop.example&checkout=c&token=", ErrorCode::kMalformed},
      {"too long", good + std::string(3000, 't'), ErrorCode::kMalformed},
  };
  for (const BadLink& row : rows) {
    const auto notice = parse_pay_link(row.text);
    ASSERT_FALSE(notice) << row.name;
    EXPECT_EQ(notice.error().code, row.code) << row.name << ": " << notice.error().detail;
  }
}

}  // namespace
}  // namespace countersign::mediator
