// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/question.h"

#include <gtest/gtest.h>

namespace countersign::cardcompany {
namespace {

std::string question_with(std::string_view what, std::string_view instead) {
  std::string text =
      R"({"type":"authorization-request","version":1,"reference":"r-1","orderDigest":")" +
      std::string(64, 'a') +
      R"(","amount":24000,"currency":"KRW","payment":{"method":"card","number":"4000002760003184","expiry":"2029-08","holder":"Kim Minji"}})";
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), instead);
}

TEST(Question, IsReadWithItsCard) {
  const auto question = parse_question(as_bytes(question_with("r-1", "r-2")));
  ASSERT_TRUE(question.has_value()) << question.error().detail;
  EXPECT_EQ(question.value().reference, "r-2");
  EXPECT_EQ(question.value().amount, (Amount{24000, "KRW"}));
  EXPECT_EQ(std::get<documents::CardData>(question.value().means).expiry, "2029-08");
}

TEST(Question, IsReadWithItsAccount) {
  std::string text = question_with(R"("method":"card")", R"("method":"account")");
  text.replace(text.find(R"("expiry":"2029-08")"), 18, R"("bank":"Han River")");
  const auto question = parse_question(as_bytes(text));
  ASSERT_TRUE(question.has_value()) << question.error().detail;
  EXPECT_EQ(std::get<documents::AccountData>(question.value().means).bank, "Han River");
}

struct Refusal {
  std::string name;
  std::string what, instead;
  ErrorCode code;
};

class QuestionRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(QuestionRefusal, IsNamed) {
  const auto question = parse_question(as_bytes(question_with(GetParam().what, GetParam().instead)));
  ASSERT_FALSE(question.has_value());
  EXPECT_EQ(question.error().code, GetParam().code) << question.error().detail;
  EXPECT_EQ(question.error().detail.find("4000002760"), std::string::npos) << "a number in an error";
}

INSTANTIATE_TEST_SUITE_P(
    Each, QuestionRefusal,
    ::testing::Values(
        Refusal{"AnotherType", "authorization-request", "order", ErrorCode::kUnsupported},
        Refusal{"AnotherVersion", "\"version\":1", "\"version\":2", ErrorCode::kUnsupported},
        Refusal{"NothingToPay", "24000", "0", ErrorCode::kMalformed},
        Refusal{"LessThanNothing", "24000", "-1", ErrorCode::kMalformed},
        Refusal{"MoreThanJsonCarries", "24000", "9007199254740992", ErrorCode::kMalformed},
        Refusal{"NoCurrency", "KRW", "krw", ErrorCode::kMalformed},
        Refusal{"UnknownMethod", "\"method\":\"card\"", "\"method\":\"cash\"", ErrorCode::kUnsupported},
        Refusal{"MethodWithoutItsData", "\"method\":\"card\"", "\"method\":\"account\"",
                ErrorCode::kMalformed},
        Refusal{"LettersInTheNumber", "4000002760003184", "400000276000318x", ErrorCode::kMalformed},
        Refusal{"NoMonth", "2029-08", "2029-8x", ErrorCode::kMalformed},
        Refusal{"MemberNobodyKnows", "\"amount\"", "\"tip\":1,\"amount\"", ErrorCode::kMalformed}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace countersign::cardcompany
