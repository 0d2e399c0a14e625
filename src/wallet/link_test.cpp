// SPDX-License-Identifier: Apache-2.0
#include "wallet/link.h"

#include <gtest/gtest.h>

namespace countersign::wallet {
namespace {

const std::string kRoot(64, 'a');
const std::string kEnrol =
    "countersign:enrol?authority=https%3A%2F%2F127.0.0.1%3A9443&id=0193-ab&token=t_0-k&root=" + kRoot;

TEST(ParseEnrolmentLink, ReadsItsParameters) {
  const auto link = parse_enrolment_link(kEnrol);
  ASSERT_TRUE(link) << link.error().detail;
  EXPECT_EQ(link.value().authority, "https://127.0.0.1:9443");
  EXPECT_EQ(link.value().id, "0193-ab");
  EXPECT_EQ(link.value().token, "t_0-k");
  EXPECT_EQ(hex_encode(link.value().root), kRoot);
}

TEST(ParseEnrolmentLink, ForgivesWhiteSpaceAroundACopiedLink) {
  EXPECT_TRUE(parse_enrolment_link(" " + kEnrol + "\n"));
}

TEST(ParsePaymentLink, ReadsItsParametersInAnyOrder) {
  const auto link =
      parse_payment_link("countersign:pay?token=t&checkout=c-1&gateway=https%3a%2f%2fshop.example");
  ASSERT_TRUE(link) << link.error().detail;
  EXPECT_EQ(link.value().gateway, "https://shop.example");
  EXPECT_EQ(link.value().checkout, "c-1");
}

struct RefusedLink {
  std::string name;
  std::string link;
  ErrorCode code;
};
class ParsePaymentLinkRefuses : public testing::TestWithParam<RefusedLink> {};

TEST_P(ParsePaymentLinkRefuses, WhatIsNotExactlyAPaymentLink) {
  const auto link = parse_payment_link(GetParam().link);
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, GetParam().code) << link.error().detail;
}

const std::string kPay = "countersign:pay?gateway=https://shop.example&checkout=c&token=t";
const RefusedLink kRefusedLinks[] = {
    {"AnotherScheme", "https://shop.example/pay?checkout=c", ErrorCode::kMalformed},
    {"AnEnrolmentLink", kEnrol, ErrorCode::kUnsupported},
    {"NoParameters", "countersign:pay", ErrorCode::kUnsupported},
    {"AMissingToken", "countersign:pay?gateway=https://shop.example&checkout=c", ErrorCode::kMalformed},
    {"AnEmptyToken", "countersign:pay?gateway=https://shop.example&checkout=c&token=", ErrorCode::kMalformed},
    {"AParameterTwice", kPay + "&token=u", ErrorCode::kMalformed},
    {"AnUnknownParameter", kPay + "&amount=1", ErrorCode::kMalformed},
    {"SeveralCheckouts",
     kPay + "&gateway.2=https://other.example&checkout.2=d&token.2=u&origin=https://shop.example",
     ErrorCode::kUnsupported},
    {"AGatewayWithoutTls", "countersign:pay?gateway=http://shop.example&checkout=c&token=t",
     ErrorCode::kMalformed},
    {"AGatewayWithAPath", "countersign:pay?gateway=https://shop.example/x&checkout=c&token=t",
     ErrorCode::kMalformed},
    {"AGatewayWithAUser", "countersign:pay?gateway=https://a@shop.example&checkout=c&token=t",
     ErrorCode::kMalformed},
    {"ACheckoutThatIsAPath", "countersign:pay?gateway=https://shop.example&checkout=..%2Fx&token=t",
     ErrorCode::kMalformed},
    {"ACutOffPercentCode", "countersign:pay?gateway=https://shop.example&checkout=c&token=t%2",
     ErrorCode::kMalformed},
    {"WhiteSpaceInside", "countersign:pay?gateway=https://shop.example&checkout=c&token=t t",
     ErrorCode::kMalformed},
    {"ALinkTooLong", kPay + std::string(3000, 'x'), ErrorCode::kTooLarge},
};
INSTANTIATE_TEST_SUITE_P(Links, ParsePaymentLinkRefuses, testing::ValuesIn(kRefusedLinks),
                         [](const auto& row) { return row.param.name; });

TEST(ParseEnrolmentLink, RefusesARootThatIsNoFingerprint) {
  const auto link =
      parse_enrolment_link("countersign:enrol?authority=https://a.example&id=i&token=t&root=abcd");
  EXPECT_EQ(link.error().code, ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::wallet
