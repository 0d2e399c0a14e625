// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/shop_carts.h"

#include <algorithm>

#include "crypto/digest.h"
#include "evidence/verify.h"

namespace countersign::merchant {
namespace {

Bytes digest_of(std::string_view session) {
  return to_bytes(crypto::sha256(as_bytes(session)));
}

Result<CartOrder> read_order(const storage::Row& row) {
  CartOrder order;
  order.seller = row.text(0);
  order.link = {row.text(1), row.text(2), row.text(3)};
  TRY(order.lines, parse_lines(as_bytes(row.text(4))));
  order.total = {row.integer(5), row.text(6)};
  order.expires = from_unix_seconds(row.integer(7));
  const auto state = checkout_state_of_name(row.text(8));
  if (!state) return fail(ErrorCode::kInternal, "shop_cart_orders: state");
  order.state = *state;
  order.confirmation = row.blob(9);
  return order;
}

Result<std::vector<CartOrder>> read_orders(storage::Reader& reader, const std::string& cart) {
  TRY(const auto rows,
      reader.query("SELECT seller, gateway, checkout, token, lines, total, currency, expires, state, "
                   "confirmation FROM shop_cart_orders WHERE cart = $1 ORDER BY seller",
                   {cart}));
  std::vector<CartOrder> orders;
  for (const auto& row : rows) {
    TRY(auto order, read_order(row));
    orders.push_back(std::move(order));
  }
  return orders;
}

// The sellers' orders may be of any data centre.
Result<void> check_confirmation(const CartOrder& order, const network::AnchorSource& trust) {
  if (order.confirmation.empty())
    return fail(ErrorCode::kSignatureInvalid, "cart: confirmed, it says, without a confirmation");
  const auto verified = evidence::verify_confirmation(order.confirmation, *trust.current());
  if (!verified) return fail(ErrorCode::kSignatureInvalid, "cart: a confirmation that proves nothing");
  const auto& report = verified.value();
  TRY(trust.note(trust.expect_confirms(report.signatures.front().signer, report.confirmation->data_centre,
                                       network::AnchorSource::Answer::kConfirmation,
                                       report.confirmation->time)));
  const auto& confirmed = *report.order;
  if (confirmed.checkout != order.link.checkout || confirmed.total != order.total ||
      confirmed.lines != order.lines)
    return fail(ErrorCode::kConflict, "cart: the confirmation of another order");
  return ok();
}

}  // namespace

bool is_decided(CheckoutState state) {
  switch (state) {
    case CheckoutState::kOpen:
    case CheckoutState::kTaken:
    case CheckoutState::kConfirming:
      return false;
    default:
      return true;
  }
}

bool is_decided(const ShopCart& cart) {
  return std::ranges::all_of(cart.orders, [](const auto& order) { return is_decided(order.state); });
}

bool can_be_approved(const ShopCart& cart) {
  return std::ranges::any_of(cart.orders, [](const auto& order) { return is_unsigned(order.state); });
}

Result<void> ShopCarts::remember(std::string_view session, const ShopCart& cart) {
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "INSERT INTO shop_carts (id, session, created) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        {cart.id, digest_of(session), unix_seconds(cart.created)}));
    for (const auto& order : cart.orders) {
      TRY(transaction.execute(
          "INSERT INTO shop_cart_orders (cart, seller, gateway, checkout, token, lines, total, currency, "
          "expires, state, confirmation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
          "ON CONFLICT DO NOTHING",
          {cart.id, order.seller, order.link.gateway, order.link.checkout, order.link.token,
           write_lines(order.lines), order.total.minor_units, order.total.currency,
           unix_seconds(order.expires), std::string(checkout_state_name(order.state)), Bytes()}));
    }
    return ok();
  });
}

Result<ShopCart> ShopCarts::find(std::string_view session, std::string_view id) {
  ShopCart cart;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row, reader.query_one("SELECT id, created FROM shop_carts WHERE id = $1 AND session = $2",
                                         {std::string(id), digest_of(session)}));
    if (!row) return fail(ErrorCode::kNotFound, "no such cart of this browser");
    cart.id = row->text(0);
    cart.created = from_unix_seconds(row->integer(1));
    TRY(cart.orders, read_orders(reader, cart.id));
    return ok();
  }));
  return cart;
}

Result<std::vector<ShopCart>> ShopCarts::newest(std::string_view session, int limit) {
  std::vector<ShopCart> carts;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows,
        reader.query(
            "SELECT id, created FROM shop_carts WHERE session = $1 ORDER BY created DESC, id LIMIT $2",
            {digest_of(session), std::int64_t{limit}}));
    for (const auto& row : rows) carts.push_back({row.text(0), from_unix_seconds(row.integer(1)), {}});
    return ok();
  }));
  return carts;
}

Result<std::string> ShopCarts::cart_of(std::string_view checkout) {
  std::string found;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT cart FROM shop_cart_orders WHERE checkout = $1 AND seller = ''",
                         {std::string(checkout)}));
    if (row) found = row->text(0);
    return ok();
  }));
  return found;
}

Result<void> ShopCarts::keep(std::string_view id, const CartOrder& order) {
  if (order.state == CheckoutState::kConfirmed || !order.confirmation.empty()) {
    TRY(check_confirmation(order, *context_.network.trust));
  }
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "UPDATE shop_cart_orders SET state = $3, confirmation = $4 WHERE cart = $1 AND seller = $2",
        {std::string(id), order.seller, std::string(checkout_state_name(order.state)), order.confirmation}));
    return ok();
  });
}

}  // namespace countersign::merchant
