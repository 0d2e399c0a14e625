// SPDX-License-Identifier: Apache-2.0
#include "merchant/checkout_desk.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/random.h"
#include "merchant/certificate_status.h"
#include "merchant/link.h"
#include "merchant/order_composer.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

constexpr int kExpiryBatch = 100;
constexpr std::size_t kLargestLines = 120 << 10;  // an order has at most 128 KiB

// The state as it is at `now`: what is overdue counts as expired before anybody has written so.
CheckoutState state_at(const Checkout& checkout, TimePoint now) {
  const bool can_expire = checkout.state == CheckoutState::kOpen || checkout.state == CheckoutState::kTaken;
  return can_expire && checkout.expires <= now ? CheckoutState::kExpired : checkout.state;
}

Sha256Digest digest_of(const CheckoutRequest& request) {
  return crypto::sha256(as_bytes(request.currency + "\n" + request.origin + "\n" + request.reference + "\n" +
                                 write_lines(request.lines)));
}

// The order that this checkout's wallet got, if it is the one that asks; nothing if nobody took the checkout
// yet.
Result<std::optional<Bytes>> order_for(storage::Reader& reader, const Checkout& checkout, BytesView purchaser,
                                       TimePoint now) {
  switch (state_at(checkout, now)) {
    case CheckoutState::kCancelled:
      return fail(ErrorCode::kCancelled, "checkout was cancelled");
    case CheckoutState::kExpired:
      return fail(ErrorCode::kExpired, "checkout expired");
    default:
      break;
  }
  TRY(auto order, find_order_of(reader, checkout.id));
  if (!order) return std::nullopt;
  if (!equal(order->purchaser, purchaser))
    return fail(ErrorCode::kConflict, "checkout was taken by another wallet");
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
                    .expires = whole_seconds(now + profile_.checkout_lifetime)};
  if (std::ranges::find(profile_.origins, checkout.origin) == profile_.origins.end())
    return fail(ErrorCode::kWrongOrigin, "checkout.origin: not an origin of this merchant");
  TRY(checkout.total, total_of(request.lines, request.currency));
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
    return insert_checkout(transaction, checkout, request.request_key, digest);
  }));
  return checkout;
}

std::string CheckoutDesk::link_to(std::string_view checkout) const {
  return pay_link(profile_.public_url, checkout, tokens_.checkout_token(checkout));
}

Result<CheckoutView> CheckoutDesk::view(std::string_view id) {
  CheckoutView view;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(view.checkout, require_checkout(reader, id));
    TRY(const auto order, find_order_of(reader, id));
    if (!order) return ok();
    view.order_id = order->id;
    TRY(view.answer, find_answer(reader, order->id));
    return ok();
  }));
  view.checkout.state = state_at(view.checkout, context_.clock.now());
  return view;
}

Result<Bytes> CheckoutDesk::take(std::string_view id, BytesView purchaser_der) {
  TRY(const auto purchaser, x509::Certificate::from_der(purchaser_der));
  std::optional<Checkout> checkout;
  std::optional<Bytes> sent;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(checkout, require_checkout(reader, id));
    TRY(sent, order_for(reader, *checkout, purchaser.der(), context_.clock.now()));
    return ok();
  }));
  if (sent) return std::move(*sent);
  TRY(verify_purchaser(purchaser, context_.network, status_, context_.clock.now()));
  return bind(*checkout, purchaser);
}

Result<Bytes> CheckoutDesk::bind(const Checkout& seen, const x509::Certificate& purchaser) {
  const TimePoint now = context_.clock.now();
  TRY(auto signer, context_.identity.require_signer());
  TRY(auto composed, compose_order(seen, {signer.certificate, purchaser, context_.network.data_centre}, now));
  Bytes document = composed.document;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto checkout, require_checkout(transaction, seen.id));
    TRY(auto sent, order_for(transaction, checkout, purchaser.der(), now));
    if (sent) {  // the same wallet was faster on another connection
      document = std::move(*sent);
      return ok();
    }
    TRY(insert_order(transaction, {composed.id, checkout.id, document, purchaser.der(), composed.expires}));
    return finish(transaction, std::move(checkout), CheckoutState::kTaken);
  }));
  return document;
}

Result<void> CheckoutDesk::cancel(std::string_view id) {
  return context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
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
  });
}

Result<int> CheckoutDesk::expire_overdue() {
  int count = 0;
  TRY(context_.database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto ids, overdue_checkouts(transaction, context_.clock.now(), kExpiryBatch));
    for (const auto& id : ids) {
      TRY(auto checkout, require_checkout(transaction, id));
      TRY(finish(transaction, std::move(checkout), CheckoutState::kExpired));
      ++count;
    }
    return ok();
  }));
  return count;
}

Result<void> CheckoutDesk::finish(storage::Transaction& transaction, Checkout checkout, CheckoutState state) {
  checkout.state = state;
  TRY(set_checkout_state(transaction, checkout.id, state));
  TRY(const auto order, find_order_of(transaction, checkout.id));
  return enqueue_event(transaction, checkout, order ? order->id : "", context_.clock.now());
}

}  // namespace countersign::merchant
