// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/shop_pages.h"

#include <gtest/gtest.h>

#include "merchant/shop/sample_catalogue.h"
#include "merchant/shop/shop_words.h"
#include "merchant/testing.h"

namespace countersign::merchant {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

const Catalogue& sample() {
  static const Catalogue catalogue = take(Catalogue::parse(as_bytes(kSampleCatalogue)));
  return catalogue;
}

ShopFrame english() {
  ShopFrame frame;
  frame.merchant = "Hanok <Books>";
  frame.path = "/shop";
  frame.token = "the-token";
  return frame;
}

ShopOrder open_order() {
  ShopOrder order;
  order.checkout.id = "0190a7c2-8d3e-7000-8000-000000000001";
  order.checkout.lines = {{"TEA", "Green tea <100 g>", 2, 12000}};
  order.checkout.total = {24000, "KRW"};
  order.checkout.created = from_unix_seconds(1'800'000'000);
  order.checkout.expires = from_unix_seconds(1'800'001'800);
  order.timeline = {{StepKind::kOpened, order.checkout.created}};
  return order;
}

const PaymentOffer kOffer{"<countersign-purchase token=\"secret-token\" hidden></countersign-purchase>",
                          "countersign:pay?a=1&b=2"};

TEST(ShopPages, EscapeWhatTheCatalogueAndTheCustomerSay) {
  const auto shelf = shelf_page(english(), sample(), {"<script>", "", sample().search("", "")});
  EXPECT_FALSE(contains(shelf, "<script>"));
  EXPECT_FALSE(contains(shelf, "<100 g>"));
  EXPECT_FALSE(contains(shelf, "<Books>"));
  EXPECT_FALSE(contains(item_page(english(), sample(), *sample().find("TEA")), "<100 g>"));
  EXPECT_FALSE(contains(take(order_page(english(), open_order(), kOffer)), "<100 g>"));
}

TEST(ShopPages, CountOneArticleInTheSingular) {
  const std::vector<const Item*> one{sample().find("TEA")};
  const auto shelf = shelf_page(english(), sample(), {"tea", "", one});
  EXPECT_TRUE(contains(shelf, "One article<"));
  EXPECT_FALSE(contains(shelf, "1 article"));
  EXPECT_TRUE(contains(shelf_page(english(), sample(), {"", "", sample().search("", "")}), " articles<"));
}

TEST(ShopPages, LoadNothingFromElsewhere) {
  const auto response =
      shop_response(200, shelf_page(english(), sample(), {"", "", sample().search("", "")}));
  EXPECT_TRUE(contains(response.header("Content-Security-Policy"), "default-src 'none'"));
  EXPECT_TRUE(contains(response.header("Content-Security-Policy"), "frame-ancestors 'none'"));
  EXPECT_FALSE(contains(as_text(response.body), "://"));
  EXPECT_FALSE(contains(shop_stylesheet(), "url("));
}

TEST(PaymentPage, CarriesExactlyOneTag) {
  const auto page = take(order_page(english(), open_order(), kOffer));
  EXPECT_TRUE(contains(page, kOffer.tag));
  EXPECT_EQ(page.find("<countersign-purchase"), page.rfind("<countersign-purchase"));
  EXPECT_TRUE(contains(page, R"(href="countersign:pay?a=1&amp;b=2")"));
  EXPECT_TRUE(contains(page, "<svg"));
}

TEST(PaymentPage, SaysWhatToInstallAndRenewsItselfWithoutScript) {
  const auto page = take(order_page(english(), open_order(), kOffer));
  EXPECT_TRUE(contains(page, "without-extension"));
  EXPECT_TRUE(contains(page, "/shop/needs"));
  EXPECT_TRUE(contains(page, R"(<noscript><meta http-equiv="refresh")"));
}

TEST(OrderPage, HasNoTagOnceTheOrderIsDecided) {
  for (const auto state : {CheckoutState::kConfirming, CheckoutState::kRefused, CheckoutState::kCancelled,
                           CheckoutState::kExpired}) {
    auto order = open_order();
    order.checkout.state = state;
    const auto page = take(order_page(english(), order, kOffer));
    EXPECT_FALSE(contains(page, "<countersign-purchase"));
    EXPECT_FALSE(contains(page, "secret-token"));
  }
}

TEST(OrderPage, NamesTheReasonOfARefusalAndOffersToBeginAgain) {
  auto order = open_order();
  order.checkout.state = CheckoutState::kRefused;
  order.answer = StoredAnswer{{SignedAnswer::Kind::kRefusal, {}}, "certificate_revoked"};
  const auto page = take(order_page(english(), order, kOffer));
  EXPECT_TRUE(contains(page, "certificate_revoked"));
  EXPECT_TRUE(contains(page, "/again"));
}

TEST(CartPage, ShowsTheSumAndNothingToPayWhenEmpty) {
  Cart cart;
  EXPECT_FALSE(contains(cart_page(english(), sample(), cart), "/shop/checkout"));
  cart.add("TEA", 2);
  cart.add("LESSON", 1);
  const auto page = cart_page(english(), sample(), cart);
  EXPECT_TRUE(contains(page, "KRW 84,000"));
  EXPECT_TRUE(contains(page, R"(name="token" value="the-token")"));
}

TEST(ShopWords, AreAllThereInBothLanguages) {
  static_assert(sizeof(ShopWords) % sizeof(std::string_view) == 0);
  for (const auto language : {Language::kEnglish, Language::kKorean}) {
    const auto* first = reinterpret_cast<const std::string_view*>(&shop_words_in(language));
    for (std::size_t i = 0; i < sizeof(ShopWords) / sizeof(std::string_view); ++i)
      EXPECT_FALSE(first[i].empty()) << i;
  }
}

documents::ConfirmedParty party(std::string_view name) {
  const x509::Name ca = take(x509::Name::from_text("CN=CA,OU=seoul-1,O=Countersign Demo"));
  return {take(x509::Name::from_text(name)), ca, x509::SerialNumber::random(), "", std::nullopt, Bytes{0x30}};
}

TEST(ShopPages, SayOnAReceiptThatItsConfirmationIsDegradedAndSinceWhen) {
  const TimePoint confirmed = from_unix_seconds(1'800'000'600);
  ShopOrder order = open_order();
  order.confirmation = documents::Confirmation{.id = "f3d1c2b4-5a69-4788-9abc-def012345678",
                                               .data_centre = party("OU=seoul-1,O=Countersign Demo").subject,
                                               .index = 7,
                                               .time = confirmed,
                                               .order_id = order.checkout.id,
                                               .order_digest = {},
                                               .total = order.checkout.total,
                                               .countersigned_order = Bytes{0x30},
                                               .review = std::nullopt,
                                               .merchant = party("CN=Shop,OU=seoul-1,O=Countersign Demo"),
                                               .purchaser = party("UID=1,OU=osaka-1,O=Countersign Demo")};
  const std::string_view words = shop_words_in(Language::kEnglish).receipt_degraded;
  EXPECT_FALSE(contains(receipt_page(english(), order), words));
  order.confirmation->purchaser.as_of = confirmed - Seconds(90);
  EXPECT_FALSE(contains(receipt_page(english(), order), words)) << "its home was only not asked";
  order.confirmation->purchaser.degraded = true;
  EXPECT_TRUE(contains(receipt_page(english(), order), words));
  EXPECT_TRUE(contains(receipt_page(english(), order), format_time(confirmed - Seconds(90))));
}

}  // namespace
}  // namespace countersign::merchant
