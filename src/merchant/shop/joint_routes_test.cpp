// SPDX-License-Identifier: Apache-2.0
// Carts with articles of a partner.
#include <gtest/gtest.h>

#include "merchant/confirmation_desk.h"
#include "merchant/form.h"
#include "merchant/shop/sample_catalogue.h"
#include "merchant/shop/shop_routes.h"
#include "merchant/shop/test_browser.h"
#include "merchant/shop/test_shop_world.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kPartnerOrigin = "https://partner.example";
constexpr std::string_view kOtherOrigin = "https://other.example";

// A partner's gateway, of the same network, asked without HTTP between.
class FakePartner final : public PartnerAccess {
 public:
  explicit FakePartner(CheckoutDesk& desk) : desk_(desk) {}
  Result<PartnerCheckout> open(const CheckoutRequest& request) override {
    if (is_down) return fail(ErrorCode::kUnavailable, "no answer");
    if (refuses) return fail(*refuses, "no");
    TRY(const auto checkout, desk_.open(request));
    asked.push_back(request);
    opened.push_back(checkout.id);
    when_opened();
    return PartnerCheckout{checkout.id,           link_of(checkout.id), checkout.state,
                           price(checkout.total), checkout.expires,     {}};
  }
  Result<PartnerCheckout> view(const std::string& id) override {
    when_asked();
    if (is_down) return fail(ErrorCode::kUnavailable, "no answer");
    ++views;
    TRY(const auto view, desk_.view(id));
    PartnerCheckout told{
        id, "", says.value_or(view.checkout.state), view.checkout.total, view.checkout.expires, {}};
    if (view.answer) told.confirmation = change(view.answer->answer.document);
    return told;
  }
  Result<void> cancel(const std::string& id) override {
    when_asked();
    return desk_.cancel(id);
  }

  bool is_down = false;
  std::optional<ErrorCode> refuses;
  std::optional<CheckoutState> says;  // whatever is true
  std::function<std::string(std::string)> link_of = [this](const std::string& id) {
    return desk_.link_to(id);
  };
  std::function<Bytes(Bytes)> change = [](Bytes confirmation) { return confirmation; };
  std::function<Amount(Amount)> price = [](Amount total) { return total; };
  std::function<void()> when_opened = [] {};
  std::function<void()> when_asked = [] {};
  int views = 0;
  std::vector<CheckoutRequest> asked;
  std::vector<std::string> opened;

 private:
  CheckoutDesk& desk_;
};

// Namsan sells lessons, Inwang a bowl.
std::string catalogue_with_partners() {
  std::string text(kSampleCatalogue);
  text.insert(text.find("\"items\""), R"("sellers":[{"id":"namsan","name":{"en":"Namsan","ko":"남산"}},)"
                                      R"({"id":"inwang","name":{"en":"Inwang","ko":"인왕"}}],)");
  text.insert(text.find("\"kind\":\"service\""), "\"seller\":\"namsan\",");
  text.insert(text.rfind(']'),
              R"(,{"sku":"BOWL","kind":"goods","category":"tea","price":9000,"picture":"tea",)"
              R"("seller":"inwang","name":{"en":"Bowl","ko":"사발"},"summary":{"en":"Wide","ko":"넓은"},)"
              R"("details":{"en":"Grey.","ko":"회색."}})");
  return text;
}

struct JointRoutesTest : testing::Test {
  TestShop shop;
  CheckoutDesk checkouts{shop.context(),
                         shop.tokens,
                         shop.authority,
                         {.public_url = std::string(kTestOrigin), .origins = {std::string(kTestOrigin)}}};
  CheckoutDesk partners_checkouts{
      shop.context(),
      shop.tokens,
      shop.authority,
      {.public_url = std::string(kPartnerOrigin), .origins = {std::string(kTestOrigin)}}};
  CheckoutDesk others_checkouts{
      shop.context(),
      shop.tokens,
      shop.authority,
      {.public_url = std::string(kOtherOrigin), .origins = {std::string(kTestOrigin)}}};
  ConfirmationDesk confirmations{shop.context(), shop.authority};
  FakePartner* partner = nullptr;  // Namsan
  FakePartner* other = nullptr;    // Inwang
  ShopOptions options() {
    auto access = std::make_unique<FakePartner>(partners_checkouts);
    partner = access.get();
    auto other_access = std::make_unique<FakePartner>(others_checkouts);
    other = other_access.get();
    ShopOptions made{
        take(Catalogue::parse(as_bytes(catalogue_with_partners()))), std::string(kTestOrigin), 5, {}};
    made.partners.emplace("namsan", Partner{std::string(kPartnerOrigin), std::move(access)});
    made.partners.emplace("inwang", Partner{std::string(kOtherOrigin), std::move(other_access)});
    return made;
  }
  ShopRoutes routes{shop.context(), shop.tokens, checkouts, options()};
  http::Router router = routes_of(shop, routes);
  Browser browser{router};

  void put(const std::string& sku) {
    EXPECT_EQ(browser.post("/shop/cart", browser.fields("/shop/items/" + sku) + "&sku=" + sku + "&quantity=1")
                  .status,
              303);
  }
  http::Response send_cart() { return browser.post("/shop/checkout", browser.fields("/shop/cart")); }
  // When a partner is asked again.
  http::Response look(const std::string& path) {
    shop.clock.advance(std::chrono::seconds(3));
    return browser.get(path);
  }
  // The path of what the cart becomes.
  std::string check_out(const std::vector<std::string>& skus = {"TEA", "LESSON"}) {
    for (const auto& sku : skus) put(sku);
    const auto response = send_cart();
    EXPECT_EQ(response.status, 303) << as_text(response.body);
    const std::string location(response.header("Location"));
    return location.substr(0, location.find('?'));
  }
  // The checkouts of a payment page, in its order.
  std::vector<std::string> checkouts_of(const std::string& path) {
    const auto page = browser.get(path);
    std::vector<std::string> ids;
    std::string_view rest = as_text(page.body);
    for (std::size_t at = 0; (at = rest.find("checkout=\"")) != std::string_view::npos;) {
      rest.remove_prefix(at + 10);
      ids.emplace_back(rest.substr(0, rest.find('"')));
    }
    return ids;
  }
  void sign(CheckoutDesk& desk, const std::string& checkout) {
    const auto purchaser = shop.issue_purchaser("buyer");
    const auto order = take(desk.take(checkout, purchaser.certificate.der()));
    take(confirmations.accept(checkout,
                              take(x509::sign_cms(purchaser, order, {.signing_time = shop.clock.now()}))));
  }
};

TEST_F(JointRoutesTest, MakeOneCheckoutAtEachSellersGatewayAndOneTagForAll) {
  const auto path = check_out();
  EXPECT_TRUE(path.starts_with("/shop/carts/"));
  const auto page = look(path);
  EXPECT_TRUE(contains(page, "<countersign-purchases hidden>"));
  EXPECT_TRUE(contains(page, "gateway=\"https://127.0.0.1:8443\""));
  EXPECT_TRUE(contains(page, "gateway=\"https://partner.example\""));
  EXPECT_TRUE(contains(page, "&amp;gateway.2=https%3A%2F%2Fpartner.example"));
  EXPECT_TRUE(contains(page, "&amp;origin=https%3A%2F%2F127.0.0.1%3A8443"));
  EXPECT_TRUE(contains(page, "Namsan"));
  EXPECT_TRUE(contains(page, "KRW 72,000")) << "together";
  EXPECT_EQ(checkouts_of(path).size(), 2U);
  EXPECT_EQ(partner->asked.at(0).origin, kTestOrigin);
  EXPECT_FALSE(partner->asked.at(0).reference.empty());
  EXPECT_EQ(partner->asked.at(0).lines.size(), 1U) << "the partner is told of its own articles";
  EXPECT_TRUE(contains(browser.get("/shop/orders"), path));
}

TEST_F(JointRoutesTest, LeaveACartOfTheShopAloneAsItWas) {
  EXPECT_TRUE(check_out({"TEA"}).starts_with("/shop/orders/"));
  EXPECT_TRUE(partner->asked.empty());
}

TEST_F(JointRoutesTest, SellAPartnersArticleAlone) {
  const auto path = check_out({"LESSON"});
  EXPECT_TRUE(path.starts_with("/shop/carts/"));
  EXPECT_FALSE(contains(look(path), "<countersign-purchases"));
  EXPECT_EQ(checkouts_of(path).size(), 1U);
}

TEST_F(JointRoutesTest, OfferTheShopsOwnOrderOnlyTogetherWithTheOthers) {
  const auto path = check_out();
  const auto own = browser.get("/shop/orders/" + checkouts_of(path).at(0));
  EXPECT_EQ(own.status, 303);
  EXPECT_TRUE(own.header("Location").starts_with(path));
}

TEST_F(JointRoutesTest, ShowTheOutcomeAndAReceiptOfEachOrder) {
  const auto path = check_out();
  const auto ids = checkouts_of(path);
  EXPECT_TRUE(contains(look(path + "/state"), R"("state":"open open")"));
  sign(partners_checkouts, ids.at(1));
  EXPECT_TRUE(contains(look(path + "/state"), R"("state":"open confirmed")"));
  EXPECT_EQ(look(path + "/receipts/1").status, 404);
  sign(checkouts, ids.at(0));
  const auto page = look(path);
  EXPECT_TRUE(contains(page, "data-outcome=\"confirmed\""));
  EXPECT_FALSE(contains(page, "<countersign-purchase"));
  for (const auto* place : {"1", "2"}) {
    const auto receipt = look(path + "/receipts/" + place);
    EXPECT_TRUE(contains(receipt, "confirmation-id"));
    EXPECT_EQ(look(path + "/receipts/" + place + "/confirmation.p7m").header("Content-Type"),
              http::kCmsMediaType);
  }
  EXPECT_EQ(look(path + "/receipts/3").status, 404);
}

TEST_F(JointRoutesTest, AskAPartnerOnceInAFewSecondsHoweverOftenPagesAsk) {
  const auto path = check_out();
  look(path);
  const int views = partner->views;
  for (int i = 0; i < 5; ++i) browser.get(path + "/state");
  EXPECT_EQ(partner->views, views);
  look(path + "/state");
  EXPECT_EQ(partner->views, views + 1);
}

// Each partner's gateway is silent for as long as nobody asks the other.
TEST_F(JointRoutesTest, AskAllPartnersAtTheSameTime) {
  const auto path = check_out({"LESSON", "BOWL"});
  std::mutex mutex;
  std::condition_variable changed;
  int waiting = 0;
  bool have_met = true;
  const auto meet = [&] {
    std::unique_lock lock(mutex);
    const int wanted = waiting / 2 * 2 + 2;
    ++waiting;
    changed.notify_all();
    have_met = changed.wait_for(lock, std::chrono::seconds(5), [&] { return waiting >= wanted; }) && have_met;
  };
  partner->when_asked = other->when_asked = meet;
  look(path + "/state");
  EXPECT_EQ(waiting, 2);
  EXPECT_TRUE(have_met);
  EXPECT_EQ(browser.post(path + "/cancel", browser.fields(path)).status, 303);
  EXPECT_TRUE(have_met) << "nor does one wait for the other when they are told of a cancellation";
}

TEST_F(JointRoutesTest, ShowACancellationAtOnce) {
  const auto path = check_out();
  look(path);
  EXPECT_EQ(browser.post(path + "/cancel", browser.fields(path)).status, 303);
  EXPECT_TRUE(contains(browser.get(path), "data-outcome=\"none\""));
}

TEST_F(JointRoutesTest, ShowACartToNoOtherBrowser) {
  const auto path = check_out();
  const auto ids = checkouts_of(path);
  sign(checkouts, ids.at(0));
  Browser stranger(router);
  stranger.get("/shop");
  for (const auto* part : {"", "/state", "/receipts/1", "/receipts/1/confirmation.p7m"})
    EXPECT_EQ(stranger.get(path + part).status, 404) << part;
  EXPECT_EQ(stranger.post(path + "/cancel", stranger.fields("/shop/items/TEA")).status, 404);
}

TEST_F(JointRoutesTest, BelieveNoConfirmationOfAnotherOrder) {
  const auto path = check_out();
  const auto ids = checkouts_of(path);
  sign(checkouts, ids.at(0));
  sign(partners_checkouts, ids.at(1));
  const auto own = take(checkouts.view(ids.at(0))).answer->answer.document;
  partner->change = [&](const Bytes&) { return own; };
  EXPECT_TRUE(contains(look(path + "/state"), R"("state":"confirmed open")")) << "as it was";
  partner->change = [](Bytes confirmation) {
    confirmation.back() ^= 1;
    return confirmation;
  };
  EXPECT_TRUE(contains(look(path + "/state"), R"("state":"confirmed open")"));
  partner->change = [](Bytes confirmation) { return confirmation; };
  EXPECT_TRUE(contains(look(path + "/state"), R"("state":"confirmed confirmed")"));
}

TEST_F(JointRoutesTest, BelieveNoWordOfAConfirmationWithoutTheConfirmation) {
  const auto path = check_out();
  partner->says = CheckoutState::kConfirmed;
  EXPECT_TRUE(contains(look(path + "/state"), R"("state":"open open")"));
  EXPECT_EQ(look(path + "/receipts/2").status, 404);
  partner->says.reset();
  sign(partners_checkouts, checkouts_of(path).at(1));
  EXPECT_TRUE(contains(look(path + "/state"), R"("state":"open confirmed")")) << "it is still asked";
}

TEST_F(JointRoutesTest, ShowNoReceiptOfWhatIsNotConfirmed) {
  const auto path = check_out();
  sign(partners_checkouts, checkouts_of(path).at(1));
  partner->says = CheckoutState::kOpen;
  partner->change = [](const Bytes&) { return to_bytes("anything"); };
  EXPECT_EQ(look(path + "/receipts/2").status, 404);
}

TEST_F(JointRoutesTest, CancelAllOfThem) {
  const auto path = check_out();
  const auto ids = checkouts_of(path);
  EXPECT_EQ(browser.post(path + "/cancel", browser.fields(path)).status, 303);
  EXPECT_EQ(take(checkouts.view(ids.at(0))).checkout.state, CheckoutState::kCancelled);
  EXPECT_EQ(take(partners_checkouts.view(ids.at(1))).checkout.state, CheckoutState::kCancelled);
  const auto page = look(path);
  EXPECT_TRUE(contains(page, "data-outcome=\"none\""));
  EXPECT_TRUE(contains(page, "nothing is bought"));
}

TEST_F(JointRoutesTest, SayThatNothingIsChargedOnlyOfWhatIsDecided) {
  const auto path = check_out();
  sign(checkouts, checkouts_of(path).at(0));
  partner->says = CheckoutState::kConfirming;
  const auto asking = look(path);
  EXPECT_TRUE(contains(asking, "data-outcome=\"confirming\""));
  EXPECT_TRUE(contains(asking, "decided by itself"));
  EXPECT_FALSE(contains(asking, "nothing is charged"));
  partner->says = CheckoutState::kRefused;
  const auto partly = look(path);
  EXPECT_TRUE(contains(partly, "data-outcome=\"partly\""));
  EXPECT_TRUE(contains(partly, "What is not confirmed is not bought"));
}

TEST_F(JointRoutesTest, LeaveNothingOpenWhenOneSellersGatewayDoesNotAnswer) {
  partner->is_down = true;
  put("TEA");
  put("LESSON");
  EXPECT_EQ(send_cart().status, 503);
  EXPECT_TRUE(contains(browser.get("/shop/cart"), "KRW 72,000")) << "the cart is kept";
  EXPECT_TRUE(contains(browser.get("/shop/orders"), "Cancelled"));
  partner->is_down = false;
  EXPECT_EQ(send_cart().status, 303) << "and can be sent again";
}

TEST_F(JointRoutesTest, LeadTheTerminalNowhereButToThePartnersGateway) {
  partner->link_of = [](const std::string& id) {
    return "countersign:pay?gateway=https%3A%2F%2Fevil.example&checkout=" + id + "&token=t";
  };
  put("LESSON");
  EXPECT_EQ(send_cart().status, 503);
  partner->link_of = [](const std::string&) { return std::string("javascript:alert(1)"); };
  EXPECT_EQ(send_cart().status, 503);
}

TEST_F(JointRoutesTest, LeaveNothingOpenWhenAPartnerOpensAnotherCheckoutThanWasAskedFor) {
  const auto link = partner->link_of;
  partner->link_of = [](const std::string&) { return std::string("javascript:alert(1)"); };
  put("LESSON");
  EXPECT_EQ(send_cart().status, 503);
  partner->link_of = link;
  partner->price = [](Amount total) { return Amount{total.minor_units + 1, total.currency}; };
  EXPECT_EQ(send_cart().status, 503);
  ASSERT_EQ(partner->opened.size(), 2U);
  for (const auto& id : partner->opened)
    EXPECT_EQ(take(partners_checkouts.view(id)).checkout.state, CheckoutState::kCancelled);
}

TEST_F(JointRoutesTest, LeaveNothingOpenWhenTheCartCannotBeRemembered) {
  partner->when_opened = [&] {
    take(shop.database->write([](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute("DROP TABLE shop_cart_orders", {}));
      return ok();
    }));
  };
  put("TEA");
  put("LESSON");
  EXPECT_GE(send_cart().status, 500);
  EXPECT_EQ(take(partners_checkouts.view(partner->opened.at(0))).checkout.state, CheckoutState::kCancelled);
  EXPECT_TRUE(contains(browser.get("/shop/orders"), "Cancelled"));
}

TEST_F(JointRoutesTest, BlameNoPageForAPartnerThatRefusesTheShop) {
  put("TEA");
  put("LESSON");
  for (const auto code : {ErrorCode::kForbidden, ErrorCode::kConflict, ErrorCode::kGone,
                          ErrorCode::kRateLimited, ErrorCode::kUnavailable}) {
    partner->refuses = code;
    const auto response = send_cart();
    EXPECT_EQ(response.status, 503) << error_name(code);
    EXPECT_TRUE(contains(response, "That did not work. Please try again.")) << error_name(code);
  }
}

TEST_F(JointRoutesTest, StartAgainWhenAPageIsSentAgainWhoseCheckoutsWereWithdrawn) {
  put("TEA");
  put("LESSON");
  const auto fields = browser.fields("/shop/cart");
  partner->is_down = true;
  EXPECT_EQ(browser.post("/shop/checkout", fields).status, 503);
  partner->is_down = false;
  const auto again = browser.post("/shop/checkout", fields);
  EXPECT_EQ(again.status, 410);
  EXPECT_TRUE(contains(again, "What this page began was cancelled."));
  EXPECT_TRUE(contains(again, "KRW 72,000")) << "the cart is kept";
  EXPECT_TRUE(partner->opened.empty());
  EXPECT_EQ(send_cart().status, 303) << "the page that said so can be sent";
}

TEST_F(JointRoutesTest, StartAgainWhenAPartnersCheckoutWasWithdrawn) {
  put("LESSON");
  const auto fields = browser.fields("/shop/cart");
  const auto price = partner->price;
  partner->price = [](Amount total) { return Amount{total.minor_units + 1, total.currency}; };
  EXPECT_EQ(browser.post("/shop/checkout", fields).status, 503);
  partner->price = price;
  EXPECT_EQ(browser.post("/shop/checkout", fields).status, 410);
  EXPECT_EQ(send_cart().status, 303);
}

TEST_F(JointRoutesTest, StartAgainWhenWhatIsLeftOfTheCartWasWithdrawn) {
  put("TEA");
  put("LESSON");
  const auto fields = browser.fields("/shop/cart");
  partner->is_down = true;
  EXPECT_EQ(browser.post("/shop/checkout", fields).status, 503);
  EXPECT_EQ(browser.post("/shop/cart/update", browser.fields("/shop/cart") + "&quantity-LESSON=0").status,
            303);
  EXPECT_EQ(browser.post("/shop/checkout", fields).status, 410);
  EXPECT_TRUE(send_cart().header("Location").starts_with("/shop/orders/"));
}

TEST_F(JointRoutesTest, MakeOneCartOfAPageThatIsSentTwice) {
  put("TEA");
  put("LESSON");
  const auto cart = browser.cookies["__Host-countersign-cart"];
  const auto fields = browser.fields("/shop/cart");
  const auto first = browser.post("/shop/checkout", fields);
  browser.cookies["__Host-countersign-cart"] = cart;
  EXPECT_EQ(browser.post("/shop/checkout", fields).header("Location"), first.header("Location"));
  EXPECT_EQ(partner->asked.size(), 1U);
}

TEST_F(JointRoutesTest, AskForTheAgeBeforeACartWithAnArticleForAdults) {
  const auto path = check_out({"WINE", "LESSON"});
  EXPECT_TRUE(path.starts_with("/shop/orders/"));
  EXPECT_TRUE(contains(look(path), "Show that you are 19 or older"));
  EXPECT_TRUE(partner->asked.empty());
}

TEST_F(JointRoutesTest, LimitTheOrdersOfOneAddress) {
  for (int i = 0; i < 5; ++i) check_out({"LESSON"});
  put("LESSON");
  EXPECT_EQ(send_cart().status, 429);
}

}  // namespace
}  // namespace countersign::merchant
