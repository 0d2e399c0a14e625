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
constexpr std::size_t kMaxLink = 2048;
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

Result<void> check(const PurchaseNotice& notice) {
  TRY(check_origin(notice.gateway, "gateway"));
  if (!is_word(notice.checkout, kMaxCheckout)) return fail(ErrorCode::kMalformed, "checkout: form");
  if (!is_word(notice.token, kMaxToken)) return fail(ErrorCode::kMalformed, "token: form");
  const bool are_profiles =
      std::all_of(notice.profiles.begin(), notice.profiles.end(), [](const auto& profile) {
        return std::all_of(profile.begin(), profile.end(), [](char c) { return c >= 'a' && c <= 'z'; });
      });
  if (notice.profiles.empty() || !are_profiles) return fail(ErrorCode::kMalformed, "profiles: form");
  if (!notice.is_attested()) return ok();
  return check_origin(notice.origin, "origin");
}

}  // namespace

Result<PurchaseNotice> read_notice(documents::ObjectReader& message) {
  PurchaseNotice notice;
  TRY(notice.origin, message.text("origin", kMaxOrigin));
  TRY(auto purchase, message.object("purchase"));
  TRY(notice.gateway, purchase.text("gateway", kMaxOrigin));
  TRY(notice.checkout, purchase.text("checkout", kMaxCheckout));
  TRY(notice.token, purchase.text("token", kMaxToken));
  TRY(notice.profiles, purchase.texts("profiles", kMaxProfiles, kMaxProfile));
  TRY(purchase.finish());
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
  for (const auto& [name, member] :
       {std::pair{"gateway", &notice.gateway}, std::pair{"checkout", &notice.checkout},
        std::pair{"token", &notice.token}}) {
    auto field = fields.value().extract(name);
    if (!field) return fail(ErrorCode::kMalformed, std::string("link: ") + name + " is missing");
    *member = std::move(field.mapped());
  }
  if (!fields.value().empty()) return fail(ErrorCode::kMalformed, "link: unknown parameter");
  // The gateway of a link may end with a slash; the origin is what counts.
  if (const auto url = http::parse_url(notice.gateway); url && url.value().path == "/") {
    notice.gateway = url.value().origin();
  }
  notice.profiles.assign(std::begin(kProfilesOfLinks), std::end(kProfilesOfLinks));
  TRY(check(notice));
  return notice;
}

}  // namespace countersign::mediator
