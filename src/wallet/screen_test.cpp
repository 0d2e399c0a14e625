// SPDX-License-Identifier: Apache-2.0
#include "wallet/screen.h"

#include <gtest/gtest.h>

#include "documents/json.h"
#include "http/client.h"
#include "wallet/testing/fake_peers.h"

namespace countersign::wallet {
namespace {

// Speaks to a screen that is really served, as its page does.
class ScreenTest : public testing::Test {
 protected:
  void SetUp() override {
    screen_ = take(Screen::start(world_.parties(), {0, COUNTERSIGN_WEB_FOLDER "/wallet"}));
    origin_ = "http://127.0.0.1:" + std::to_string(screen_->port());
    client_ = take(http::Client::create(origin_, {}));
    const auto address = screen_->new_address();
    const auto session = send("POST", "/api/session", address.substr(address.find('#') + 1));
    ASSERT_EQ(session.status, 200);
    const auto cookie = session.header("Set-Cookie");
    cookie_ = cookie.substr(0, cookie.find(';'));
    key_ = take(take(documents::ObjectReader::parse(session.body, "session")).text("key", 100));
  }
  http::Response send(std::string method, std::string path, std::string_view body = {}) {
    http::Request request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.headers = {{"Origin", origin_}, {"Cookie", cookie_}, {"Countersign-Key", key_}};
    if (request.method == "POST") request.body = to_bytes(body);
    return take(client_->send(request));
  }
  static bool says(const http::Response& response, std::string_view text) {
    return as_text(response.body).find(text) != std::string_view::npos;
  }

  WalletWorld world_;
  std::unique_ptr<Screen> screen_;
  std::string origin_, cookie_, key_;
  std::unique_ptr<http::Client> client_;
};

TEST_F(ScreenTest, ServesItsPagesWithoutCachingOrFraming) {
  for (const std::string path : {"/", "/main.js", "/style.css", "/icon.svg"}) {
    const auto page = send("GET", path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.header("Cache-Control"), "no-store");
    EXPECT_EQ(page.header("X-Frame-Options"), "DENY");
    EXPECT_NE(page.header("Content-Security-Policy").find("frame-ancestors 'none'"), std::string_view::npos);
  }
}

TEST_F(ScreenTest, ServesNothingElseOfTheFolderOrBesideIt) {
  for (const std::string path :
       {"/../../README.md", "/package.json", "/.git", "/main.js.map", "/missing.js"}) {
    EXPECT_GE(send("GET", path).status, 400) << path;
  }
}

TEST_F(ScreenTest, TakesAPurchaserFromTheLinkToTheConfirmation) {
  const auto begun =
      send("POST", "/api/enrolments", R"({"link":")" + world_.enrolment_link() + R"(","keys":"file"})");
  ASSERT_EQ(begun.status, 200) << as_text(begun.body);
  EXPECT_TRUE(says(begun, "kim@mail.example"));
  const std::string enrolment = "/api/enrolments/" + std::string(kEnrolmentId);
  const auto opened = send("POST", enrolment + "/open", "correct horse\n1234");
  ASSERT_EQ(opened.status, 200) << as_text(opened.body);
  const auto shown = send("POST", "/api/purchases", R"({"link":")" + world_.payment_link() + R"("})");
  ASSERT_EQ(shown.status, 200) << as_text(shown.body);
  EXPECT_TRUE(says(shown, "Green tea"));
  const std::string purchase = "/api/purchases/" + world_.peers.order.id;
  const auto paid = send("POST", purchase + "/approve", "1234");
  ASSERT_EQ(paid.status, 200) << as_text(paid.body);
  EXPECT_TRUE(says(paid, R"("state":"confirmed")"));
  EXPECT_EQ(send("GET", purchase + "/confirmation").body, world_.peers.confirmation);
  EXPECT_TRUE(says(send("GET", "/api/state"), world_.peers.order.id));
}

TEST_F(ScreenTest, SaysOfADegradedConfirmationSinceWhenNothingNewerWasKnown) {
  world_.enrol();
  std::string since;
  world_.peers.change_confirmation = [&](documents::Confirmation& confirmation) {
    confirmation.purchaser.as_of = confirmation.time - Seconds(30);
    confirmation.purchaser.degraded = true;
    since = format_time(*confirmation.purchaser.as_of);
  };
  ASSERT_EQ(send("POST", "/api/purchases", R"({"link":")" + world_.payment_link() + R"("})").status, 200);
  const auto paid = send("POST", "/api/purchases/" + world_.peers.order.id + "/approve", "1234");
  ASSERT_EQ(paid.status, 200) << as_text(paid.body);
  EXPECT_TRUE(says(paid, R"("degradedSince":")" + since + '"'));
}

TEST_F(ScreenTest, NamesAWrongPinWithItsCode) {
  world_.enrol();
  const auto refused = send("POST", "/api/suspend", "9999");
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(says(refused, R"("code":"wrong_pin")"));
}

TEST_F(ScreenTest, RefusesSecretsThatAreNotOnTheirLines) {
  for (const std::string_view body : {"", "1234\n", "\n1234", "1234\n5678\n9012"}) {
    EXPECT_EQ(send("POST", "/api/pin", body).status, 400) << body;
  }
}

TEST_F(ScreenTest, KeepsTheLanguage) {
  EXPECT_EQ(send("POST", "/api/locale", R"({"locale":"ko"})").status, 200);
  EXPECT_TRUE(says(send("GET", "/api/state"), R"("locale":"ko")"));
  EXPECT_EQ(send("POST", "/api/locale", R"({"locale":"xx"})").status, 422);
}

TEST_F(ScreenTest, TellsNothingToAPageWithoutSession) {
  key_.clear();
  for (const std::string path : {"/api/state", "/api/purchases/x"}) EXPECT_EQ(send("GET", path).status, 401);
  EXPECT_EQ(send("POST", "/api/suspend", "1234").status, 401);
}

TEST_F(ScreenTest, OpensAnAddressOnceAndKeepsItsSession) {
  const auto address = screen_->new_address();
  const auto token = address.substr(address.find('#') + 1);
  EXPECT_EQ(send("GET", "/api/state").status, 200);  // of the address before, still
  const auto session = send("POST", "/api/session", token);
  ASSERT_EQ(session.status, 200);
  EXPECT_EQ(send("GET", "/api/state").status, 401);
  const auto cookie = session.header("Set-Cookie");
  cookie_ = cookie.substr(0, cookie.find(';'));
  key_ = take(take(documents::ObjectReader::parse(session.body, "session")).text("key", 100));
  EXPECT_EQ(send("POST", "/api/session", token).status, 401);
  EXPECT_EQ(send("GET", "/api/state").status, 200);
}

TEST(ScreenStart, NamesMissingPages) {
  WalletWorld world;
  EXPECT_EQ(Screen::start(world.parties(), {0, world.folder}).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::wallet
