// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchase_order.h"

#include <gtest/gtest.h>

#include "enterprise/purchase_api.h"
#include "sample/take.h"

namespace countersign::enterprise {
namespace {

TEST(ApprovalPolicy, LetsGoWhatItsCurrencyAllowsAndNothingElse) {
  const auto policy = take(parse_approval_policy({"KRW 100000", "EUR 0"}));
  EXPECT_FALSE(policy.needs_approval({100'000, "KRW"}));
  EXPECT_TRUE(policy.needs_approval({100'001, "KRW"}));
  EXPECT_FALSE(policy.needs_approval({0, "EUR"}));
  EXPECT_TRUE(policy.needs_approval({1, "EUR"}));
  EXPECT_TRUE(policy.needs_approval({1, "USD"})) << "a currency that is not named";
  EXPECT_TRUE(take(parse_approval_policy({})).needs_approval({1, "KRW"}));
}

TEST(ApprovalPolicy, RefusesWhatIsNoAmount) {
  for (const std::string text : {"", "KRW", "KRW ", "KRW100000", "krw 1", "KRW -1", "KRW 1.5", "KRW 1 ",
                                 "KRW 9007199254740992", "KRW 99999999999999999999"})
    EXPECT_EQ(parse_approval_policy({text}).error().code, ErrorCode::kMalformed) << text;
  EXPECT_EQ(parse_approval_policy({"KRW 1", "KRW 2"}).error().code, ErrorCode::kMalformed);
}

TEST(PurchaseState, IsReadByItsName) {
  for (const auto state : {PurchaseState::kRequested, PurchaseState::kSigned, PurchaseState::kFailed})
    EXPECT_EQ(state_of_name(state_name(state)), state);
  EXPECT_FALSE(state_of_name("unknown"));
}

class PurchaseRequestTest : public ::testing::Test {
 protected:
  Result<PurchaseRequest> read(std::string_view text, std::string_view key = "key") const {
    return read_purchase_request(as_bytes(text), key, by);
  }
  static std::string body(
      std::string_view more = "",
      std::string_view link = "countersign:pay?gateway=https://shop.example:443&checkout=c-1&token=t") {
    return R"({"link":")" + std::string(link) +
           R"(","merchant":"CN=Shop,OU=merchants,O=Demo","total":24000,"currency":"KRW")" +
           std::string(more) + "}";
  }
  Credential by{"0123456789abcdef", "Kim Minji", Bearer::kPerson, {true, false}, {}, std::nullopt};
};

TEST_F(PurchaseRequestTest, TakesWhereWhatAndWhoFromBodyAndCredential) {
  const auto request = take(read(body(R"(,"reference":"PO-1")")));
  EXPECT_EQ(request.gateway, "https://shop.example")
      << "in its shortest form, so that a checkout has one name";
  EXPECT_EQ(request.checkout, "c-1");
  EXPECT_EQ(request.token, "t");
  EXPECT_EQ(request.total, (Amount{24'000, "KRW"}));
  EXPECT_EQ(request.reference, "PO-1");
  EXPECT_EQ(request.requester.person, "Kim Minji");
  EXPECT_EQ(request.requester.credential, by.id);
}

TEST_F(PurchaseRequestTest, LetsSoftwareNameForWhomItAsksAndAPersonNobodyElse) {
  EXPECT_EQ(read(body(R"(,"requestedBy":"Lee Jiho")")).error().code, ErrorCode::kForbidden);
  by.bearer = Bearer::kSoftware;
  EXPECT_EQ(take(read(body(R"(,"requestedBy":"Lee Jiho")"))).requester.person, "Lee Jiho");
  EXPECT_EQ(take(read(body())).requester.person, "");
}

TEST_F(PurchaseRequestTest, RefusesACredentialThatMayNotAsk) {
  by.rights = {false, true};
  EXPECT_EQ(read(body()).error().code, ErrorCode::kForbidden);
}

TEST_F(PurchaseRequestTest, NeedsAnIdempotencyKeyOfStatedLength) {
  EXPECT_EQ(read(body(), "").error().code, ErrorCode::kMalformed);
  EXPECT_EQ(read(body(), std::string(129, 'k')).error().code, ErrorCode::kTooLarge);
}

TEST_F(PurchaseRequestTest, RefusesWhatItDoesNotKnowOrCannotRead) {
  EXPECT_EQ(read(body(R"(,"approved":true)")).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(read(body("", "https://shop.example/")).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(read(body("", "countersign:enrol?authority=https://a.example")).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(read(R"({"link":"countersign:pay?gateway=https://a.example&checkout=c&token=t",)"
                 R"("merchant":"CN=Shop","total":1,"currency":"won"})")
                .error()
                .code,
            ErrorCode::kMalformed);
}

}  // namespace
}  // namespace countersign::enterprise
