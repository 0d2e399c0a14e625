// SPDX-License-Identifier: Apache-2.0
// Carts with articles of partners: a checkout at each seller's gateway, one page to approve them all.
#include <charconv>
#include <future>

#include "base/log.h"
#include "http/json_answer.h"
#include "merchant/api_answers.h"
#include "merchant/form.h"
#include "merchant/shop/shop_routes.h"
#include "merchant/shop/shop_words.h"

namespace countersign::merchant {
namespace {

// What the tags say of each checkout; wallet and gateway agree on one by themselves.
constexpr std::string_view kProfiles = "session plain";
constexpr std::size_t kFormLength = 22;  // 16 bytes in base64url

// A form that is sent again gets the checkouts of the first time, which may have been withdrawn.
Result<void> require_open(const CartOrder& order, TimePoint now) {
  if (order.state == CheckoutState::kOpen && now < order.expires) return ok();
  return fail(ErrorCode::kGone, "checkout is not open any more: " + order.link.checkout);
}

// Completes a partner's order, if its checkout is what was asked for.
Result<void> accept_opened(CartOrder& order, const PartnerCheckout& opened) {
  const auto link = read_pay_link(opened.link);
  if (!link) return fail(link.error(), "partner's link");
  // A tag leads the customer's terminal there: nowhere but to the partner's own gateway.
  if (link.value().gateway != order.link.gateway || link.value().checkout != opened.id)
    return fail(ErrorCode::kForbidden, "partner's link leads elsewhere");
  if (opened.total != order.total) return fail(ErrorCode::kAmountMismatch, "partner has another total");
  order.link.token = link.value().token;
  return ok();
}

// Does it to each, at the same time: a gateway that says nothing keeps nobody from asking the next.
template <typename Order, typename Work>
void at_once(const std::vector<Order*>& orders, const Work& work) {
  std::vector<std::future<void>> others;
  for (std::size_t place = 1; place < orders.size(); ++place)
    others.push_back(std::async(std::launch::async, [&work, order = orders[place]] { work(*order); }));
  if (!orders.empty()) work(*orders.front());
  for (auto& other : others) other.get();
}

}  // namespace

// Whatever fails once a checkout is open: it is in the cart by then, to be withdrawn.
Result<void> ShopRoutes::open_at(const Visit& visit, ShopCart& cart, const std::string& seller) {
  CartOrder order;
  order.seller = seller;
  order.lines = lines_of_seller(visit.cart, options_.catalogue, visit.language, seller);
  if (seller.empty()) {
    TRY(const auto own, open_checkout(visit));
    TRY(order.link, read_pay_link(checkouts_.link_to(own.id)));
    order.total = own.total;
    order.expires = own.expires;
    order.state = own.state;
    cart.orders.push_back(std::move(order));
    return ok();
  }
  const auto partner = options_.partners.find(seller);
  if (partner == options_.partners.end()) return fail(ErrorCode::kUnavailable, "no such partner: " + seller);
  CheckoutRequest request;
  request.lines = order.lines;
  request.currency = options_.catalogue.currency();
  request.origin = options_.public_url;
  request.reference = cart.id;
  request.request_key =
      "shop-" + tokens_.form_token(visit.session, "order " + field(visit.fields, "form") + " " + seller);
  TRY(order.total, total_of(order.lines, request.currency));
  TRY(const auto opened, partner->second.access->open(request));
  order.link = {partner->second.gateway, opened.id, ""};
  order.expires = opened.expires;
  order.state = opened.state;
  cart.orders.push_back(std::move(order));
  return accept_opened(cart.orders.back(), opened);
}

Result<ShopCart> ShopRoutes::open_checkouts(const Visit& visit, const std::vector<std::string>& sellers) {
  TRY(context_.identity.require_signer());
  const std::string form = field(visit.fields, "form");
  if (form.size() != kFormLength) return fail(ErrorCode::kForbidden, "form: without its number");
  if (sellers.front() != "") {  // else the shop's own checkout counts
    TRY(limit_.admit(visit.request.remote_address, context_.clock.now()));
  }
  ShopCart cart;
  cart.id = tokens_.form_token(visit.session, "cart " + form).substr(0, kFormLength);
  cart.created = context_.clock.now();
  if (auto known = carts_.find(visit.session, cart.id)) return known;  // the same page sent twice
  for (const auto& seller : sellers) {
    auto opened = open_at(visit, cart, seller);
    // Why a partner's gateway refuses the shop has nothing to do with the customer and her page.
    if (!opened && !seller.empty())
      opened = fail(Error{ErrorCode::kUnavailable, opened.error().detail}, error_name(opened.error().code));
    if (opened) opened = require_open(cart.orders.back(), cart.created);
    if (!opened) {
      // The same page sent twice at once: what is remembered is the customer's already.
      if (auto known = carts_.find(visit.session, cart.id)) return known;
      withdraw(cart);
      return fail(opened.error(), "seller " + seller);
    }
  }
  if (const auto remembered = carts_.remember(visit.session, cart); !remembered) {
    withdraw(cart);
    return fail(remembered.error());
  }
  return cart;
}

// Cancels what nobody has signed.
void ShopRoutes::withdraw(const ShopCart& cart) {
  std::vector<const CartOrder*> all;
  all.reserve(cart.orders.size());
  for (const auto& order : cart.orders) all.push_back(&order);
  at_once(all, [this](const CartOrder& order) {
    const auto partner = options_.partners.find(order.seller);
    Result<void> cancelled = ok();
    if (order.seller.empty()) {
      cancelled = checkouts_.cancel(order.link.checkout);
    } else if (partner != options_.partners.end()) {
      cancelled = partner->second.access->cancel(order.link.checkout);
    }
    if (!cancelled) log_error("shop_cancel", cancelled.error(), {{"seller", order.seller}});
  });
}

Result<void> ShopRoutes::ask_about(CartOrder& order) const {
  if (order.seller.empty()) {
    TRY(const auto own, checkouts_.view(order.link.checkout));
    order.state = own.checkout.state;
    const bool is_confirmed = order.state == CheckoutState::kConfirmed && own.answer;
    if (is_confirmed) order.confirmation = own.answer->answer.document;
    return ok();
  }
  const auto partner = options_.partners.find(order.seller);
  if (partner == options_.partners.end()) return fail(ErrorCode::kUnavailable, "no such partner");
  TRY(auto there, partner->second.access->view(order.link.checkout));
  order.state = there.state;
  if (order.state == CheckoutState::kConfirmed) order.confirmation = std::move(there.confirmation);
  return ok();
}

void ShopRoutes::renew(const std::string& cart, const std::vector<CartOrder*>& orders) {
  at_once(orders, [&](CartOrder& order) {
    CartOrder now = order;
    auto asked = ask_about(now);
    if (asked && now.state != order.state) asked = carts_.keep(cart, now);
    // What is not known, or not proven, is shown as it was.
    if (asked) order = std::move(now);
    if (!asked) log_error("shop_follow", asked.error(), {{"seller", order.seller}});
  });
}

Result<ShopCart> ShopRoutes::follow(const Visit& visit) {
  TRY(auto cart, carts_.find(visit.session, visit.request.parameter("id")));
  std::vector<CartOrder*> asked;
  for (auto& order : cart.orders) {
    if (is_decided(order.state)) continue;
    const bool was_asked =
        !order.seller.empty() && !asked_.admit(cart.id + " " + order.seller, context_.clock.now());
    if (!was_asked) asked.push_back(&order);
  }
  renew(cart.id, asked);
  cart.has_lost_terminal = std::ranges::any_of(cart.orders, [&](const CartOrder& order) {
    return order.seller.empty() && has_lost_terminal(order.link.checkout, order.state);
  });
  return cart;
}

http::Response ShopRoutes::show_joint(const Visit& visit) {
  const auto cart = follow(visit);
  if (!cart) return respond_missing(visit);
  std::vector<LinkedCheckout> links;
  for (const auto& order : cart.value().orders) links.push_back(order.link);
  const PaymentOffer offer{joint_tag(links, kProfiles), joint_pay_link(links, options_.public_url), false};
  const auto page = joint_page(frame_for(visit), options_.catalogue, cart.value(), offer);
  if (!page) return http::answer(fail(page.error()));
  return respond(visit, 200, page.value());
}

http::Response ShopRoutes::tell_joint_state(const Visit& visit) {
  const auto cart = follow(visit);
  if (!cart) return http::answer(fail(cart.error()));
  std::string states;
  for (const auto& order : cart.value().orders)
    states.append(states.empty() ? "" : " ").append(checkout_state_name(order.state));
  if (cart.value().has_lost_terminal) states += " lost";
  return http::json_answer(200, {{"state", states}, {"said", ""}});
}

Result<ShopRoutes::JointReceipt> ShopRoutes::find_receipt(const Visit& visit) {
  TRY(auto cart, follow(visit));
  const auto text = visit.request.parameter("place");
  std::size_t place = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), place);
  const bool is_number = failed == std::errc{} && end == text.data() + text.size();
  if (!is_number || place < 1 || place > cart.orders.size() || cart.orders[place - 1].confirmation.empty())
    return fail(ErrorCode::kNotFound, "no such receipt");
  return JointReceipt{std::move(cart), place - 1};
}

http::Response ShopRoutes::show_joint_receipt(const Visit& visit) {
  const auto found = find_receipt(visit);
  if (!found) return respond_missing(visit);
  const auto& [cart, place] = found.value();
  const auto confirmation = read_confirmation(cart.orders[place].confirmation);
  if (!confirmation) return http::answer(fail(confirmation.error()));
  return respond(visit, 200,
                 joint_receipt_page(frame_for(visit), options_.catalogue, cart, place, confirmation.value()));
}

http::Response ShopRoutes::send_joint_confirmation(const Visit& visit) {
  const auto found = find_receipt(visit);
  if (!found) return http::answer(fail(found.error()));
  auto response = http::der_response(200, found.value().cart.orders[found.value().place].confirmation,
                                     http::kCmsMediaType);
  response.headers["Content-Disposition"] = "attachment; filename=\"confirmation.p7m\"";
  return response;
}

http::Response ShopRoutes::cancel_joint(const Visit& visit) {
  auto cart = carts_.find(visit.session, visit.request.parameter("id"));
  if (!cart) return respond_missing(visit);
  // What was signed in the meantime stays: the page that follows shows so.
  withdraw(cart.value());
  std::vector<CartOrder*> open;
  for (auto& order : cart.value().orders) {
    if (!is_decided(order.state)) open.push_back(&order);
  }
  renew(cart.value().id, open);
  return go_on(visit, "/shop/carts/" + cart.value().id, visit.cart);
}

}  // namespace countersign::merchant
