// SPDX-License-Identifier: Apache-2.0
#include "mediator/purchase_notice.h"

#include <gtest/gtest.h>

namespace countersign::mediator {
namespace {

TEST(ParsePayLink, ReadsWhatACheckoutShows) {
  const auto notice =
      parse_pay_link("countersign:pay?gateway=https%3A%2F%2F127.0.0.1%3A8443&checkout=0192-ab&token=t_-9");
  ASSERT_TRUE(notice) << notice.error().detail;
  EXPECT_EQ(notice.value().checkouts.at(0).gateway, "https://127.0.0.1:8443");
  EXPECT_EQ(notice.value().checkouts.at(0).checkout, "0192-ab");
  EXPECT_EQ(notice.value().checkouts.at(0).token, "t_-9");
  EXPECT_FALSE(notice.value().attested);
  EXPECT_FALSE(notice.value().checkouts.at(0).profiles.empty());
}

std::string link_of(int checkouts) {
  std::string text = "countersign:pay?";
  for (int number = 1; number <= checkouts; ++number) {
    const std::string ending = number == 1 ? "" : "." + std::to_string(number);
    const std::string name = std::to_string(number);
    text.append(number == 1 ? "" : "&").append("gateway").append(ending);
    text.append("=https%3A%2F%2Fshop-").append(name).append(".example&checkout").append(ending);
    text.append("=c-").append(name).append("&token").append(ending).append("=t-").append(name);
  }
  return text;
}
const std::string kPage = "&origin=https%3A%2F%2Fmarket.example";

TEST(ParsePayLink, ReadsSeveralCheckoutsWithTheirPage) {
  const auto notice = parse_pay_link(link_of(8) + kPage);
  ASSERT_TRUE(notice) << notice.error().detail;
  ASSERT_EQ(notice.value().checkouts.size(), 8U);
  EXPECT_EQ(notice.value().checkouts[7].gateway, "https://shop-8.example");
  EXPECT_EQ(notice.value().checkouts[7].token, "t-8");
  EXPECT_EQ(notice.value().origin, "https://market.example");
  EXPECT_FALSE(notice.value().attested) << "a link is nobody's word";
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
      {"more than eight", link_of(9) + kPage, ErrorCode::kTooLarge},
      {"several without their page", link_of(2), ErrorCode::kMalformed},
      {"a page that is no origin", link_of(2) + "&origin=http%3A%2F%2Fmarket.example", ErrorCode::kMalformed},
      {"a gateway twice", good + "&gateway.2=https%3A%2F%2Fshop.example&checkout.2=d&token.2=u" + kPage,
       ErrorCode::kMalformed},
      {"a second without its token", good + "&gateway.2=https%3A%2F%2Fother.example&checkout.2=d" + kPage,
       ErrorCode::kMalformed},
      {"a third without a second",
       good + "&gateway.3=https%3A%2F%2Fother.example&checkout.3=d&token.3=u" + kPage, ErrorCode::kMalformed},
      {"too long", good + std::string(9000, 't'), ErrorCode::kMalformed},
  };
  for (const BadLink& row : rows) {
    const auto notice = parse_pay_link(row.text);
    ASSERT_FALSE(notice) << row.name;
    EXPECT_EQ(notice.error().code, row.code) << row.name << ": " << notice.error().detail;
  }
}

}  // namespace
}  // namespace countersign::mediator
