// SPDX-License-Identifier: Apache-2.0
#include "mediator/browser_message.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace countersign::mediator {
namespace {

std::string start_with(std::string_view member, std::string_view value) {
  std::string text =
      R"({"type":"start","purchase":{"gateway":"https://shop.example:8443","checkout":"c-1","token":"t_1",)"
      R"("profiles":["session","plain"]},"origin":"https://shop.example"})";
  if (member.empty()) return text;
  const std::string name = "\"" + std::string(member) + "\":";
  const std::size_t at = text.find(name) + name.size();
  const char closing = text[at] == '[' ? ']' : text[at] == '{' ? '}' : '"';
  return text.replace(at, text.find(closing, at + 1) + 1 - at, value);
}

TEST(ReadBrowserMessage, ReadsEachMessageOfTheExtension) {
  const auto start = read_browser_message(as_bytes(start_with("", "")));
  ASSERT_TRUE(start) << start.error().detail;
  const PurchaseNotice& notice = std::get<StartPurchase>(start.value()).notice;
  EXPECT_EQ(notice.checkouts.at(0).gateway, "https://shop.example:8443");
  EXPECT_EQ(notice.origin, "https://shop.example");
  EXPECT_EQ(notice.checkouts.at(0).profiles, (std::vector<std::string>{"session", "plain"}));
  EXPECT_TRUE(notice.attested);

  const auto answer = read_browser_message(as_bytes(R"({"type":"answer","answer":"continue"})"));
  EXPECT_EQ(std::get<AnswerReview>(answer.value()).answer, ReviewAnswer::kContinue);
  EXPECT_TRUE(
      std::holds_alternative<CancelPurchase>(read_browser_message(as_bytes(R"({"type":"cancel"})")).value()));
  EXPECT_TRUE(
      std::holds_alternative<AskStatus>(read_browser_message(as_bytes(R"({"type":"status"})")).value()));
}

// A start with checkouts at these gateways.
std::string start_at(const std::vector<std::string>& gateways) {
  std::string list;
  for (const auto& gateway : gateways) {
    list.append(list.empty() ? "" : ",").append(R"({"gateway":")").append(gateway);
    list.append(R"(","checkout":"c","token":"t","profiles":["session"]})");
  }
  return R"({"type":"start","purchases":[)" + list + R"(],"origin":"https://market.example"})";
}

TEST(ReadBrowserMessage, ReadsAPurchaseAtSeveralMerchants) {
  const auto start = read_browser_message(as_bytes(start_at({"https://a.example", "https://b.example"})));
  ASSERT_TRUE(start) << start.error().detail;
  const PurchaseNotice& notice = std::get<StartPurchase>(start.value()).notice;
  ASSERT_EQ(notice.checkouts.size(), 2U);
  EXPECT_EQ(notice.checkouts[1].gateway, "https://b.example");
  EXPECT_EQ(notice.origin, "https://market.example");
  EXPECT_TRUE(notice.attested);
}

struct BadMessage {
  const char* name;
  std::string text;
  ErrorCode code;
};

TEST(ReadBrowserMessage, RefusesWhatIsNotInItsForm) {
  const BadMessage rows[] = {
      {"nothing", "", ErrorCode::kMalformed},
      {"no JSON", "start", ErrorCode::kMalformed},
      {"no object", "[1]", ErrorCode::kMalformed},
      {"two values", R"({"type":"status"}{"type":"status"})", ErrorCode::kMalformed},
      {"no type", "{}", ErrorCode::kMalformed},
      {"unknown type", R"({"type":"review"})", ErrorCode::kUnsupported},
      {"a member too many", R"({"type":"cancel","purchase":"x"})", ErrorCode::kMalformed},
      {"a member twice", R"({"type":"cancel","type":"start"})", ErrorCode::kMalformed},
      {"another answer", R"({"type":"answer","answer":"yes"})", ErrorCode::kMalformed},
      {"start without a purchase", R"({"type":"start","origin":"https://shop.example"})",
       ErrorCode::kMalformed},
      {"an empty origin", start_with("origin", "\"\""), ErrorCode::kMalformed},
      {"an origin without TLS", start_with("origin", "\"http://shop.example\""), ErrorCode::kMalformed},
      {"an origin with a path", start_with("origin", "\"https://shop.example/\""), ErrorCode::kMalformed},
      {"the opaque origin", start_with("origin", "\"null\""), ErrorCode::kMalformed},
      {"a gateway with a path", start_with("gateway", "\"https://shop.example/x\""), ErrorCode::kMalformed},
      {"a checkout with a path", start_with("checkout", "\"../c\""), ErrorCode::kMalformed},
      {"a token with a space", start_with("token", "\"t 1\""), ErrorCode::kMalformed},
      {"no profile", start_with("profiles", "[]"), ErrorCode::kMalformed},
      {"a profile in capitals", start_with("profiles", "[\"PLAIN\"]"), ErrorCode::kMalformed},
      {"too many profiles", start_with("profiles", R"(["a","a","a","a","a","a","a","a","a"])"),
       ErrorCode::kTooLarge},
      {"a control character", start_with("token", "\"t\\u0000\""), ErrorCode::kMalformed},
      {"a gateway twice", start_at({"https://a.example", "https://a.example"}), ErrorCode::kMalformed},
      {"a list of one", start_at({"https://a.example"}), ErrorCode::kMalformed},
      {"a list of none", start_at({}), ErrorCode::kMalformed},
      {"nine merchants", start_at(std::vector<std::string>(9, "https://a.example")), ErrorCode::kTooLarge},
      {"one of several with a path", start_at({"https://a.example", "https://b.example/x"}),
       ErrorCode::kMalformed},
      {"a purchase beside the list",
       R"({"type":"start","purchase":{},)" + start_at({"https://a.example", "https://b.example"}).substr(16),
       ErrorCode::kMalformed},
      {"too large", start_with("token", "\"" + std::string(70'000, 't') + "\""), ErrorCode::kTooLarge},
  };
  for (const BadMessage& row : rows) {
    const auto message = read_browser_message(as_bytes(row.text));
    ASSERT_FALSE(message) << row.name;
    EXPECT_EQ(message.error().code, row.code) << row.name << ": " << message.error().detail;
  }
}

TEST(WriteReview, SaysWhatTheExtensionShows) {
  const link::ShownOrder order{
      "CN=Shop", "https://shop.example", {{"tea", "Green \"tea\"", 2, 450}}, 900, "KRW"};
  EXPECT_EQ(write_review({order}, 2),
            R"({"type":"review","order":{"merchant":"CN=Shop","origin":"https://shop.example",)"
            R"("lines":[{"sku":"tea","description":"Green \"tea\"","quantity":2,"unitPrice":450}],)"
            R"("total":900,"currency":"KRW"},"notShown":2})");
}

TEST(WriteEnd, NamesEachOfSeveral) {
  PurchaseEnd end = end_of(link::Outcome::kPartly, ErrorCode::kExpired);
  end.checkouts = {{"https://a.example", link::Outcome::kConfirmed, std::nullopt},
                   {"https://b.example", link::Outcome::kFailed, ErrorCode::kExpired}};
  const auto written = boost::json::parse(write_end(end));
  EXPECT_EQ(written.at("outcome"), "partly");
  EXPECT_EQ(boost::json::serialize(written.at("checkouts")),
            R"([{"gateway":"https://a.example","outcome":"confirmed","code":null},)"
            R"({"gateway":"https://b.example","outcome":"failed","code":"expired"}])");
}

TEST(WriteEnd, NamesCodeAndRemedyUnlessConfirmed) {
  EXPECT_EQ(write_end(end_of(link::Outcome::kConfirmed, std::nullopt)),
            R"({"type":"ended","outcome":"confirmed"})");
  const auto failed = boost::json::parse(write_end(end_of(link::Outcome::kFailed, ErrorCode::kWrongOrigin)));
  EXPECT_EQ(failed.at("code"), "wrong_origin");
  EXPECT_FALSE(failed.at("remedy").as_string().empty());
}

TEST(WriteStatus, ListsTheParts) {
  EXPECT_EQ(write_status({1, {{"chromium", "missing", "Run it."}}}, "0.3"),
            R"({"type":"status","version":"0.3","pairings":1,)"
            R"("parts":[{"name":"chromium","state":"missing","remedy":"Run it."}]})");
}

}  // namespace
}  // namespace countersign::mediator
