// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/catalogue.h"

#include <algorithm>

#include "documents/json.h"
#include "documents/order_group.h"
#include "storage/file.h"

namespace countersign::merchant {
namespace {

constexpr documents::JsonLimits kLimits{.bytes = 1 << 20, .depth = 8, .members = 65536};
constexpr std::size_t kMostItems = 2000;
constexpr std::size_t kMostCategories = 50;
// Besides the shop: that many go into one approval.
constexpr std::size_t kMostSellers = documents::kMostInGroup - 1;
constexpr std::size_t kLargestPicture = 64 << 10;

bool is_made_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool is_sku(std::string_view text) {
  return text.size() <= 32 && is_made_of(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
}

bool is_picture_name(std::string_view text) {
  return text.size() <= 64 && is_made_of(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
}

Result<LocalText> read_texts(documents::ObjectReader& object, std::string_view member, std::size_t longest) {
  TRY(auto texts, object.object(member));
  LocalText read;
  TRY(read.english, texts.text("en", longest));
  TRY(read.korean, texts.text("ko", longest));
  TRY(texts.finish());
  return read;
}

Result<Category> read_category(documents::ObjectReader& object) {
  Category category;
  TRY(category.id, object.text("id", 32));
  TRY(category.name, read_texts(object, "name", 60));
  TRY(object.finish());
  return category;
}

Result<Item> read_item(documents::ObjectReader& object) {
  Item item;
  TRY(item.sku, object.text("sku", 32));
  if (!is_sku(item.sku)) return fail(ErrorCode::kMalformed, "catalogue: sku " + item.sku);
  TRY(const auto kind, object.text("kind", 16));
  if (kind != "goods" && kind != "service")
    return fail(ErrorCode::kMalformed, "catalogue: kind of " + item.sku + " is goods or service");
  item.kind = kind == "goods" ? ItemKind::kGoods : ItemKind::kService;
  TRY(item.category, object.text("category", 32));
  TRY(item.name, read_texts(object, "name", 100));
  TRY(item.summary, read_texts(object, "summary", 300));
  TRY(item.details, read_texts(object, "details", 4000));
  TRY(item.price, object.integer("price", 0, kLargestInteger));
  TRY(item.picture, object.text("picture", 64));
  if (!is_picture_name(item.picture)) return fail(ErrorCode::kMalformed, "catalogue: picture of " + item.sku);
  if (object.has("age")) {
    TRY(const auto age, object.integer("age", 1, 150));
    item.age = static_cast<int>(age);
  }
  if (object.has("seller")) {
    TRY(item.seller, object.text("seller", 32));
    if (item.age > 0) return fail(ErrorCode::kMalformed, "catalogue: age of a partner's " + item.sku);
  }
  TRY(object.finish());
  return item;
}

Result<Seller> read_seller(documents::ObjectReader& object) {
  Seller seller;
  TRY(seller.id, object.text("id", 32));
  if (!is_picture_name(seller.id)) return fail(ErrorCode::kMalformed, "catalogue: id of a seller");
  TRY(seller.name, read_texts(object, "name", 60));
  TRY(object.finish());
  return seller;
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

// Everything in which an item can be found.
std::string text_of(const Item& item) {
  std::string text;
  for (const auto* part : {&item.name, &item.summary, &item.details})
    text.append(part->english).append("\n").append(part->korean).append("\n");
  return lowered(text + item.sku);
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string lower = lowered(text);
  for (std::size_t begin = 0; begin < lower.size();) {
    const auto end = std::min(lower.find(' ', begin), lower.size());
    if (end > begin) words.push_back(lower.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace

Result<Catalogue> Catalogue::parse(BytesView json) {
  TRY(auto object, documents::ObjectReader::parse(json, "catalogue", kLimits));
  TRY(object.expect("shop-catalogue", 1));
  Catalogue catalogue;
  TRY(catalogue.currency_, object.text("currency", 3));
  if (!is_currency_code(catalogue.currency_)) return fail(ErrorCode::kMalformed, "catalogue.currency");
  TRY(auto categories, object.objects("categories", kMostCategories));
  for (auto& one : categories) {
    TRY(auto category, read_category(one));
    catalogue.categories_.push_back(std::move(category));
  }
  if (object.has("sellers")) {
    TRY(auto sellers, object.objects("sellers", kMostSellers));
    for (auto& one : sellers) {
      TRY(auto seller, read_seller(one));
      if (catalogue.find_seller(seller.id) != nullptr)
        return fail(ErrorCode::kMalformed, "catalogue: seller " + seller.id + " stands twice");
      catalogue.sellers_.push_back(std::move(seller));
    }
  }
  TRY(auto items, object.objects("items", kMostItems));
  TRY(object.finish());
  for (auto& one : items) {
    TRY(auto item, read_item(one));
    if (std::ranges::find(catalogue.categories_, item.category, &Category::id) == catalogue.categories_.end())
      return fail(ErrorCode::kMalformed, "catalogue: category of " + item.sku);
    if (!item.seller.empty() && catalogue.find_seller(item.seller) == nullptr)
      return fail(ErrorCode::kMalformed, "catalogue: seller of " + item.sku);
    if (catalogue.find(item.sku) != nullptr)
      return fail(ErrorCode::kMalformed, "catalogue: " + item.sku + " stands twice");
    catalogue.items_.push_back(std::move(item));
  }
  return catalogue;
}

Result<Catalogue> Catalogue::load(const std::filesystem::path& file, const std::filesystem::path& pictures) {
  TRY(const auto json, storage::read_file(file, kLimits.bytes));
  TRY(auto catalogue, parse(json));
  for (const auto& item : catalogue.items_) {
    if (catalogue.pictures_.contains(item.picture)) continue;
    TRY(auto svg, storage::read_file(pictures / (item.picture + ".svg"), kLargestPicture));
    catalogue.pictures_.emplace(item.picture, std::move(svg));
  }
  return catalogue;
}

const Item* Catalogue::find(std::string_view sku) const {
  const auto found = std::ranges::find(items_, sku, &Item::sku);
  return found == items_.end() ? nullptr : &*found;
}

std::vector<const Item*> Catalogue::search(std::string_view words, std::string_view category) const {
  const auto wanted = words_of(words);
  std::vector<const Item*> found;
  for (const auto& item : items_) {
    if (!category.empty() && item.category != category) continue;
    const std::string text = text_of(item);
    if (std::ranges::all_of(wanted, [&](const auto& word) { return text.find(word) != std::string::npos; }))
      found.push_back(&item);
  }
  return found;
}

const Seller* Catalogue::find_seller(std::string_view id) const {
  const auto found = std::ranges::find(sellers_, id, &Seller::id);
  return found == sellers_.end() ? nullptr : &*found;
}

const Bytes* Catalogue::picture(std::string_view name) const {
  const auto found = pictures_.find(name);
  return found == pictures_.end() ? nullptr : &found->second;
}

}  // namespace countersign::merchant
