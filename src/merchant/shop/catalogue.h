// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/amount.h"
#include "base/bytes.h"
#include "merchant/consent_text.h"

namespace countersign::merchant {

// A text in both languages of the pages.
struct LocalText {
  std::string english, korean;
  const std::string& in(Language language) const { return language == Language::kKorean ? korean : english; }
};

enum class ItemKind { kGoods, kService };

struct Item {
  std::string sku;  // capitals, digits and "-"; 1–32
  ItemKind kind = ItemKind::kGoods;
  std::string category;
  LocalText name;     // at most 100 characters, as it stands in the order
  LocalText summary;  // one sentence
  LocalText details;
  std::int64_t price = 0;  // minor units
  std::string picture;     // name of a picture
  int age = 0;             // years that a buyer must have completed; 0: any
  std::string seller;      // id of the partner who sells it; empty: the shop itself
};

// Another merchant whose articles the shop offers on its pages.
struct Seller {
  std::string id;
  LocalText name;
};

struct Category {
  std::string id;
  LocalText name;
};

// Catalogue is what the demo shop offers: data, never changed while the gateway runs. Thread-safe.
class Catalogue {
 public:
  // parse reads the JSON of etc/shop-catalogue.json, strictly: every category and seller known, every sku
  // once, ages only on the shop's own articles: who passed a check passed it here. kMalformed names the
  // place.
  static Result<Catalogue> parse(BytesView json);
  // load reads the file and the pictures (*.svg, at most 64 KiB each) that its items name from the folder.
  static Result<Catalogue> load(const std::filesystem::path& file, const std::filesystem::path& pictures);

  const std::string& currency() const { return currency_; }
  const std::vector<Category>& categories() const { return categories_; }
  const std::vector<Item>& items() const { return items_; }
  const std::vector<Seller>& sellers() const { return sellers_; }
  const Seller* find_seller(std::string_view id) const;  // null when there is none
  const Item* find(std::string_view sku) const;          // null when there is none
  // Items of a category (empty: of all) in whose texts, of either language, each of the words occurs; ASCII
  // letters without case.
  std::vector<const Item*> search(std::string_view words, std::string_view category) const;
  const Bytes* picture(std::string_view name) const;  // SVG; null when there is none
  Amount price_of(const Item& item) const { return {item.price, currency_}; }

 private:
  std::string currency_;
  std::vector<Category> categories_;
  std::vector<Item> items_;
  std::vector<Seller> sellers_;
  std::map<std::string, Bytes, std::less<>> pictures_;
};

}  // namespace countersign::merchant
