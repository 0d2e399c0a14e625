// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/rate_limit.h"
#include "http/router.h"
#include "http/target.h"
#include "merchant/shop/partner.h"
#include "merchant/shop/shop_logins.h"
#include "merchant/shop/shop_pages.h"
#include "merchant/tokens.h"

namespace countersign::merchant {

// The demo shop of a gateway.
struct ShopOptions {
  Catalogue catalogue;
  std::string public_url;     // of the gateway; also the origin of its pages
  int orders_per_hour = 600;  // from one address
  Partners partners = {};     // one for each seller of the catalogue
};

// ShopRoutes serves the demo shop below /shop: shelf, articles, cart, payment page, orders with their
// evidence, log-in with the terminal. A browser is known by a random cookie; it sees its own orders only, and
// its forms count only with that cookie's token. Outlives the server.
class ShopRoutes {
 public:
  ShopRoutes(GatewayContext context, const Tokens& tokens, CheckoutDesk& checkouts, ShopOptions options);
  void add_to(http::Router& router);

 private:
  // One request of a browser: who it is, what is in its cart.
  struct Visit {
    const http::Request& request;
    std::string session;
    bool is_new = false;
    Cart cart;
    Language language = Language::kEnglish;
    http::Fields fields;  // of a form that may be acted upon
  };
  using Page = http::Response (ShopRoutes::*)(const Visit&);

  void add_page(http::Router& router, std::string_view pattern, Page page);
  void add_form(http::Router& router, std::string_view pattern, Page act);
  void add_files(http::Router& router);

  http::Response show_shelf(const Visit& visit);
  http::Response show_item(const Visit& visit);
  http::Response show_cart(const Visit& visit);
  http::Response show_needs(const Visit& visit);
  http::Response show_orders(const Visit& visit);
  http::Response show_order(const Visit& visit);
  http::Response show_receipt(const Visit& visit);
  http::Response tell_state(const Visit& visit);
  Result<ShopOrder> find_order(const Visit& visit);
  bool has_lost_terminal(std::string_view checkout, CheckoutState state) const;
  http::Response send_file(const Visit& visit);
  http::Response add_to_cart(const Visit& visit);
  http::Response update_cart(const Visit& visit);
  http::Response check_out(const Visit& visit);
  http::Response cancel_order(const Visit& visit);
  http::Response order_again(const Visit& visit);
  // Of log-ins with the terminal (login_routes.cpp).
  http::Response begin_login(const Visit& visit);
  http::Response end_login(const Visit& visit);
  // Of carts with articles of partners (joint_routes.cpp).
  http::Response show_joint(const Visit& visit);
  http::Response tell_joint_state(const Visit& visit);
  http::Response show_joint_receipt(const Visit& visit);
  http::Response send_joint_confirmation(const Visit& visit);
  http::Response cancel_joint(const Visit& visit);

  Visit visit_of(const http::Request& request) const;
  // kForbidden for a form that is not this browser's and of this site.
  Result<void> accept_form(Visit& visit) const;
  ShopFrame frame_for(const Visit& visit, std::string_view trouble = {});
  http::Response respond(const Visit& visit, int status, std::string_view html) const;
  http::Response respond_cart(const Visit& visit, int status, std::string_view trouble);
  http::Response respond_missing(const Visit& visit);
  // Sends the browser on, with this cart.
  http::Response go_on(const Visit& visit, std::string_view path, const Cart& cart) const;
  http::Response respond_trouble(const Visit& visit, const Error& error);
  // The order of the cart, or the age check that comes before it.
  Result<Checkout> open_checkout(const Visit& visit);
  Result<Checkout> open_login(const Visit& visit);
  // The pseudonym of who is logged in; empty when nobody is.
  std::string customer_of(const Visit& visit);
  // A checkout at each seller's gateway, or none at all.
  Result<ShopCart> open_checkouts(const Visit& visit, const std::vector<std::string>& sellers);
  Result<void> open_at(const Visit& visit, ShopCart& cart, const std::string& seller);
  void withdraw(const ShopCart& cart);
  // The browser's cart, with all that the gateways say of its orders.
  Result<ShopCart> follow(const Visit& visit);
  // Asks their gateways, all at the same time.
  void renew(const std::string& cart, const std::vector<CartOrder*>& orders);
  Result<void> ask_about(CartOrder& order) const;
  // One confirmed order of a cart, by the place that the address names.
  struct JointReceipt {
    ShopCart cart;
    std::size_t place = 0;
  };
  Result<JointReceipt> find_receipt(const Visit& visit);

  const GatewayContext context_;
  const Tokens& tokens_;
  CheckoutDesk& checkouts_;
  const ShopOptions options_;
  ShopOrders orders_;
  ShopCarts carts_;
  ShopLogins logins_;
  RateLimit limit_;
  RateLimit asked_{1, Seconds(3)};  // each partner for each cart: pages renew themselves more often
};

}  // namespace countersign::merchant
