// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/shop_routes.h"

#include <gtest/gtest.h>

#include "documents/json.h"
#include "merchant/confirmation_desk.h"
#include "merchant/dialogue_store.h"
#include "merchant/form.h"
#include "merchant/shop/sample_catalogue.h"
#include "merchant/shop/test_browser.h"
#include "merchant/shop/test_shop_world.h"

namespace countersign::merchant {
namespace {

struct ShopRoutesTest : testing::Test {
  TestShop shop;
  CheckoutDesk checkouts{shop.context(),
                         shop.tokens,
                         shop.authority,
                         {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  ConfirmationDesk confirmations{shop.context(), shop.authority};
  struct Terminals final : TerminalLinks {
    TerminalLink link_of(std::string_view) override { return link; }
    TerminalLink link = TerminalLink::kNone;
  };
  Terminals terminals;
  GatewayContext context() {
    auto context = shop.context();
    context.terminals = &terminals;
    return context;
  }
  ShopRoutes routes{context(),
                    shop.tokens,
                    checkouts,
                    {take(Catalogue::parse(as_bytes(kSampleCatalogue))), std::string(kTestOrigin), 3}};
  http::Router router = routes_of(shop, routes);
  Browser browser{router};

  void fill_cart() {
    EXPECT_EQ(browser.post("/shop/cart", browser.fields("/shop/items/TEA") + "&sku=TEA&quantity=2").status,
              303);
  }
  // The path of the order that the cart becomes.
  std::string check_out() {
    fill_cart();
    const auto response = browser.post("/shop/checkout", browser.fields("/shop/cart"));
    EXPECT_EQ(response.status, 303);
    const std::string location(response.header("Location"));
    return location.substr(0, location.find('?'));
  }
  static std::string id_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
  // What a wallet does.
  void sign(const std::string& checkout) {
    const auto purchaser = shop.issue_purchaser("buyer");
    const auto order = take(checkouts.take(checkout, purchaser.certificate.der()));
    const auto cms = take(x509::sign_cms(purchaser, order, {.signing_time = shop.clock.now()}));
    take(confirmations.accept(checkout, cms));
  }
};

TEST_F(ShopRoutesTest, LeadFromTheShelfToAPaymentPageWithTheTag) {
  EXPECT_TRUE(contains(browser.get("/shop"), "Green tea &lt;100 g&gt;"));
  EXPECT_FALSE(contains(browser.get("/shop", {{"q", "서예"}}), "Green tea"));
  const auto path = check_out();
  const auto page = browser.get(path);
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(contains(page, "checkout=\"" + id_of(path) + "\""));
  EXPECT_TRUE(contains(page, shop.tokens.checkout_token(id_of(path))));
  EXPECT_TRUE(contains(page, "KRW 24,000"));
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "Your cart is empty"));
}

TEST_F(ShopRoutesTest, ShowTheTimelineTheEvidenceAndTheReceiptOfAConfirmedOrder) {
  const auto path = check_out();
  EXPECT_EQ(browser.get(path + "/confirmation.p7m").status, 404);
  EXPECT_EQ(browser.get(path + "/receipt").status, 404);
  sign(id_of(path));
  EXPECT_TRUE(contains(browser.get(path + "/state"), R"("state":"confirmed")"));
  const auto page = browser.get(path);
  EXPECT_TRUE(contains(page, "The authority confirmed"));
  EXPECT_TRUE(contains(page, "confirmation.p7m"));
  const auto confirmation = browser.get(path + "/confirmation.p7m");
  EXPECT_EQ(confirmation.header("Content-Type"), http::kCmsMediaType);
  const auto cms = take(x509::UnverifiedCms::parse(confirmation.body));
  const auto document = take(documents::parse_confirmation(cms.unverified_content()));
  EXPECT_EQ(browser.get(path + "/countersigned-order.p7m").body, document.countersigned_order);
  EXPECT_EQ(browser.get(path + "/signed-order.p7m").status, 200);
  EXPECT_EQ(browser.get(path + "/order.json").header("Content-Type"), http::kJsonMediaType);
  const auto receipt = browser.get(path + "/receipt");
  EXPECT_TRUE(contains(receipt, document.id));
  EXPECT_TRUE(contains(receipt, "UID=buyer"));
}

TEST_F(ShopRoutesTest, SayThatTheConnectionToTheTerminalWasLostUntilSomethingIsSigned) {
  const auto path = check_out();
  const auto says_lost = [&] {
    const bool is_told = contains(browser.get(path + "/state"), R"("state":"lost")");
    EXPECT_EQ(contains(browser.get(path), "The connection to your terminal was lost."), is_told);
    return is_told;
  };
  terminals.link = TerminalLink::kConnected;
  EXPECT_FALSE(says_lost());
  terminals.link = TerminalLink::kLost;
  EXPECT_TRUE(says_lost());
  EXPECT_TRUE(contains(browser.get(path), "data-state=\"lost\"")) << "the page can be started from again";
  EXPECT_TRUE(contains(browser.get(path), "checkout=\"" + id_of(path) + "\""));
  sign(id_of(path));
  EXPECT_FALSE(says_lost());
}

TEST_F(ShopRoutesTest, ShowAnOrderToNoOtherBrowser) {
  const auto path = check_out();
  sign(id_of(path));
  Browser stranger(router);
  stranger.get("/shop");
  for (const auto* part : {"", "/receipt", "/state", "/confirmation.p7m", "/order.json"})
    EXPECT_EQ(stranger.get(path + part).status, 404) << part;
  EXPECT_EQ(stranger.post(path + "/cancel", stranger.fields("/shop/items/TEA")).status, 404);
  EXPECT_FALSE(contains(stranger.get("/shop/orders"), id_of(path)));
  EXPECT_TRUE(contains(browser.get("/shop/orders"), id_of(path)));
}

TEST_F(ShopRoutesTest, RefuseAFormOfAnotherSiteOrBrowser) {
  const auto fields = browser.fields("/shop/items/TEA") + "&sku=TEA&quantity=1";
  browser.origin = "https://elsewhere.example";
  EXPECT_EQ(browser.post("/shop/cart", fields).status, 403);
  browser.origin = std::string(kTestOrigin);
  EXPECT_EQ(browser.post("/shop/cart", "sku=TEA&quantity=1").status, 403);
  Browser stranger(router);
  EXPECT_EQ(stranger.post("/shop/cart", fields).status, 403);
  stranger.get("/shop");
  EXPECT_EQ(stranger.post("/shop/cart", fields).status, 403);
  EXPECT_EQ(browser.post("/shop/cart", fields).status, 303);
}

TEST_F(ShopRoutesTest, TakeACartOnlyAsItWasSignedForTheBrowser) {
  fill_cart();
  auto& cart = browser.cookies["__Host-countersign-cart"];
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "KRW 24,000"));
  cart.replace(cart.find(":2"), 2, ":3");
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "Your cart is empty"));
}

TEST_F(ShopRoutesTest, MakeOneOrderOfAPageThatIsSentTwice) {
  fill_cart();
  const auto cart = browser.cookies["__Host-countersign-cart"];
  const auto fields = browser.fields("/shop/cart");
  const auto first = browser.post("/shop/checkout", fields);
  browser.cookies["__Host-countersign-cart"] = cart;
  const auto second = browser.post("/shop/checkout", fields);
  EXPECT_EQ(first.header("Location"), second.header("Location"));
}

TEST_F(ShopRoutesTest, ChangeAndEmptyTheCart) {
  fill_cart();
  browser.post("/shop/cart/update", browser.fields("/shop/cart") + "&quantity-TEA=5");
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "KRW 60,000"));
  browser.post("/shop/cart/update", browser.fields("/shop/cart") + "&quantity-TEA=0");
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "Your cart is empty"));
}

TEST_F(ShopRoutesTest, CancelAnOrderAndPutItIntoTheCartAgain) {
  const auto path = check_out();
  EXPECT_EQ(browser.post(path + "/cancel", browser.fields(path)).status, 303);
  EXPECT_TRUE(contains(browser.get(path), "data-outcome=\"cancelled\""));
  EXPECT_EQ(browser.post(path + "/again", browser.fields(path)).status, 303);
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "KRW 24,000"));
}

TEST_F(ShopRoutesTest, DoNotCancelWhatIsSigned) {
  const auto path = check_out();
  const auto fields = browser.fields(path);
  sign(id_of(path));
  EXPECT_EQ(browser.post(path + "/cancel", fields).status, 303);
  EXPECT_TRUE(contains(browser.get(path), "data-outcome=\"confirmed\""));
}

TEST_F(ShopRoutesTest, AskForTheAgeAndNothingElseBeforeAnArticleForAdultsIsOrdered) {
  browser.post("/shop/cart", browser.fields("/shop/items/WINE") + "&sku=WINE&quantity=1");
  const auto response = browser.post("/shop/checkout", browser.fields("/shop/cart"));
  const std::string location(response.header("Location"));
  const auto path = location.substr(0, location.find('?'));
  const auto page = browser.get(path);
  EXPECT_TRUE(contains(page, "Show that you are 19 or older"));
  EXPECT_TRUE(contains(page, "<countersign-purchase"));
  const auto asked = take(checkouts.view(id_of(path))).checkout;
  EXPECT_TRUE(asked.lines.empty());
  ASSERT_EQ(asked.fields.size(), 1U);
  EXPECT_EQ(documents::field_name(asked.fields.front()), "overAge:19");
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "KRW 21,000"));
  EXPECT_FALSE(contains(browser.get("/shop/orders"), id_of(path)));
}

TEST_F(ShopRoutesTest, SellAnArticleForAdultsToWhoPassedTheAgeCheckAndToNobodyElse) {
  browser.post("/shop/cart", browser.fields("/shop/items/WINE") + "&sku=WINE&quantity=1");
  const auto go_on = [&] {
    const auto response = browser.post("/shop/checkout", browser.fields("/shop/cart"));
    const std::string location(response.header("Location"));
    return take(checkouts.view(id_of(location.substr(0, location.find('?'))))).checkout;
  };
  const auto check = go_on();
  ASSERT_EQ(check.purpose, documents::DialoguePurpose::kAgeCheck);
  const TestWallet friend_of_the_buyer(shop, "friend");
  pass(shop, friend_of_the_buyer, check);
  const auto order = go_on();
  EXPECT_EQ(order.purpose, documents::DialoguePurpose::kPurchase);
  EXPECT_EQ(order.identification, check.id);
  const auto buyer = shop.issue_purchaser("buyer");
  EXPECT_EQ(x509::code_of(checkouts.take(order.id, buyer.certificate.der())), ErrorCode::kForbidden);

  // Given up, the buyer begins again with a check of her own.
  const std::string path = "/shop/orders/" + order.id;
  EXPECT_EQ(browser.post(path + "/cancel", browser.fields(path)).status, 303);
  EXPECT_EQ(browser.post(path + "/again", browser.fields(path)).status, 303);
  EXPECT_EQ(go_on().purpose, documents::DialoguePurpose::kAgeCheck);
}

TEST(ShowsAge, BelievesOnlyAYesToThatAgeOrAHigherOne) {
  using documents::PersonalField;
  const auto answered = [](PersonalField field, int age, bool is_over) {
    return std::vector<documents::AnsweredField>{{{field, age}, "", is_over}};
  };
  EXPECT_TRUE(shows_age(answered(PersonalField::kOverAge, 19, true), 19));
  EXPECT_TRUE(shows_age(answered(PersonalField::kOverAge, 20, true), 19));
  EXPECT_FALSE(shows_age(answered(PersonalField::kOverAge, 18, true), 19));
  EXPECT_FALSE(shows_age(answered(PersonalField::kOverAge, 19, false), 19));
  EXPECT_FALSE(shows_age({}, 19));
}

TEST_F(ShopRoutesTest, LimitTheOrdersOfOneAddress) {
  for (int i = 0; i < 3; ++i) check_out();
  fill_cart();
  const auto refused = browser.post("/shop/checkout", browser.fields("/shop/cart"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(contains(refused, "Too many orders"));
  EXPECT_TRUE(contains(refused, "KRW 24,000"));
}

TEST_F(ShopRoutesTest, AnswerWithAPageWhereThereIsNoArticleOrOrder) {
  EXPECT_EQ(browser.get("/shop/items/NONE").status, 404);
  EXPECT_EQ(browser.get("/shop/orders/none").status, 404);
  EXPECT_EQ(browser.get("/shop/pictures/..svg").status, 404);
}

TEST_F(ShopRoutesTest, SpeakTheLanguageThatIsAskedFor) {
  EXPECT_TRUE(contains(browser.get("/shop", {{"lang", "ko"}}), "<html lang=\"ko\">"));
  EXPECT_TRUE(contains(browser.get("/shop", {{"lang", "ko"}}), "녹차"));
}

}  // namespace
}  // namespace countersign::merchant
