// SPDX-License-Identifier: Apache-2.0
#include "link/control.h"

#include <gtest/gtest.h>

namespace countersign::link {
namespace {

const std::string kPurchase = "0b0e7a5c-92c5-4e6c-9f3b-0a9e55f3c0de";

Start attested_start() {
  return {kPurchase,
          {{"https://shop.example:8443", "co_1", "t0k-en", {"session", "plain"}}},
          "https://shop.example",
          true,
          ""};
}

ShownOrder order() {
  return {"CN=Shop,OU=merchants",
          "https://shop.example",
          {{"a-1", "Tea", 2, 450}, {"b", "Cup", 1, 1200}},
          2100,
          "KRW"};
}

// At two merchants' gateways.
Start start_at_two() {
  Start start = attested_start();
  start.checkouts.push_back({"https://other.example", "co_2", "t0k-2", {"session"}});
  return start;
}

TEST(Control, WritesAPurchaseAtOneMerchantAsItEverDid) {
  EXPECT_EQ(
      as_text(write_control(attested_start()).value()),
      R"({"type":"start","version":1,"purchase":")" + kPurchase +
          R"(","gateway":"https://shop.example:8443","checkout":"co_1","token":"t0k-en",)"
          R"("profiles":["session","plain"],"origin":"https://shop.example","attested":true,"code":""})");
  EXPECT_EQ(
      as_text(write_control(Ended{kPurchase, Outcome::kConfirmed, std::nullopt}).value()),
      R"({"type":"ended","version":1,"purchase":")" + kPurchase + R"(","outcome":"confirmed","code":null})");
}

TEST(Control, ReadsWhatItWrites) {
  Start by_link = attested_start();
  by_link.attested = false;
  by_link.origin.clear();
  by_link.code = "042137";
  const Control messages[] = {attested_start(),
                              by_link,
                              PaymentInformationRequest{kPurchase},
                              Cancel{kPurchase, CancelledBy::kBrowser},
                              Cancel{kPurchase, CancelledBy::kShop},
                              Cancel{kPurchase, CancelledBy::kShop, "https://other.example"},
                              Cancel{kPurchase, CancelledBy::kWallet, "https://other.example"},
                              Progress{kPurchase, PurchaseState::kConfirming},
                              Review{kPurchase, {order()}},
                              start_at_two(),
                              Review{kPurchase, {order(), order()}},
                              Review{kPurchase, {order()}, 7},
                              Ended{kPurchase,
                                    Outcome::kPartly,
                                    ErrorCode::kExpired,
                                    {{"https://shop.example:8443", Outcome::kConfirmed, std::nullopt},
                                     {"https://other.example", Outcome::kFailed, ErrorCode::kExpired},
                                     {"https://third.example", Outcome::kUndecided, ErrorCode::kUnavailable},
                                     {"https://fourth.example", Outcome::kLeftOut, ErrorCode::kCancelled}}},
                              Ended{kPurchase, Outcome::kConfirmed, std::nullopt},
                              Ended{kPurchase, Outcome::kUndecided, ErrorCode::kUnavailable},
                              Ended{kPurchase, Outcome::kRefused, ErrorCode::kCertificateRevoked}};
  for (const Control& message : messages) {
    const auto written = write_control(message);
    ASSERT_TRUE(written) << written.error().detail;
    EXPECT_EQ(read_control(written.value()).value(), message) << as_text(written.value());
  }
}

TEST(Control, SaysThatAReviewIsNotForwarded) {
  const auto written = write_control(Review{kPurchase, {order()}}).value();
  EXPECT_NE(as_text(written).find(R"("noForward":true)"), std::string_view::npos);
}

TEST(Control, ReadsACodeOfALaterVersionAsAFault) {
  const auto read = read_control(as_bytes(R"({"type":"ended","version":1,"purchase":")" + kPurchase +
                                          R"(","outcome":"failed","code":"not_invented_yet"})"));
  EXPECT_EQ(std::get<Ended>(read.value()).code, ErrorCode::kInternal);
}

TEST(WriteControl, RefusesWhatWouldNotBeRead) {
  Start start = attested_start();
  start.origin = "http://shop.example";
  EXPECT_EQ(write_control(start).error().code, ErrorCode::kMalformed);
  Start twice = start_at_two();
  twice.checkouts[1].gateway = twice.checkouts[0].gateway;
  EXPECT_EQ(write_control(twice).error().code, ErrorCode::kMalformed) << "a merchant has one order";
  Start many = attested_start();
  for (int i = 0; i < 8; ++i)
    many.checkouts.push_back({"https://s" + std::to_string(i) + ".example", "c", "t", {"plain"}});
  EXPECT_EQ(write_control(many).error().code, ErrorCode::kTooLarge) << "nine";
  Start nowhere = start_at_two();
  nowhere.attested = false;
  nowhere.origin.clear();
  nowhere.code = "123456";
  EXPECT_EQ(write_control(nowhere).error().code, ErrorCode::kMalformed) << "several belong to one page";
  EXPECT_FALSE(write_control(Ended{kPurchase, Outcome::kPartly, ErrorCode::kExpired})) << "of which?";
  EXPECT_FALSE(write_control(Ended{kPurchase,
                                   Outcome::kPartly,
                                   ErrorCode::kExpired,
                                   {{"https://s", Outcome::kPartly, ErrorCode::kGone}}}));
  EXPECT_FALSE(write_control(Ended{kPurchase, Outcome::kLeftOut, ErrorCode::kCancelled})) << "of which?";
  EXPECT_FALSE(write_control(Review{kPurchase, {order()}, 8})) << "nine";
  Review review{kPurchase, {order()}};
  review.orders[0].lines.assign(201, {"s", "d", 1, 1});
  EXPECT_FALSE(write_control(review));
  review.orders[0].lines.assign(200, {std::string(64, 's'), std::string(200, 'd'), 1, 1});
  EXPECT_EQ(write_control(review).error().code, ErrorCode::kTooLarge) << "more than a frame holds";
}

struct RefusedMessage {
  const char* name;
  const char* json;  // P stands for a purchase's id
  const char* code;
};

class ReadControlRefuses : public ::testing::TestWithParam<RefusedMessage> {};

TEST_P(ReadControlRefuses, WithANamedReason) {
  std::string json = GetParam().json;
  if (const auto at = json.find("\"P\""); at != std::string::npos) json.replace(at + 1, 1, kPurchase);
  const auto read = read_control(as_bytes(json));
  ASSERT_FALSE(read);
  EXPECT_EQ(error_name(read.error().code), GetParam().code) << read.error().detail;
}

INSTANTIATE_TEST_SUITE_P(
    Messages, ReadControlRefuses,
    ::testing::Values(
        RefusedMessage{"NoJson", "x", "malformed"}, RefusedMessage{"AnArray", "[]", "malformed"},
        RefusedMessage{"NoType", R"({"version":1})", "malformed"},
        RefusedMessage{"AnUnknownType", R"({"type":"sign","version":1,"purchase":"P"})", "unsupported"},
        RefusedMessage{"AnotherVersion", R"({"type":"cancel","version":2,"purchase":"P","by":"shop"})",
                       "unsupported"},
        RefusedMessage{"AMemberTwice",
                       R"({"type":"cancel","version":1,"purchase":"P","by":"shop","by":"shop"})",
                       "malformed"},
        RefusedMessage{"AMemberTooMany", R"({"type":"cancel","version":1,"purchase":"P","by":"shop","x":1})",
                       "malformed"},
        RefusedMessage{"AMemberTooFew", R"({"type":"cancel","version":1,"purchase":"P"})", "malformed"},
        RefusedMessage{"APurchaseThatIsNoUuid", R"({"type":"cancel","version":1,"purchase":"1","by":"shop"})",
                       "malformed"},
        RefusedMessage{
            "ABrowserThatCancelsForOneShop",
            R"({"type":"cancel","version":1,"purchase":"P","by":"browser","gateway":"https://s.example"})",
            "malformed"},
        RefusedMessage{"AnUnknownWord", R"({"type":"cancel","version":1,"purchase":"P","by":"me"})",
                       "malformed"},
        RefusedMessage{
            "ReviewThatSaysNotHowManyMoreAreBought",
            R"({"type":"review","version":1,"purchase":"P","noForward":true,"order":{"merchant":"m",)"
            R"("origin":"https://s","lines":[],"total":0,"currency":"KRW"}})",
            "malformed"},
        RefusedMessage{
            "ReviewToBeForwarded",
            R"({"type":"review","version":1,"purchase":"P","noForward":false,"others":0,"order":{"merchant":)"
            R"("m","origin":"https://s","lines":[],"total":0,"currency":"KRW"}})",
            "malformed"},
        RefusedMessage{"ConfirmedWithACode",
                       R"({"type":"ended","version":1,"purchase":"P","outcome":"confirmed","code":"gone"})",
                       "malformed"},
        RefusedMessage{"RefusedWithoutACode",
                       R"({"type":"ended","version":1,"purchase":"P","outcome":"refused","code":null})",
                       "malformed"},
        RefusedMessage{
            "AnAttestedStartWithACode",
            R"({"type":"start","version":1,"purchase":"P","gateway":"https://s","checkout":"c","token":"t",)"
            R"("profiles":["plain"],"origin":"https://s","attested":true,"code":"123456"})",
            "malformed"},
        RefusedMessage{
            "AnUnattestedStartWithoutACode",
            R"({"type":"start","version":1,"purchase":"P","gateway":"https://s","checkout":"c","token":"t",)"
            R"("profiles":["plain"],"origin":"","attested":false,"code":""})",
            "malformed"},
        RefusedMessage{
            "AnAttestedStartWithoutOrigin",
            R"({"type":"start","version":1,"purchase":"P","gateway":"https://s","checkout":"c","token":"t",)"
            R"("profiles":["plain"],"origin":"","attested":true,"code":""})",
            "malformed"},
        RefusedMessage{
            "AStartWithoutProfile",
            R"({"type":"start","version":1,"purchase":"P","gateway":"https://s","checkout":"c","token":"t",)"
            R"("profiles":[],"origin":"https://s","attested":true,"code":""})",
            "malformed"},
        RefusedMessage{"AGatewayWithAPath",
                       R"({"type":"start","version":1,"purchase":"P","gateway":"https://s/x","checkout":"c",)"
                       R"("token":"t","profiles":["plain"],"origin":"https://s","attested":true,"code":""})",
                       "malformed"},
        RefusedMessage{"AGatewayWithoutTls",
                       R"({"type":"start","version":1,"purchase":"P","gateway":"http://s","checkout":"c",)"
                       R"("token":"t","profiles":["plain"],"origin":"https://s","attested":true,"code":""})",
                       "malformed"},
        RefusedMessage{
            "ATokenThatWouldLeaveItsPlace",
            R"({"type":"start","version":1,"purchase":"P","gateway":"https://s","checkout":"../c",)"
            R"("token":"t","profiles":["plain"],"origin":"https://s","attested":true,"code":""})",
            "malformed"}),
    [](const auto& row) { return row.param.name; });

TEST(OpenChannel, NamesAGatewayAndNothingElse) {
  EXPECT_EQ(read_open(write_open({"https://shop.example"}).value()).value().gateway, "https://shop.example");
  EXPECT_FALSE(write_open({"shop.example"}));
  EXPECT_FALSE(read_open(as_bytes(R"({"type":"open","version":1,"gateway":"https://user@shop.example"})")));
}

TEST(Close, CarriesAnErrorNameOrNothing) {
  EXPECT_EQ(read_close(write_close(std::nullopt)), std::nullopt);
  EXPECT_EQ(read_close(write_close(ErrorCode::kCancelled)), ErrorCode::kCancelled);
  EXPECT_EQ(read_close(as_bytes("what_is_this")), ErrorCode::kInternal);
}

}  // namespace
}  // namespace countersign::link
