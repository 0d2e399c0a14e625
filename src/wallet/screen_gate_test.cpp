// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen_gate.h"

#include <gtest/gtest.h>

namespace countersign::wallet {
namespace {

class ScreenGateTest : public testing::Test {
 protected:
  ScreenGateTest() { gate_.open(4000); }
  // The token of a new address.
  std::string token() {
    const auto address = gate_.new_address();
    return address.substr(address.find('#') + 1);
  }
  http::Request request(std::string method) const {
    http::Request made;
    made.method = std::move(method);
    made.headers = {{"Host", "127.0.0.1:4000"}, {"Origin", "http://127.0.0.1:4000"}};
    return made;
  }
  Result<ScreenGate::Session> exchange(std::string_view token) {
    auto made = request("POST");
    made.body = to_bytes(token);
    return gate_.exchange(made);
  }
  // A request that carries all that a session's page sends.
  http::Request request_of(const ScreenGate::Session& session, std::string method = "POST") const {
    auto made = request(std::move(method));
    made.headers["Cookie"] = "other=1; " + session.cookie.substr(0, session.cookie.find(';'));
    made.headers["Countersign-Key"] = session.key;
    made.headers["Sec-Fetch-Site"] = "same-origin";
    return made;
  }
  ScreenGate gate_;
};

TEST_F(ScreenGateTest, AdmitsThePageThatExchangedTheToken) {
  const auto session = exchange(token());
  ASSERT_TRUE(session) << session.error().detail;
  EXPECT_NE(session.value().cookie.find("HttpOnly; SameSite=Strict"), std::string::npos);
  EXPECT_TRUE(gate_.admit(request_of(session.value())));
}

TEST_F(ScreenGateTest, AdmitsReadingWithoutOrigin) {
  auto read = request_of(exchange(token()).value(), "GET");
  read.headers.erase("Origin");
  EXPECT_TRUE(gate_.admit(read));
}

TEST_F(ScreenGateTest, EndsTheSessionBeforeWithANewOne) {
  const auto first = exchange(token()).value();
  ASSERT_TRUE(exchange(token()));
  EXPECT_EQ(gate_.admit(request_of(first)).error().code, ErrorCode::kUnauthenticated);
}

TEST_F(ScreenGateTest, AdmitsNobodyBeforeAnExchange) {
  EXPECT_EQ(exchange("").error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(gate_.admit(request("POST")).error().code, ErrorCode::kUnauthenticated);
}

TEST_F(ScreenGateTest, RefusesATokenThatWasExchangedAndKeepsTheSession) {
  const auto used = token();
  const auto session = exchange(used);
  ASSERT_TRUE(session);
  EXPECT_EQ(exchange(used).error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(exchange("").error().code, ErrorCode::kUnauthenticated);
  EXPECT_TRUE(gate_.admit(request_of(session.value())));
}

TEST_F(ScreenGateTest, RefusesTheTokenOfAnAddressBeforeTheNewest) {
  const auto older = token();
  const auto newest = token();
  EXPECT_EQ(exchange(older).error().code, ErrorCode::kUnauthenticated);
  EXPECT_TRUE(exchange(newest));
}

TEST_F(ScreenGateTest, KeepsASessionUntilTheNewAddressIsOpened) {
  const auto session = exchange(token()).value();
  const auto newest = token();
  EXPECT_TRUE(gate_.admit(request_of(session)));
  ASSERT_TRUE(exchange(newest));
  EXPECT_FALSE(gate_.admit(request_of(session)));
}

TEST_F(ScreenGateTest, RefusesAWrongTokenAndAfterManyTheRightOneToo) {
  const auto right = token();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(exchange("guess").error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(exchange(right).error().code, ErrorCode::kRateLimited);
  EXPECT_TRUE(exchange(token()));
}

struct ForeignRequest {
  std::string name, header, value;
  ErrorCode code;
};
class ScreenGateRefuses : public ScreenGateTest, public testing::WithParamInterface<ForeignRequest> {};

TEST_P(ScreenGateRefuses, WhatAnotherPageOrProgramCanSend) {
  auto made = request_of(exchange(token()).value());
  made.headers[GetParam().header] = GetParam().value;
  EXPECT_EQ(gate_.admit(made).error().code, GetParam().code);
}

const ForeignRequest kForeignRequests[] = {
    {"AReboundName", "Host", "attacker.example:4000", ErrorCode::kForbidden},
    {"AnotherNameOfThisMachine", "Host", "localhost:4000", ErrorCode::kForbidden},
    {"AnotherPort", "Host", "127.0.0.1:4001", ErrorCode::kForbidden},
    {"AnotherSite", "Origin", "https://attacker.example", ErrorCode::kForbidden},
    {"AnotherPortOfThisMachine", "Origin", "http://127.0.0.1:4001", ErrorCode::kForbidden},
    {"AnOpaqueOrigin", "Origin", "null", ErrorCode::kForbidden},
    {"NoOrigin", "Origin", "", ErrorCode::kForbidden},
    {"ASubresourceOfAnotherSite", "Sec-Fetch-Site", "cross-site", ErrorCode::kForbidden},
    {"ASiteOnAnotherPort", "Sec-Fetch-Site", "same-site", ErrorCode::kForbidden},
    {"NoCookie", "Cookie", "", ErrorCode::kUnauthenticated},
    {"AForgedCookie", "Cookie", "countersign-wallet=guess", ErrorCode::kUnauthenticated},
    {"NoKey", "Countersign-Key", "", ErrorCode::kUnauthenticated},
};
INSTANTIATE_TEST_SUITE_P(Rows, ScreenGateRefuses, testing::ValuesIn(kForeignRequests),
                         [](const auto& row) { return row.param.name; });

TEST(ScreenGate, AdmitsNothingBeforeItsPortIsKnown) {
  const ScreenGate gate;
  http::Request request;
  request.headers["Host"] = "127.0.0.1:0";
  EXPECT_FALSE(gate.admit_page(request));
}

}  // namespace
}  // namespace countersign::wallet
