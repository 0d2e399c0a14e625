// SPDX-License-Identifier: Apache-2.0
#include "merchant/checkout_desk.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "merchant/certificate_status.h"
#include "merchant/dialogue_store.h"
#include "merchant/link.h"
#include "merchant/order_composer.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

constexpr int kExpiryBatch = 100;
constexpr std::size_t kLargestLines = 120 << 10;  // an order has at most 128 KiB

// The state as it is at `now`: what is overdue counts as expired before anybody has written so.
CheckoutState state_at(const Checkout& checkout, TimePoint now) {
  const bool can_expire = is_unsigned(checkout.state);
  return can_expire && checkout.expires <= now ? CheckoutState::kExpired : checkout.state;
}

Sha256Digest digest_of(const CheckoutRequest& request) {
  return crypto::sha256(
      as_bytes(request.currency + "\n" + request.origin + "\n" + request.reference + "\n" +
               write_lines(request.lines) + "\n" + std::string(documents::purpose_name(request.purpose)) +
               "\n" + (request.fields ? write_fields(*request.fields) : "-") +
               (request.identification.empty() ? "" : "\n" + request.identification) +
               (request.profiles ? "\nprofiles " + write_profiles(*request.profiles) : "")));
}

using Profiles = std::vector<documents::OrderProfile>;

bool contains(const Profiles& profiles, documents::OrderProfile profile) {
  return std::ranges::find(profiles, profile) != profiles.end();
}

// What the merchant takes out of what a checkout names, strongest first. Where it names nothing and payments
// are checked, direct is not taken: nothing would be charged.
Profiles permitted(const Profiles& named, Profiles taken) {
  std::ranges::sort(taken, std::greater());
  if (!named.empty()) {
    std::erase_if(taken, [&](auto profile) { return !contains(named, profile); });
  } else if (taken.size() > 1) {
    std::erase(taken, documents::OrderProfile::kDirect);
  }
  return taken;
}

// How the order of a new checkout may be paid.
Result<Profiles> profiles_for(const CheckoutRequest& request, const Profiles& taken) {
  if (request.purpose != documents::DialoguePurpose::kPurchase) return Profiles();
  if (!request.profiles) return permitted({}, taken);
  if (request.profiles->empty()) return fail(ErrorCode::kMalformed, "checkout.profiles: empty");
  for (const auto profile : *request.profiles) {
    const std::string name(documents::profile_name(profile));
    if (std::ranges::count(*request.profiles, profile) > 1)
      return fail(ErrorCode::kMalformed, "checkout.profiles: \"" + name + "\" twice");
    if (!contains(taken, profile))
      return fail(ErrorCode::kUnsupported,
                  "checkout.profiles: \"" + name + "\" is not taken by this merchant (payment.profiles)");
  }
  return permitted(*request.profiles, taken);
}

// The sum of what is bought; nothing is for what is no purchase.
Result<Amount> price_of(const CheckoutRequest& request) {
  if (request.purpose == documents::DialoguePurpose::kPurchase)
    return total_of(request.lines, request.currency);
  if (!request.lines.empty()) return fail(ErrorCode::kMalformed, "identification: has lines");
  if (request.purpose == documents::DialoguePurpose::kAgeCheck &&
      (!request.fields || request.fields->empty()))
    return fail(ErrorCode::kMalformed, "identification.fields: an age check asks for something");
  return Amount{0, "XXX"};  // ISO 4217: no currency
}

// What a purchase rests on must have been passed, by whomever, and still say by whom.
Result<void> check_identification(storage::Reader& reader, const CheckoutRequest& request) {
  if (request.identification.empty()) return ok();
  if (request.purpose != documents::DialoguePurpose::kPurchase)
    return fail(ErrorCode::kMalformed, "identification: rests on no other");
  TRY(const auto identification, find_checkout(reader, request.identification));
  if (!identification || identification->purpose == documents::DialoguePurpose::kPurchase)
    return fail(ErrorCode::kNotFound, "checkout.identification: no such log-in or age check");
  if (identification->state != CheckoutState::kConfirmed)
    return fail(ErrorCode::kConflict, "checkout.identification: has not been passed");
  TRY(const auto holder, proven_holder(reader, identification->id));
  if (holder.empty())
    return fail(ErrorCode::kConflict, "checkout.identification: its proof was erased: identify anew");
  return ok();
}

// Whoever passed the identification that a purchase rests on is its purchaser, under whatever certificate.
Result<void> check_holder(storage::Reader& reader, const Checkout& checkout,
                          const x509::Certificate& purchaser) {
  if (checkout.identification.empty()) return ok();
  TRY(const auto holder, proven_holder(reader, checkout.identification));
  if (holder == purchaser.subject().text()) return ok();
  return fail(ErrorCode::kForbidden,
              "checkout: the log-in or age check that it rests on was passed by another person; who buys "
              "must pass it");
}

// Who asks for an order, and how it is to be paid.
struct Taker {
  const x509::Certificate& purchaser;
  const OrderTerms& terms;
};

// An order stays with the card company that it names, and with the key of it.
Result<void> check_company(const std::optional<documents::PartyReference>& named,
                           const std::optional<documents::PartyReference>& wanted) {
  if (named == wanted) return ok();
  if (!named || !wanted || named->subject != wanted->subject)
    return fail(ErrorCode::kConflict, "checkout was taken for payment through another card company");
  return fail(ErrorCode::kConflict, "the card company has another key by now; begin again at the shop");
}

// The order that this checkout's wallet got, if it is the one that asks; nothing if nobody took the checkout
// yet.
Result<std::optional<Bytes>> order_for(storage::Reader& reader, const Checkout& checkout, const Taker& taker,
                                       TimePoint now) {
  if (checkout.purpose != documents::DialoguePurpose::kPurchase)
    return fail(ErrorCode::kUnsupported, "nothing is bought here");
  switch (state_at(checkout, now)) {
    case CheckoutState::kCancelled:
      return fail(ErrorCode::kCancelled, "checkout was cancelled");
    case CheckoutState::kExpired:
      return fail(ErrorCode::kExpired, "checkout expired");
    default:
      break;
  }
  TRY(auto order, find_order_of(reader, checkout.id));
  if (!order) {
    TRY(check_holder(reader, checkout, taker.purchaser));
    return std::nullopt;
  }
  if (!equal(order->purchaser, taker.purchaser.der()))
    return fail(ErrorCode::kConflict, "checkout was taken by another wallet");
  TRY(const auto document, documents::parse_order(order->document));
  if (document.profile != taker.terms.profile)
    return fail(ErrorCode::kConflict, "checkout was taken in another profile");
  if (document.group != taker.terms.group)
    return fail(ErrorCode::kConflict, "checkout was taken together with others than now");
  TRY(check_company(document.card_company, taker.terms.card_company));
  return std::optional(std::move(order->document));
}

}  // namespace

CheckoutDesk::CheckoutDesk(GatewayContext context, const Tokens& tokens, StatusAccess& status,
                           ShopProfile profile)
    : context_(context), tokens_(tokens), status_(status), profile_(std::move(profile)) {}

Result<Checkout> CheckoutDesk::open(const CheckoutRequest& request) {
  const TimePoint now = context_.clock.now();
  Checkout checkout{.id = crypto::random_uuid_v7(now),
                    .reference = request.reference,
                    .origin = request.origin.empty() ? profile_.origins.front() : request.origin,
                    .lines = request.lines,
                    .total = {},
                    .created = whole_seconds(now),
                    .expires = whole_seconds(now + profile_.checkout_lifetime),
                    .purpose = request.purpose,
                    .fields = request.fields.value_or(profile_.fields),
                    .identification = request.identification,
                    .profiles = {}};
  if (std::ranges::find(profile_.origins, checkout.origin) == profile_.origins.end())
    return fail(ErrorCode::kWrongOrigin, "checkout.origin: not an origin of this merchant");
  TRY(checkout.total, price_of(request));
  TRY(checkout.profiles, profiles_for(request, profile_.profiles));
  if (write_lines(request.lines).size() > kLargestLines) return fail(ErrorCode::kTooLarge, "checkout.lines");
  const Sha256Digest digest = digest_of(request);
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    if (!request.request_key.empty()) {
      TRY(auto earlier, find_checkout_by_request(transaction, request.request_key));
      if (earlier && !equal(earlier->request_digest, digest))
        return fail(ErrorCode::kConflict, "Idempotency-Key was used for another request");
      if (earlier) {
        checkout = std::move(earlier->checkout);
        return ok();
      }
    }
    TRY(check_identification(transaction, request));
    return insert_checkout(transaction, checkout, request.request_key, digest);
  }));
  return checkout;
}

std::string CheckoutDesk::link_to(std::string_view checkout) const {
  return pay_link(profile_.public_url, checkout, tokens_.checkout_token(checkout));
}

std::string CheckoutDesk::tag_of(const Checkout& checkout) const {
  const std::string token = tokens_.checkout_token(checkout.id);
  const std::string profiles = write_profiles(profiles_of(checkout));
  return purchase_tag({profile_.public_url, checkout.id, token, profiles});
}

Result<CheckoutView> CheckoutDesk::view(std::string_view id) {
  CheckoutView view;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(view.checkout, require_checkout(reader, id));
    TRY(view.information, released_information(reader, id));
    if (view.checkout.purpose == documents::DialoguePurpose::kLogin) {
      TRY(view.holder, proven_holder(reader, id));
    }
    TRY(const auto attempts, attempts_of(reader, id));
    if (!attempts.empty()) view.payment = attempts.back();
    TRY(const auto order, find_order_of(reader, id));
    if (!order) return ok();
    view.order_id = order->id;
    TRY(view.answer, find_answer(reader, order->id));
    TRY(view.capture, find_capture(reader, order->id));
    TRY(view.refunds, refunds_of(reader, order->id));
    TRY(const auto document, documents::parse_order(order->document));
    if (document.card_company) view.company = document.card_company->subject.text();
    return ok();
  }));
  view.checkout.state = state_at(view.checkout, context_.clock.now());
  return view;
}

std::vector<documents::OrderProfile> CheckoutDesk::profiles_of(const Checkout& checkout) const {
  return permitted(checkout.profiles, profile_.profiles);
}

Result<void> CheckoutDesk::require_holder(const Checkout& checkout,
                                          const x509::Certificate& purchaser) const {
  return context_.database.read(
      [&](storage::Reader& reader) { return check_holder(reader, checkout, purchaser); });
}

Result<Bytes> CheckoutDesk::take(std::string_view id, BytesView purchaser_der, const OrderTerms& terms) {
  TRY(const auto purchaser, x509::Certificate::from_der(purchaser_der));
  std::optional<Checkout> checkout;
  std::optional<Bytes> sent;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(checkout, require_checkout(reader, id));
    TRY(sent, order_for(reader, *checkout, {purchaser, terms}, context_.clock.now()));
    return ok();
  }));
  if (is_unsigned(checkout->state) && !contains(profiles_of(*checkout), terms.profile))
    return fail(ErrorCode::kUnsupported, "checkout: its order is not taken in this profile");
  if (sent) return std::move(*sent);
  TRY(verify_purchaser(purchaser, context_.network, status_, context_.clock.now()));
  return bind(*checkout, purchaser, terms);
}

Result<Bytes> CheckoutDesk::bind(const Checkout& seen, const x509::Certificate& purchaser,
                                 const OrderTerms& terms) {
  const TimePoint now = context_.clock.now();
  TRY(auto signer, context_.identity.require_signer());
  TRY(auto composed,
      compose_order(seen, {signer.certificate, purchaser, context_.network.data_centre}, terms, now));
  Bytes document = composed.document;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto checkout, require_checkout(transaction, seen.id));
    TRY(auto sent, order_for(transaction, checkout, {purchaser, terms}, now));
    if (sent) {  // the same wallet was faster on another connection
      document = std::move(*sent);
      return ok();
    }
    TRY(insert_order(transaction, {composed.id, checkout.id, document, purchaser.der(), composed.expires}));
    return finish(transaction, std::move(checkout), CheckoutState::kTaken);
  }));
  announce(seen.id, CheckoutState::kTaken);
  return document;
}

Result<void> CheckoutDesk::cancel(std::string_view id) {
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto checkout, require_checkout(transaction, id));
    switch (state_at(checkout, context_.clock.now())) {
      case CheckoutState::kOpen:
      case CheckoutState::kTaken:
        return finish(transaction, std::move(checkout), CheckoutState::kCancelled);
      case CheckoutState::kCancelled:
      case CheckoutState::kExpired:
        return ok();
      default:
        return fail(ErrorCode::kConflict, "checkout is countersigned already");
    }
  }));
  announce(id, CheckoutState::kCancelled);
  return ok();
}

Result<int> CheckoutDesk::expire_overdue() {
  std::vector<std::string> ids;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(ids, overdue_checkouts(transaction, context_.clock.now(), kExpiryBatch));
    for (const auto& id : ids) {
      TRY(auto checkout, require_checkout(transaction, id));
      TRY(finish(transaction, std::move(checkout), CheckoutState::kExpired));
    }
    return ok();
  }));
  for (const auto& id : ids) announce(id, CheckoutState::kExpired);
  return static_cast<int>(ids.size());
}

void CheckoutDesk::announce(std::string_view checkout, CheckoutState state) const {
  if (context_.watch != nullptr) context_.watch->changed(checkout, state);
}

Result<void> CheckoutDesk::finish(storage::Transaction& transaction, Checkout checkout, CheckoutState state) {
  checkout.state = state;
  TRY(set_checkout_state(transaction, checkout.id, state));
  TRY(const auto order, find_order_of(transaction, checkout.id));
  return enqueue_event(transaction, checkout, order ? order->id : "", context_.clock.now());
}

}  // namespace countersign::merchant
