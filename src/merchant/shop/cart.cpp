// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/cart.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace countersign::merchant {
namespace {

constexpr std::size_t kLongestText = 4096;

std::optional<Cart::Entry> read_entry(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  Cart::Entry entry{std::string(text.substr(0, colon)), 0};
  const auto digits = text.substr(colon + 1);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), entry.quantity);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (entry.quantity < 1 || entry.quantity > Cart::kMostOfOne) return std::nullopt;
  return entry;
}

}  // namespace

Cart Cart::of_text(std::string_view text) {
  Cart cart;
  if (text.size() > kLongestText) return cart;
  while (!text.empty()) {
    const auto end = std::min(text.find('.'), text.size());
    const auto entry = read_entry(text.substr(0, end));
    if (!entry) return {};
    cart.set(entry->sku, entry->quantity);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return cart;
}

std::string Cart::text() const {
  std::string text;
  for (const auto& [sku, quantity] : entries_)
    text.append(text.empty() ? "" : ".").append(sku).append(":").append(std::to_string(quantity));
  return text;
}

void Cart::set(std::string_view sku, int quantity) {
  const auto found = std::ranges::find(entries_, sku, &Entry::sku);
  quantity = std::clamp(quantity, 0, kMostOfOne);
  if (found != entries_.end()) {
    found->quantity = quantity;
    if (quantity == 0) entries_.erase(found);
  } else if (quantity > 0 && entries_.size() < kMostLines) {
    entries_.push_back({std::string(sku), quantity});
  }
}

void Cart::add(std::string_view sku, int quantity) {
  const auto found = std::ranges::find(entries_, sku, &Entry::sku);
  const int before = found == entries_.end() ? 0 : found->quantity;
  set(sku, before + std::clamp(quantity, 0, kMostOfOne));
}

int Cart::pieces() const {
  int count = 0;
  for (const auto& entry : entries_) count += entry.quantity;
  return count;
}

std::vector<documents::OrderLine> lines_of(const Cart& cart, const Catalogue& catalogue, Language language) {
  std::vector<documents::OrderLine> lines;
  for (const auto& [sku, quantity] : cart.entries()) {
    if (const Item* item = catalogue.find(sku))
      lines.push_back({item->sku, item->name.in(language), quantity, item->price});
  }
  return lines;
}

std::vector<documents::OrderLine> lines_of_seller(const Cart& cart, const Catalogue& catalogue,
                                                  Language language, std::string_view seller) {
  auto lines = lines_of(cart, catalogue, language);
  std::erase_if(lines, [&](const auto& line) { return catalogue.find(line.sku)->seller != seller; });
  return lines;
}

std::vector<std::string> sellers_of(const Cart& cart, const Catalogue& catalogue) {
  std::vector<std::string> sellers;
  for (const auto& entry : cart.entries()) {
    const Item* item = catalogue.find(entry.sku);
    if (item != nullptr && std::ranges::find(sellers, item->seller) == sellers.end())
      sellers.push_back(item->seller);
  }
  std::ranges::sort(sellers);
  return sellers;
}

int age_for(const Cart& cart, const Catalogue& catalogue) {
  int age = 0;
  for (const auto& entry : cart.entries()) {
    if (const Item* item = catalogue.find(entry.sku)) age = std::max(age, item->age);
  }
  return age;
}

}  // namespace countersign::merchant
