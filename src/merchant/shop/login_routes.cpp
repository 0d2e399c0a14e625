// SPDX-License-Identifier: Apache-2.0
// Log-in with the terminal: an identification without fields, and a cookie of its own for who passed it.
#include <fmt/format.h>

#include "base/log.h"
#include "merchant/form.h"
#include "merchant/shop/page_parts.h"
#include "merchant/shop/shop_routes.h"

namespace countersign::merchant {
namespace {

constexpr std::string_view kLoginCookie = "__Host-countersign-login";
constexpr std::string_view kCookieAttributes = "; Path=/; Secure; HttpOnly; SameSite=Lax";

}  // namespace

std::string ShopRoutes::customer_of(const Visit& visit) {
  const std::string token = cookie(visit.request, kLoginCookie);
  if (token.empty()) return "";
  auto customer = logins_.customer(token);
  if (customer) return std::move(customer).value();
  log_error("shop_login", customer.error());
  return "";
}

Result<Checkout> ShopRoutes::open_login(const Visit& visit) {
  TRY(context_.identity.require_signer());
  TRY(limit_.admit(visit.request.remote_address, context_.clock.now()));
  CheckoutRequest request;
  request.purpose = documents::DialoguePurpose::kLogin;
  request.origin = options_.public_url;
  request.fields.emplace();  // the pseudonym is enough
  TRY(auto checkout, checkouts_.open(request));
  TRY(orders_.remember(visit.session, checkout.id));
  return checkout;
}

// The same page sent twice is two log-ins: a form that is sent again later must not log anybody in without
// the terminal. A log-in ends the one before it: no copy of its cookie outlives that.
http::Response ShopRoutes::begin_login(const Visit& visit) {
  const auto checkout = open_login(visit);
  if (!checkout) return respond_trouble(visit, checkout.error());
  if (const auto ended = logins_.end(cookie(visit.request, kLoginCookie)); !ended)
    return respond_trouble(visit, ended.error());
  const auto token = logins_.begin(checkout.value().id);
  if (!token) return respond_trouble(visit, token.error());
  auto response = http::text_response(303, "");
  response.headers["Location"] =
      fmt::format("/shop/orders/{}?lang={}", checkout.value().id, language_code(visit.language));
  response.headers["Set-Cookie"] = fmt::format("{}={}{}", kLoginCookie, token.value(), kCookieAttributes);
  return response;
}

http::Response ShopRoutes::end_login(const Visit& visit) {
  if (const auto ended = logins_.end(cookie(visit.request, kLoginCookie)); !ended)
    return respond_trouble(visit, ended.error());
  auto response = http::text_response(303, "");
  response.headers["Location"] = fmt::format("/shop?lang={}", language_code(visit.language));
  response.headers["Set-Cookie"] = fmt::format("{}={}; Max-Age=0", kLoginCookie, kCookieAttributes);
  return response;
}

}  // namespace countersign::merchant
