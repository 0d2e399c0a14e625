// SPDX-License-Identifier: Apache-2.0
#include "mediator/purchase_notice.h"

#include <algorithm>

#include "documents/text_rules.h"
#include "http/target.h"
#include "http/url.h"

namespace countersign::mediator {
namespace {

constexpr std::size_t kMaxOrigin = 300;
constexpr std::size_t kMaxCheckout = 64;
constexpr std::size_t kMaxToken = 128;
constexpr std::size_t kMaxProfiles = 8;
constexpr std::size_t kMaxProfile = 16;
constexpr std::size_t kMaxLink = 8 << 10;
// Without a tag the gateway decides among those that the wallet accepts.
constexpr const char* kProfilesOfLinks[] = {"session", "plain", "direct"};

bool is_word(std::string_view text, std::size_t longest) {
  return text.size() <= longest && documents::is_token(text);
}

Result<void> check_origin(std::string_view text, std::string_view member) {
  if (text.size() > kMaxOrigin || !documents::is_https_origin(text)) {
    return fail(ErrorCode::kMalformed, std::string(member) + ": not an https origin");
  }
  return ok();
}

Result<void> check(const link::NamedCheckout& named) {
  TRY(check_origin(named.gateway, "gateway"));
  if (!is_word(named.checkout, kMaxCheckout)) return fail(ErrorCode::kMalformed, "checkout: form");
  if (!is_word(named.token, kMaxToken)) return fail(ErrorCode::kMalformed, "token: form");
  const bool are_profiles =
      std::all_of(named.profiles.begin(), named.profiles.end(), [](const auto& profile) {
        return std::all_of(profile.begin(), profile.end(), [](char c) { return c >= 'a' && c <= 'z'; });
      });
  if (named.profiles.empty() || !are_profiles) return fail(ErrorCode::kMalformed, "profiles: form");
  return ok();
}

Result<void> check(const PurchaseNotice& notice) {
  for (const auto& named : notice.checkouts) {
    TRY(check(named));
  }
  TRY(link::check_together(notice.checkouts));
  if (!notice.attested && notice.checkouts.size() == 1) return ok();
  return check_origin(notice.origin, "origin");
}

Result<link::NamedCheckout> read_purchase(documents::ObjectReader& purchase) {
  link::NamedCheckout named;
  TRY(named.gateway, purchase.text("gateway", kMaxOrigin));
  TRY(named.checkout, purchase.text("checkout", kMaxCheckout));
  TRY(named.token, purchase.text("token", kMaxToken));
  TRY(named.profiles, purchase.texts("profiles", kMaxProfiles, kMaxProfile));
  TRY(purchase.finish());
  return named;
}

// The checkout whose parameters end so; nothing where no parameter does.
Result<std::optional<link::NamedCheckout>> take_checkout(http::Fields& fields, const std::string& ending) {
  link::NamedCheckout named;
  if (!ending.empty() && !fields.contains("gateway" + ending)) return std::optional<link::NamedCheckout>();
  for (const auto& [name, member] :
       {std::pair{"gateway", &named.gateway}, std::pair{"checkout", &named.checkout},
        std::pair{"token", &named.token}}) {
    auto field = fields.extract(name + ending);
    if (!field) return fail(ErrorCode::kMalformed, "link: " + (name + ending) + " is missing");
    *member = std::move(field.mapped());
  }
  // The gateway of a link may end with a slash; the origin is what counts.
  if (const auto url = http::parse_url(named.gateway); url && url.value().path == "/") {
    named.gateway = url.value().origin();
  }
  named.profiles.assign(std::begin(kProfilesOfLinks), std::end(kProfilesOfLinks));
  return std::optional(std::move(named));
}

}  // namespace

Result<PurchaseNotice> read_notice(documents::ObjectReader& message) {
  PurchaseNotice notice;
  notice.attested = true;
  TRY(notice.origin, message.text("origin", kMaxOrigin));
  if (message.has("purchases")) {
    TRY(auto purchases, message.objects("purchases", link::kMostCheckouts));
    for (auto& purchase : purchases) {
      TRY(auto named, read_purchase(purchase));
      notice.checkouts.push_back(std::move(named));
    }
    if (notice.checkouts.size() < 2) return fail(ErrorCode::kMalformed, "purchases: one goes without a list");
  } else {
    TRY(auto purchase, message.object("purchase"));
    TRY(auto named, read_purchase(purchase));
    notice.checkouts.push_back(std::move(named));
  }
  TRY(check(notice));
  return notice;
}

Result<PurchaseNotice> parse_pay_link(std::string_view text) {
  constexpr std::string_view kScheme = "countersign:";
  constexpr std::string_view kPay = "countersign:pay?";
  if (text.size() > kMaxLink) return fail(ErrorCode::kMalformed, "link: too long");
  if (!text.starts_with(kScheme))
    return fail(ErrorCode::kMalformed, "link: does not begin with countersign:");
  if (!text.starts_with(kPay)) return fail(ErrorCode::kUnsupported, "link: not of the kind pay");
  auto fields = http::parse_form(text.substr(kPay.size()));
  if (!fields) return fail(fields.error(), "link");
  PurchaseNotice notice;
  for (std::size_t number = 1; number <= link::kMostCheckouts; ++number) {
    TRY(auto named, take_checkout(fields.value(), number == 1 ? "" : "." + std::to_string(number)));
    if (!named) break;
    notice.checkouts.push_back(std::move(*named));
  }
  if (notice.checkouts.size() > 1) {
    auto origin = fields.value().extract("origin");
    if (!origin) return fail(ErrorCode::kMalformed, "link: origin is missing");
    notice.origin = std::move(origin.mapped());
  }
  if (fields.value().contains("gateway." + std::to_string(link::kMostCheckouts + 1)))
    return fail(ErrorCode::kTooLarge, "link: too many checkouts");
  if (!fields.value().empty()) return fail(ErrorCode::kMalformed, "link: unknown parameter");
  TRY(check(notice));
  return notice;
}

}  // namespace countersign::mediator
