// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop/shop_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/log.h"
#include "crypto/random.h"
#include "http/json_answer.h"
#include "merchant/api_answers.h"
#include "merchant/form.h"
#include "merchant/shop/shop_words.h"

namespace countersign::merchant {
namespace {

// The prefix makes browsers refuse them from anywhere but this host over https (RFC 6265bis §4.1.3.2). Lax: a
// customer who comes by a link from elsewhere still has her cart; forms need their token all the same.
constexpr std::string_view kSessionCookie = "__Host-countersign-shop";
constexpr std::string_view kCartCookie = "__Host-countersign-cart";
constexpr std::string_view kCookieAttributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";
constexpr std::string_view kForms = "shop forms";
constexpr std::size_t kSessionLength = 22;  // 16 bytes in base64url
constexpr int kOrdersShown = 50;

int number_of(const http::Fields& fields, std::string_view name, int fallback) {
  const std::string text = field(fields, name);
  int number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc{} && end == text.data() + text.size() && number >= 0 ? number : fallback;
}

http::Response file_response(std::string_view content, std::string_view media_type,
                             std::string_view caching) {
  auto response = http::text_response(200, content);
  response.headers["Content-Type"] = media_type;
  response.headers["Cache-Control"] = caching;
  return response;
}

std::string order_path(std::string_view id) {
  return "/shop/orders/" + std::string(id);
}

}  // namespace

ShopRoutes::ShopRoutes(GatewayContext context, const Tokens& tokens, CheckoutDesk& checkouts,
                       ShopOptions options)
    : context_(context),
      tokens_(tokens),
      checkouts_(checkouts),
      options_(std::move(options)),
      orders_(context, checkouts),
      carts_(context),
      logins_(context, checkouts),
      limit_(options_.orders_per_hour, std::chrono::hours(1)) {}

void ShopRoutes::add_to(http::Router& router) {
  add_files(router);
  add_page(router, "/shop", &ShopRoutes::show_shelf);
  add_page(router, "/shop/items/{sku}", &ShopRoutes::show_item);
  add_page(router, "/shop/cart", &ShopRoutes::show_cart);
  add_page(router, "/shop/needs", &ShopRoutes::show_needs);
  add_page(router, "/shop/orders", &ShopRoutes::show_orders);
  add_page(router, "/shop/orders/{id}", &ShopRoutes::show_order);
  add_page(router, "/shop/orders/{id}/receipt", &ShopRoutes::show_receipt);
  add_page(router, "/shop/orders/{id}/state", &ShopRoutes::tell_state);
  add_page(router, "/shop/orders/{id}/{file}", &ShopRoutes::send_file);
  add_page(router, "/shop/carts/{id}", &ShopRoutes::show_joint);
  add_page(router, "/shop/carts/{id}/state", &ShopRoutes::tell_joint_state);
  add_page(router, "/shop/carts/{id}/receipts/{place}", &ShopRoutes::show_joint_receipt);
  add_page(router, "/shop/carts/{id}/receipts/{place}/confirmation.p7m",
           &ShopRoutes::send_joint_confirmation);
  add_form(router, "/shop/carts/{id}/cancel", &ShopRoutes::cancel_joint);
  add_form(router, "/shop/cart", &ShopRoutes::add_to_cart);
  add_form(router, "/shop/cart/update", &ShopRoutes::update_cart);
  add_form(router, "/shop/checkout", &ShopRoutes::check_out);
  add_form(router, "/shop/login", &ShopRoutes::begin_login);
  add_form(router, "/shop/logout", &ShopRoutes::end_login);
  add_form(router, "/shop/orders/{id}/cancel", &ShopRoutes::cancel_order);
  add_form(router, "/shop/orders/{id}/again", &ShopRoutes::order_again);
}

void ShopRoutes::add_page(http::Router& router, std::string_view pattern, Page page) {
  router.add_blocking("GET", pattern, [this, page](const http::Request& request) {
    return (this->*page)(visit_of(request));
  });
}

void ShopRoutes::add_form(http::Router& router, std::string_view pattern, Page act) {
  router.add_blocking("POST", pattern, [this, act](const http::Request& request) {
    Visit visit = visit_of(request);
    if (const auto accepted = accept_form(visit); !accepted)
      return respond_cart(visit, http::status_of(accepted.error().code),
                          shop_words_in(visit.language).form_stale);
    return (this->*act)(visit);
  });
}

void ShopRoutes::add_files(http::Router& router) {
  router.add_blocking("GET", "/shop/shop.css", [](const http::Request&) {
    return file_response(shop_stylesheet(), "text/css; charset=utf-8", "public, max-age=3600");
  });
  router.add_blocking("GET", "/shop/shop.js", [](const http::Request&) {
    return file_response(shop_script(), "text/javascript; charset=utf-8", "public, max-age=3600");
  });
  router.add_blocking("GET", "/shop/pictures/{name}", [this](const http::Request& request) {
    std::string_view name = request.parameter("name");
    constexpr std::string_view kSuffix = ".svg";
    const Bytes* picture = nullptr;
    if (name.ends_with(kSuffix))
      picture = options_.catalogue.picture(name.substr(0, name.size() - kSuffix.size()));
    if (picture == nullptr) return http::problem_response({ErrorCode::kNotFound, "no such picture"});
    auto response = file_response(as_text(*picture), "image/svg+xml", "public, max-age=3600");
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'";
    return response;
  });
}

ShopRoutes::Visit ShopRoutes::visit_of(const http::Request& request) const {
  Visit visit{request, cookie(request, kSessionCookie), false, {}, language_of(request), {}};
  if (visit.session.size() != kSessionLength) {
    visit.session = crypto::random_token(16);
    visit.is_new = true;
  }
  // The cart is signed for its browser: "<cart>~<token>".
  const std::string signed_cart = cookie(request, kCartCookie);
  const auto end = signed_cart.rfind('~');
  if (end != std::string::npos) {
    const std::string text = signed_cart.substr(0, end);
    if (tokens_.is_form_token(visit.session, "cart " + text, signed_cart.substr(end + 1)))
      visit.cart = Cart::of_text(text);
  }
  return visit;
}

Result<void> ShopRoutes::accept_form(Visit& visit) const {
  TRY(require_same_origin(visit.request));
  TRY(visit.fields, read_form(visit.request));
  if (visit.is_new || !tokens_.is_form_token(visit.session, kForms, field(visit.fields, "token")))
    return fail(ErrorCode::kForbidden, "form: not of this browser");
  return ok();
}

ShopFrame ShopRoutes::frame_for(const Visit& visit, std::string_view trouble) {
  const auto signer = context_.identity.signer();
  ShopFrame frame;
  frame.language = visit.language;
  frame.merchant = signer ? signer->certificate.subject().value_of("CN") : "Countersign";
  frame.path = visit.request.method == "POST" ? "/shop/cart" : visit.request.path;
  frame.pieces = visit.cart.pieces();
  frame.token = tokens_.form_token(visit.session, kForms);
  frame.form = crypto::random_token(16);
  frame.customer = customer_of(visit);
  frame.trouble = trouble;
  return frame;
}

http::Response ShopRoutes::respond(const Visit& visit, int status, std::string_view html) const {
  auto response = shop_response(status, html);
  if (visit.is_new)
    response.headers["Set-Cookie"] = fmt::format("{}={}{}", kSessionCookie, visit.session, kCookieAttributes);
  return response;
}

http::Response ShopRoutes::respond_cart(const Visit& visit, int status, std::string_view trouble) {
  return respond(visit, status, cart_page(frame_for(visit, trouble), options_.catalogue, visit.cart));
}

http::Response ShopRoutes::respond_missing(const Visit& visit) {
  return respond(visit, 404, missing_page(frame_for(visit)));
}

http::Response ShopRoutes::go_on(const Visit& visit, std::string_view path, const Cart& cart) const {
  auto response = http::text_response(303, "");
  response.headers["Location"] = fmt::format("{}?lang={}", path, language_code(visit.language));
  const std::string text = cart.text();
  response.headers["Set-Cookie"] = fmt::format(
      "{}={}~{}{}", kCartCookie, text, tokens_.form_token(visit.session, "cart " + text), kCookieAttributes);
  return response;
}

http::Response ShopRoutes::show_shelf(const Visit& visit) {
  Shelf shelf{
      std::string(visit.request.query_value("q")), std::string(visit.request.query_value("category")), {}};
  shelf.found = options_.catalogue.search(shelf.words, shelf.category);
  return respond(visit, 200, shelf_page(frame_for(visit), options_.catalogue, shelf));
}

http::Response ShopRoutes::show_item(const Visit& visit) {
  const Item* item = options_.catalogue.find(visit.request.parameter("sku"));
  if (item == nullptr) return respond_missing(visit);
  return respond(visit, 200, item_page(frame_for(visit), options_.catalogue, *item));
}

http::Response ShopRoutes::show_cart(const Visit& visit) {
  return respond_cart(visit, 200, {});
}

http::Response ShopRoutes::show_needs(const Visit& visit) {
  return respond(visit, 200, needs_page(frame_for(visit)));
}

http::Response ShopRoutes::show_orders(const Visit& visit) {
  const auto orders = orders_.newest(visit.session, kOrdersShown);
  if (!orders) return http::answer(fail(orders.error()));
  const auto carts = carts_.newest(visit.session, kOrdersShown);
  if (!carts) return http::answer(fail(carts.error()));
  return respond(visit, 200, orders_page(frame_for(visit), orders.value(), carts.value()));
}

// While the terminal may still be waited for: what it signed may also be on its way to the end.
bool ShopRoutes::has_lost_terminal(std::string_view checkout, CheckoutState state) const {
  return is_unsigned(state) && context_.terminals != nullptr &&
         context_.terminals->link_of(checkout) == TerminalLink::kLost;
}

Result<ShopOrder> ShopRoutes::find_order(const Visit& visit) {
  TRY(auto order, orders_.find(visit.session, visit.request.parameter("id")));
  order.has_lost_terminal = has_lost_terminal(order.checkout.id, order.checkout.state);
  return order;
}

http::Response ShopRoutes::show_order(const Visit& visit) {
  const auto order = find_order(visit);
  if (!order) return respond_missing(visit);
  const std::string& id = order.value().checkout.id;
  // What is to be approved together is not offered by itself.
  if (is_unsigned(order.value().checkout.state)) {
    const auto cart = carts_.cart_of(id);
    if (!cart) return http::answer(fail(cart.error()));
    if (!cart.value().empty()) return go_on(visit, "/shop/carts/" + cart.value(), visit.cart);
  }
  // A terminal without a PC takes an order as it is, and pays nothing here.
  const auto& checkout = order.value().checkout;
  const auto profiles = checkouts_.profiles_of(checkout);
  const bool is_direct = std::ranges::find(profiles, documents::OrderProfile::kDirect) != profiles.end();
  const bool is_purchase = checkout.purpose == documents::DialoguePurpose::kPurchase;
  const PaymentOffer offer{checkouts_.tag_of(checkout), is_purchase ? checkouts_.link_to(id) : "",
                           is_direct && is_purchase};
  const auto page = order_page(frame_for(visit), order.value(), offer);
  if (!page) return http::answer(fail(page.error()));
  return respond(visit, 200, page.value());
}

http::Response ShopRoutes::show_receipt(const Visit& visit) {
  const auto order = orders_.find(visit.session, visit.request.parameter("id"));
  if (!order || !order.value().confirmation) return respond_missing(visit);
  return respond(visit, 200, receipt_page(frame_for(visit), order.value()));
}

http::Response ShopRoutes::tell_state(const Visit& visit) {
  const auto order = find_order(visit);
  if (!order) return http::answer(fail(order.error()));
  const auto told = told_state_of(order.value(), shop_words_in(visit.language));
  return http::json_answer(200, {{"state", std::string(told.name)}, {"said", std::string(told.said)}});
}

http::Response ShopRoutes::send_file(const Visit& visit) {
  const auto order = orders_.find(visit.session, visit.request.parameter("id"));
  if (!order) return http::answer(fail(order.error()));
  const ShopOrder& shown = order.value();
  const std::string name(visit.request.parameter("file"));
  const bool is_confirmed = shown.confirmation.has_value();
  Bytes content;
  if (name == "order.json" && !shown.countersigned_order.empty()) content = shown.order;
  if (name == "signed-order.p7m") content = shown.signed_order;
  if (name == "countersigned-order.p7m") content = shown.countersigned_order;
  if (name == "confirmation.p7m" && is_confirmed) content = shown.answer->answer.document;
  if (content.empty()) return http::problem_response({ErrorCode::kNotFound, "no such document"});
  auto response =
      http::der_response(200, content, name == "order.json" ? http::kJsonMediaType : http::kCmsMediaType);
  response.headers["Content-Disposition"] = fmt::format("attachment; filename=\"{}\"", name);
  return response;
}

http::Response ShopRoutes::add_to_cart(const Visit& visit) {
  const Item* item = options_.catalogue.find(field(visit.fields, "sku"));
  if (item == nullptr) return respond_missing(visit);
  Cart cart = visit.cart;
  cart.add(item->sku, number_of(visit.fields, "quantity", 1));
  return go_on(visit, "/shop/cart", cart);
}

http::Response ShopRoutes::update_cart(const Visit& visit) {
  Cart cart;
  for (const auto& [sku, quantity] : visit.cart.entries())
    cart.set(sku, number_of(visit.fields, "quantity-" + sku, quantity));
  return go_on(visit, "/shop/cart", cart);
}

Result<Checkout> ShopRoutes::open_checkout(const Visit& visit) {
  TRY(context_.identity.require_signer());
  TRY(limit_.admit(visit.request.remote_address, context_.clock.now()));
  CheckoutRequest request;
  request.origin = options_.public_url;
  const int age = age_for(visit.cart, options_.catalogue);
  if (age > 0) {
    TRY(request.identification, orders_.age_check(visit.session, age));
  }
  if (age > 0 && request.identification.empty()) {
    request.purpose = documents::DialoguePurpose::kAgeCheck;
    request.fields = {{documents::PersonalField::kOverAge, age}};
  } else {
    request.lines = lines_of_seller(visit.cart, options_.catalogue, visit.language, "");
    request.currency = options_.catalogue.currency();
  }
  // The same page sent twice is one order.
  const std::string form = field(visit.fields, "form");
  if (form.size() != kSessionLength) return fail(ErrorCode::kForbidden, "form: without its number");
  request.request_key = "shop:" + tokens_.form_token(visit.session, "order " + form);
  TRY(auto checkout, checkouts_.open(request));
  TRY(orders_.remember(visit.session, checkout.id));
  return checkout;
}

http::Response ShopRoutes::check_out(const Visit& visit) {
  if (visit.cart.entries().empty()) return respond_cart(visit, 422, {});
  const auto sellers = sellers_of(visit.cart, options_.catalogue);
  const bool is_own = std::ranges::all_of(sellers, [](const auto& seller) { return seller.empty(); });
  const auto age = age_for(visit.cart, options_.catalogue);
  const auto passed = age > 0 ? orders_.age_check(visit.session, age) : Result<std::string>("");
  if (!passed) return respond_trouble(visit, passed.error());
  const bool needs_check = age > 0 && passed.value().empty();
  if (!is_own && !needs_check) {
    const auto cart = open_checkouts(visit, sellers);
    if (!cart) return respond_trouble(visit, cart.error());
    return go_on(visit, "/shop/carts/" + cart.value().id, Cart{});
  }
  const auto checkout = open_checkout(visit);
  if (!checkout) return respond_trouble(visit, checkout.error());
  // The cart waits for the age check and becomes the order.
  const bool is_order = checkout.value().purpose == documents::DialoguePurpose::kPurchase;
  if (is_order && checkout.value().state == CheckoutState::kCancelled)  // the page was sent before
    return respond_trouble(visit, {ErrorCode::kGone, "checkout was cancelled"});
  return go_on(visit, order_path(checkout.value().id), is_order ? Cart{} : visit.cart);
}

http::Response ShopRoutes::respond_trouble(const Visit& visit, const Error& error) {
  const ShopWords& words = shop_words_in(visit.language);
  const auto code = error.code;
  log_error("shop_checkout", error);
  auto trouble = words.failed;
  if (code == ErrorCode::kUnavailable && !context_.identity.signer()) trouble = words.not_ready;
  if (code == ErrorCode::kRateLimited) trouble = words.rate_limited;
  if (code == ErrorCode::kGone) trouble = words.start_again;
  if (code == ErrorCode::kForbidden || code == ErrorCode::kConflict) trouble = words.form_stale;
  return respond_cart(visit, http::status_of(code), trouble);
}

http::Response ShopRoutes::cancel_order(const Visit& visit) {
  const auto order = orders_.find(visit.session, visit.request.parameter("id"));
  if (!order) return respond_missing(visit);
  // Signed in the meantime: the page that follows shows so.
  if (const auto cancelled = checkouts_.cancel(order.value().checkout.id);
      !cancelled && cancelled.error().code != ErrorCode::kConflict)
    return http::answer(fail(cancelled.error()));
  return go_on(visit, order_path(order.value().checkout.id), visit.cart);
}

http::Response ShopRoutes::order_again(const Visit& visit) {
  const auto order = orders_.find(visit.session, visit.request.parameter("id"));
  if (!order) return respond_missing(visit);
  Cart cart = visit.cart;
  for (const auto& line : order.value().checkout.lines) {
    if (options_.catalogue.find(line.sku) != nullptr) cart.add(line.sku, static_cast<int>(line.quantity));
  }
  return go_on(visit, "/shop/cart", cart);
}

}  // namespace countersign::merchant
