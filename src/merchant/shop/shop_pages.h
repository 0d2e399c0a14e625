// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "http/message.h"
#include "merchant/shop/cart.h"
#include "merchant/shop/shop_carts.h"
#include "merchant/shop/shop_orders.h"
#include "merchant/shop/shop_words.h"

namespace countersign::merchant {

// What every page of the demo shop says of itself.
struct ShopFrame {
  Language language = Language::kEnglish;
  std::string merchant;           // name
  std::string path;               // of the page, for the link to the other language
  int pieces = 0;                 // in the cart
  std::string token;              // of the page's forms
  std::string customer = {};      // pseudonym of who is logged in, or empty
  std::string form;               // number of this one page: sent twice it counts once
  std::string_view trouble = {};  // what went wrong, in the page's language
};

// What a page of articles shows, and what was asked for.
struct Shelf {
  std::string words, category;
  std::vector<const Item*> found;
};

// What leads from the payment page to a terminal.
struct PaymentOffer {
  std::string tag;             // <countersign-purchase …>
  std::string link;            // countersign:pay; empty where a terminal answers only an attested page
  bool can_be_scanned = true;  // by a wallet without a PC: one order that is paid elsewhere
};

// Pages work without script; web/shop/shop.js only keeps a payment page up to date. Everything from outside
// is escaped.
std::string shelf_page(const ShopFrame& frame, const Catalogue& catalogue, const Shelf& shelf);
std::string item_page(const ShopFrame& frame, const Catalogue& catalogue, const Item& item);
std::string cart_page(const ShopFrame& frame, const Catalogue& catalogue, const Cart& cart);
std::string needs_page(const ShopFrame& frame);
std::string orders_page(const ShopFrame& frame, const std::vector<Checkout>& orders,
                        const std::vector<ShopCart>& carts = {});
// The payment page while the order is open or taken (`offer` leads to the terminal); what became of it
// afterwards. kTooLarge when the link fits into no QR code.
Result<std::string> order_page(const ShopFrame& frame, const ShopOrder& order, const PaymentOffer& offer);
// How an undecided order stands, as its page keeps saying: a state's name, or "lost".
struct ToldState {
  std::string_view name, said;
};
ToldState told_state_of(const ShopOrder& order, const ShopWords& words);
// Of a confirmed order.
std::string receipt_page(const ShopFrame& frame, const ShopOrder& order);
// A cart that became several orders: as order_page, with a section for each seller.
Result<std::string> joint_page(const ShopFrame& frame, const Catalogue& catalogue, const ShopCart& cart,
                               const PaymentOffer& offer);
// Of one confirmed order of it, by its place.
std::string joint_receipt_page(const ShopFrame& frame, const Catalogue& catalogue, const ShopCart& cart,
                               std::size_t place, const documents::Confirmation& confirmation);
std::string missing_page(const ShopFrame& frame);

// shop_response is html_response with the headers of the shop's pages: script, style and pictures of this
// host only, no frame.
http::Response shop_response(int status, std::string_view html);
std::string_view shop_stylesheet();  // compiled in from web/shop/shop.css
std::string_view shop_script();      // compiled in from web/shop/shop.js

}  // namespace countersign::merchant
