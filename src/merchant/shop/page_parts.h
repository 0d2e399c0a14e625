// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "merchant/shop/shop_pages.h"
#include "merchant/shop/shop_words.h"

namespace countersign::merchant {

// What the shop's pages have in common. Arguments are texts of ours or escaped already, except where it is
// said.

// The whole page around its content; `head` goes into <head>.
std::string shop_layout(const ShopFrame& frame, std::string_view title, std::string_view content,
                        std::string_view head = "");
// "/shop/cart?lang=ko"
std::string shop_address(const ShopFrame& frame, std::string_view path);
// A form that posts: its hidden token and `inside`.
std::string shop_form(const ShopFrame& frame, std::string_view action, std::string_view inside,
                      std::string_view look = "");
// "2026-11-25 01:56 UTC", for machines as RFC 3339.
std::string time_element(TimePoint time);
// The lines of a checkout with its total; escapes them.
std::string order_table(const ShopWords& words, const Checkout& checkout);

}  // namespace countersign::merchant
