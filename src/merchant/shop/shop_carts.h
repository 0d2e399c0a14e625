// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/link.h"
#include "merchant/shop/shop_orders.h"

namespace countersign::merchant {

// One seller's order of a cart.
struct CartOrder {
  std::string seller;  // as the catalogue has it; empty: the shop itself
  LinkedCheckout link;
  std::vector<documents::OrderLine> lines;
  Amount total;
  TimePoint expires{};
  CheckoutState state = CheckoutState::kOpen;
  Bytes confirmation;  // CMS, verified before it was stored; empty until there is one
};

// A cart that became several orders, each at its seller's gateway, to be approved at once.
struct ShopCart {
  std::string id;
  TimePoint created{};
  std::vector<CartOrder> orders;
  bool has_lost_terminal = false;  // the shop's own order is undecided, and its mediator has gone
};

// Whether nobody has signed anything of it yet, and somebody still can.
bool can_be_approved(const ShopCart& cart);
// Whether all of its orders are decided.
bool is_decided(const ShopCart& cart);
bool is_decided(CheckoutState state);

// ShopCarts remembers which browser's cart became which orders, and shows a cart to that browser alone.
// Thread-safe.
class ShopCarts {
 public:
  explicit ShopCarts(GatewayContext context) : context_(context) {}

  // The same id again changes nothing.
  Result<void> remember(std::string_view session, const ShopCart& cart);
  // kNotFound for another browser's, too.
  Result<ShopCart> find(std::string_view session, std::string_view id);
  // The session's newest carts, without their orders.
  Result<std::vector<ShopCart>> newest(std::string_view session, int limit);
  // The cart that this checkout of the shop itself belongs to; empty when there is none.
  Result<std::string> cart_of(std::string_view checkout);
  // Keeps how far an order is. It is confirmed only with a confirmation of this very order: proven below the
  // network's root and by an authority that may confirm by the network map in force, of its checkout, its
  // lines and its total. Otherwise nothing changes: kConflict, kSignatureInvalid; errors of
  // network::AnchorSource::expect_confirms.
  Result<void> keep(std::string_view id, const CartOrder& order);

 private:
  const GatewayContext context_;
};

}  // namespace countersign::merchant
