// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "merchant/dialogue_store.h"
#include "merchant/shop/sample_catalogue.h"
#include "merchant/shop/shop_routes.h"
#include "merchant/shop/test_browser.h"
#include "merchant/shop/test_shop_world.h"

namespace countersign::merchant {
namespace {

constexpr const char* kLoginCookie = "__Host-countersign-login";
constexpr std::string_view kPseudonym = "e0f15c1b10a442418ad8dbf7a8c0d1e2";
constexpr std::string_view kGreeted = "e0f15c1b…";

struct ShopLoginTest : testing::Test {
  TestShop shop;
  CheckoutDesk checkouts{shop.context(),
                         shop.tokens,
                         shop.authority,
                         {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  ShopRoutes routes{shop.context(),
                    shop.tokens,
                    checkouts,
                    {take(Catalogue::parse(as_bytes(kSampleCatalogue))), std::string(kTestOrigin), 10}};
  http::Router router = routes_of(shop, routes);
  Browser browser{router};
  TestWallet wallet{shop, std::string(kPseudonym)};

  // Presses the button; the path of the log-in's page.
  std::string begin(Browser& at) {
    const auto response = at.post("/shop/login", at.fields("/shop"));
    EXPECT_EQ(response.status, 303);
    const std::string location(response.header("Location"));
    return location.substr(0, location.find('?'));
  }
  std::string begin() { return begin(browser); }
  Checkout opened(const std::string& path) {
    return take(checkouts.view(path.substr(path.rfind('/') + 1))).checkout;
  }
  std::string log_in() {
    const auto path = begin();
    pass(shop, wallet, opened(path));
    return path;
  }
  // Whom the shop's front page greets.
  static std::string customer(Browser& at) {
    return between(as_text(at.get("/shop").body),
                   "id=\"customer\" title=\"" + std::string(kPseudonym) + "\">", "<");
  }
  std::string customer() { return customer(browser); }
};

TEST_F(ShopLoginTest, AsksForThePseudonymAlone) {
  const auto path = begin();
  const auto asked = opened(path);
  EXPECT_EQ(asked.purpose, documents::DialoguePurpose::kLogin);
  EXPECT_TRUE(asked.lines.empty());
  EXPECT_TRUE(asked.fields.empty());
  const auto page = browser.get(path);
  EXPECT_TRUE(contains(page, "<countersign-purchase"));
  EXPECT_FALSE(contains(page, "countersign:pay?")) << "by a link somebody else could be made to answer";
  EXPECT_FALSE(contains(page, "<svg")) << "a camera's wallet takes orders, and this is none";
}

TEST_F(ShopLoginTest, GreetsOnlyOnceTheTerminalHasAnswered) {
  const auto path = begin();
  EXPECT_EQ(customer(), "");
  EXPECT_TRUE(contains(browser.get("/shop"), "id=\"log-in\""));
  pass(shop, wallet, opened(path));
  EXPECT_EQ(customer(), kGreeted);
  EXPECT_TRUE(contains(browser.get(path), "data-outcome=\"logged-in\""));
  EXPECT_TRUE(contains(browser.get(path), ", as <code>" + std::string(kPseudonym)));
  EXPECT_FALSE(contains(browser.get("/shop"), "id=\"log-in\""));
  EXPECT_FALSE(contains(browser.get("/shop/orders"), path)) << "a log-in is no order";
}

TEST_F(ShopLoginTest, EndsWithTheButtonAndIsNotTakenUpAgain) {
  const auto path = log_in();
  const auto cookies = browser.cookies;
  const auto ended = browser.post("/shop/logout", browser.fields("/shop"));
  EXPECT_EQ(ended.status, 303);
  EXPECT_TRUE(ended.header("Set-Cookie").ends_with("Max-Age=0"));
  EXPECT_EQ(customer(), "");
  browser.cookies = cookies;
  EXPECT_EQ(customer(), "") << "what the browser kept opens nothing";
  EXPECT_TRUE(contains(browser.get(path), "data-outcome=\"not-logged-in\""));
}

TEST_F(ShopLoginTest, EndsByItselfAfterTwelveHours) {
  log_in();
  shop.clock.advance(ShopLogins::kLongest);
  EXPECT_EQ(customer(), kGreeted);
  shop.clock.advance(Seconds(1));
  EXPECT_EQ(customer(), "");
}

TEST_F(ShopLoginTest, IsNotThereWhenItWasCancelled) {
  const auto path = begin();
  EXPECT_EQ(browser.post(path + "/cancel", browser.fields(path)).status, 303);
  EXPECT_EQ(customer(), "");
  EXPECT_TRUE(contains(browser.get(path), "data-outcome=\"not-logged-in\""));
}

TEST_F(ShopLoginTest, ForgetsWhoWasForgotten) {
  const auto login = opened(log_in());
  take(shop.database->write(
      [&](storage::Transaction& transaction) { return erase_statement(transaction, login.id); }));
  EXPECT_EQ(customer(), "");
}

TEST_F(ShopLoginTest, DrawsACookieForEachLogInThatNobodyKnewBefore) {
  browser.get("/shop");
  browser.cookies[kLoginCookie] = "planted-by-somebody-else";
  log_in();
  const auto first = browser.cookies[kLoginCookie];
  EXPECT_NE(first, "planted-by-somebody-else");
  log_in();
  EXPECT_NE(browser.cookies[kLoginCookie], first);
  Browser other(router);
  other.cookies[kLoginCookie] = "planted-by-somebody-else";
  EXPECT_EQ(customer(other), "");
}

TEST_F(ShopLoginTest, EndsTheLogInBeforeIt) {
  log_in();
  Browser thief(router);
  thief.cookies = browser.cookies;
  EXPECT_EQ(customer(thief), kGreeted);
  log_in();
  EXPECT_EQ(customer(), kGreeted);
  EXPECT_EQ(customer(thief), "");
}

TEST_F(ShopLoginTest, DoesNotFollowWhoOnlyKnowsTheBrowsersOtherCookies) {
  browser.get("/shop");
  Browser thief(router);
  thief.cookies = browser.cookies;  // whoever planted them
  log_in();
  EXPECT_EQ(customer(), kGreeted);
  EXPECT_EQ(customer(thief), "");
}

TEST_F(ShopLoginTest, IsSentOverHttpsAndShownToNoScript) {
  const auto response = browser.post("/shop/login", browser.fields("/shop"));
  EXPECT_TRUE(response.header("Set-Cookie").starts_with("__Host-"));
  EXPECT_TRUE(response.header("Set-Cookie").ends_with("; Path=/; Secure; HttpOnly; SameSite=Lax"));
}

TEST_F(ShopLoginTest, NeedsTheTerminalAgainWhenItsFormIsSentAgain) {
  const auto form = browser.fields("/shop");
  const auto send = [&] { return std::string(browser.post("/shop/login", form).header("Location")); };
  const auto first = send();
  pass(shop, wallet, opened(first.substr(0, first.find('?'))));
  EXPECT_EQ(customer(), kGreeted);
  EXPECT_NE(send(), first);
  EXPECT_EQ(customer(), "");
}

TEST_F(ShopLoginTest, RefusesFormsOfOtherSitesAndBrowsers) {
  const auto fields = browser.fields("/shop");
  const auto cookies = browser.cookies;
  browser.origin = "https://elsewhere.example";
  EXPECT_EQ(browser.post("/shop/login", fields).status, 403);
  browser.origin = kTestOrigin;
  EXPECT_EQ(browser.post("/shop/login", "token=made-up").status, 403);
  Browser other(router);
  EXPECT_EQ(other.post("/shop/login", fields).status, 403);
  EXPECT_FALSE(browser.cookies.contains(kLoginCookie));

  log_in();
  browser.origin = "https://elsewhere.example";
  EXPECT_EQ(browser.post("/shop/logout", browser.fields("/shop")).status, 403);
  EXPECT_EQ(customer(), kGreeted);
}

TEST_F(ShopLoginTest, IsLimitedAsOrdersAre) {
  for (int i = 0; i < 10; ++i) begin();
  const auto refused = browser.post("/shop/login", browser.fields("/shop"));
  EXPECT_EQ(refused.status, 429);
}

}  // namespace
}  // namespace countersign::merchant
