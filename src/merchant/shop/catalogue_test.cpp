// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/catalogue.h"

#include <gtest/gtest.h>

#include "merchant/shop/cart.h"
#include "merchant/shop/sample_catalogue.h"
#include "merchant/testing.h"
#include "storage/file.h"

namespace countersign::merchant {
namespace {

ErrorCode code_of_sample(std::string_view from, std::string_view to) {
  std::string json(kSampleCatalogue);
  json.replace(json.find(from), from.size(), to);
  const auto catalogue = Catalogue::parse(as_bytes(json));
  return catalogue ? ErrorCode::kInternal : catalogue.error().code;
}

std::vector<std::string> skus(const std::vector<const Item*>& items) {
  std::vector<std::string> names;
  for (const auto* item : items) names.push_back(item->sku);
  return names;
}

TEST(Catalogue, ReadsArticlesInBothLanguages) {
  const auto catalogue = take(Catalogue::parse(as_bytes(kSampleCatalogue)));
  ASSERT_NE(catalogue.find("TEA"), nullptr);
  EXPECT_EQ(catalogue.find("TEA")->name.in(Language::kKorean), "녹차");
  EXPECT_EQ(catalogue.find("LESSON")->kind, ItemKind::kService);
  EXPECT_EQ(catalogue.price_of(*catalogue.find("TEA")), (Amount{12000, "KRW"}));
  EXPECT_EQ(catalogue.find("NONE"), nullptr);
}

TEST(Catalogue, RefusesWhatIsNotInItsForm) {
  EXPECT_EQ(code_of_sample("\"LESSON\"", "\"TEA\""), ErrorCode::kMalformed);      // twice
  EXPECT_EQ(code_of_sample("\"LESSON\"", "\"les/son\""), ErrorCode::kMalformed);  // not a sku
  EXPECT_EQ(code_of_sample("\"service\"", "\"thing\""), ErrorCode::kMalformed);   // of no kind
  EXPECT_EQ(code_of_sample("\"category\":\"tea\"", "\"category\":\"no\""), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_sample("\"picture\":\"tea\"", "\"picture\":\"../tea\""), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_sample("\"KRW\"", "\"won\""), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_sample("12000", "-1"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_sample("\"age\":19", "\"age\":0"), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_sample("\"version\":1", "\"version\":2"), ErrorCode::kUnsupported);
}

// The sample with a partner who sells the lesson.
std::string with_seller(std::string_view id = "namsan") {
  std::string text(kSampleCatalogue);
  const std::string seller = R"("sellers":[{"id":"namsan","name":{"en":"Namsan","ko":"남산"}}],)";
  text.insert(text.find("\"items\""), seller);
  const std::string sold_by = "\"seller\":\"" + std::string(id) + "\",";
  text.insert(text.find("\"kind\":\"service\""), sold_by);
  return text;
}

TEST(Catalogue, OffersArticlesOfSellersThatItKnows) {
  const auto catalogue = take(Catalogue::parse(as_bytes(with_seller())));
  EXPECT_EQ(catalogue.find("LESSON")->seller, "namsan");
  EXPECT_EQ(catalogue.find_seller("namsan")->name.english, "Namsan");
  Cart cart;
  cart.add("LESSON", 1);
  cart.add("TEA", 1);
  EXPECT_EQ(sellers_of(cart, catalogue), (std::vector<std::string>{"", "namsan"}));
  EXPECT_EQ(lines_of_seller(cart, catalogue, Language::kEnglish, "namsan").size(), 1U);
  EXPECT_EQ(x509::code_of(Catalogue::parse(as_bytes(with_seller("nobody")))), ErrorCode::kMalformed);
}

TEST(Catalogue, SellsNothingForAdultsOnBehalfOfOthers) {
  std::string text = with_seller();
  text.insert(text.find("\"seller\":\"namsan\""), "\"age\":19,");
  EXPECT_EQ(x509::code_of(Catalogue::parse(as_bytes(text))), ErrorCode::kMalformed);
}

TEST(Catalogue, FindsByEveryWordWithoutCaseInEitherLanguage) {
  const auto catalogue = take(Catalogue::parse(as_bytes(kSampleCatalogue)));
  using List = std::vector<std::string>;
  EXPECT_EQ(skus(catalogue.search("", "")), (List{"TEA", "LESSON", "WINE"}));
  EXPECT_EQ(skus(catalogue.search("  GREEN  tea ", "")), (List{"TEA"}));
  EXPECT_EQ(skus(catalogue.search("서예", "")), (List{"LESSON"}));
  EXPECT_EQ(skus(catalogue.search("", "services")), (List{"LESSON"}));
  EXPECT_EQ(skus(catalogue.search("green", "services")), List{});
}

TEST(Catalogue, NeedsThePicturesOfItsArticles) {
  const TemporaryFolder folder;
  take(storage::write_file(folder.path() / "catalogue.json", as_bytes(kSampleCatalogue),
                           storage::FileMode::kPublic));
  take(storage::write_file(folder.path() / "tea.svg", as_bytes("<svg/>"), storage::FileMode::kPublic));
  EXPECT_EQ(x509::code_of(Catalogue::load(folder.path() / "catalogue.json", folder.path())),
            ErrorCode::kNotFound);
  take(storage::write_file(folder.path() / "lesson.svg", as_bytes("<svg/>"), storage::FileMode::kPublic));
  const auto catalogue = take(Catalogue::load(folder.path() / "catalogue.json", folder.path()));
  EXPECT_NE(catalogue.picture("tea"), nullptr);
  EXPECT_EQ(catalogue.picture("../tea"), nullptr);
}

TEST(AgeFor, IsTheHighestThatAnArticleAsksFor) {
  const auto catalogue = take(Catalogue::parse(as_bytes(kSampleCatalogue)));
  Cart cart;
  cart.add("TEA", 2);
  EXPECT_EQ(age_for(cart, catalogue), 0);
  cart.add("WINE", 1);
  EXPECT_EQ(age_for(cart, catalogue), 19);
}

TEST(LinesOf, TakesPricesFromTheCatalogueAndLeavesOutWhatItHasNoMore) {
  const auto catalogue = take(Catalogue::parse(as_bytes(kSampleCatalogue)));
  Cart cart;
  cart.add("TEA", 2);
  cart.add("GONE", 1);
  const auto lines = lines_of(cart, catalogue, Language::kEnglish);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines.front(), (documents::OrderLine{"TEA", "Green tea <100 g>", 2, 12000}));
}

}  // namespace
}  // namespace countersign::merchant
