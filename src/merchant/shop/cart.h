// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/order.h"
#include "merchant/shop/catalogue.h"

namespace countersign::merchant {

// Cart is what a customer chose: article and quantity, nothing else. Prices come from the catalogue, always.
class Cart {
 public:
  static constexpr int kMostLines = 50;
  static constexpr int kMostOfOne = 99;
  struct Entry {
    std::string sku;
    int quantity = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  // Reads what text() wrote; an empty cart for anything else.
  static Cart of_text(std::string_view text);
  // "TEA-100:2.CUP-1:1": fit for a cookie (RFC 6265 §4.1.1).
  std::string text() const;

  // Sets the quantity, 0 removes; more than kMostOfOne counts as that, and a cart with kMostLines takes no
  // further article.
  void set(std::string_view sku, int quantity);
  void add(std::string_view sku, int quantity);
  const std::vector<Entry>& entries() const { return entries_; }
  int pieces() const;

 private:
  std::vector<Entry> entries_;
};

// lines_of makes the lines of an order, names in the customer's language. Articles that the catalogue has no
// more are left out.
std::vector<documents::OrderLine> lines_of(const Cart& cart, const Catalogue& catalogue, Language language);
// The lines that one seller delivers; "" is the shop itself.
std::vector<documents::OrderLine> lines_of_seller(const Cart& cart, const Catalogue& catalogue,
                                                  Language language, std::string_view seller);
// Whose articles are in the cart, each once: the shop ("") first.
std::vector<std::string> sellers_of(const Cart& cart, const Catalogue& catalogue);
// The highest age that an article of the cart asks for; 0 when none does.
int age_for(const Cart& cart, const Catalogue& catalogue);

}  // namespace countersign::merchant
