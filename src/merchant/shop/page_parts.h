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
// The lines of an order with its total; escapes them.
std::string order_table(const ShopWords& words, const std::vector<documents::OrderLine>& lines,
                        const Amount& total);
// The ways from a payment page to the terminal. kTooLarge when the link fits into no QR code.
Result<std::string> ways_to_terminal(const ShopFrame& frame, const PaymentOffer& offer);
// What a confirmation says, for people: <dt> and <dd>.
std::string receipt_facts(const ShopWords& words, const documents::Confirmation& confirmation);
// "Sold by …" for a partner's article; empty for the shop's own. Escaped.
std::string seller_words(const ShopFrame& frame, const Catalogue& catalogue, const Item& item);
// Until an order is decided its page renews itself: by script, or else by the browser.
inline constexpr std::string_view kPageRenewal =
    "<noscript><meta http-equiv=\"refresh\" content=\"5\"></noscript>\n";

}  // namespace countersign::merchant
