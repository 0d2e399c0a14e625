// SPDX-License-Identifier: Apache-2.0
#include "enterprise/buyer.h"

#include <algorithm>

#include "base/log.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "documents/request.h"
#include "wallet/order_check.h"

namespace countersign::enterprise {
namespace {

constexpr int kBatch = 500;
// An authority confirms nothing after the order's time; this much later one that has no confirmation of it
// will give none.
constexpr std::chrono::minutes kAfterItsTime{10};

// Where the authority of a data centre answers: as configured for the own one, else as the network map says.
struct AuthorityPlace {
  std::string url;
  x509::Name data_centre;
};
Result<AuthorityPlace> place_of(const merchant::NetworkView& network, const x509::Name& data_centre) {
  if (data_centre == network.data_centre) return AuthorityPlace{network.service_url, data_centre};
  TRY(auto mapped, network.trust->data_centre_named(data_centre));
  return AuthorityPlace{std::move(mapped.service_url), std::move(mapped.name)};
}

}  // namespace

Buyer::Lane::Lane(Buyer& buyer, std::string gateway) : buyer_(buyer), gateway_(std::move(gateway)) {
  const std::lock_guard lock(buyer_.mutex_);
  is_free_ = buyer_.taken_.insert(gateway_).second;
}

Buyer::Lane::~Lane() {
  if (!is_free_) return;
  const std::lock_guard lock(buyer_.mutex_);
  buyer_.taken_.erase(gateway_);
}

Result<void> Buyer::work() {
  TRY(const auto due, parts_.book.due(kBatch));
  std::set<std::string> silent;
  for (const auto& [id, gateway] : due) {
    const Lane lane(*this, gateway);
    if (!lane.is_free() || silent.contains(gateway)) continue;
    const auto attempted = attempt(id);
    if (!attempted) {
      log_error("purchase_order", attempted.error(), {{"purchase_order", id}});
    } else if (attempted.value() == Progress::kPeerIsSilent) {
      silent.insert(gateway);
    }
  }
  return ok();
}

Result<void> Buyer::advance(const std::string& id) {
  TRY(attempt(id));
  return ok();
}

Result<Buyer::Progress> Buyer::attempt(const std::string& id) {
  // Another certificate may have been obtained beside this program since.
  TRY(parts_.identity.reload_if_changed());
  TRY(const auto view, parts_.book.find(id));
  const PurchaseOrder& order = view.order;
  if (is_open(order.state) && parts_.clock.now() >= order.valid_until) {
    TRY(parts_.book.expire(id));
    return Progress::kMade;
  }
  Stage stage = Stage::kOwnCertificate;
  const auto done = step(order, stage);
  if (done) return Progress::kMade;
  TRY(note_failure(order, done.error(), stage));
  return done.error().code == ErrorCode::kUnavailable ? Progress::kPeerIsSilent : Progress::kNone;
}

Result<void> Buyer::step(const PurchaseOrder& order, Stage& stage) {
  switch (order.state) {
    case PurchaseState::kRequested:
      return show(order, stage);
    case PurchaseState::kApproved:
      return sign(order, stage);
    case PurchaseState::kSigned:
      return settle(order);
    case PurchaseState::kConfirmed:
      return order.fetched_itself ? ok() : fetch_confirmation(order);
    case PurchaseState::kRejected:
    case PurchaseState::kWithdrawn:
      return order.order.empty() || order.cancelled_at_seller ? ok() : cancel(order);
    case PurchaseState::kAwaitingApproval:
    case PurchaseState::kRefused:
    case PurchaseState::kExpired:
    case PurchaseState::kFailed:
      break;
  }
  return ok();
}

bool Buyer::is_for_good(Stage stage, ErrorCode code) {
  switch (stage) {
    case Stage::kOwnCertificate:
      return code == ErrorCode::kCertificateRevoked;
    case Stage::kConnection:
      return false;
    case Stage::kOrder:
      break;
  }
  return !is_temporary(code);
}

// What was signed is asked about until it is decided. Before that, what would fail again is the end.
Result<void> Buyer::note_failure(const PurchaseOrder& order, const Error& error, Stage stage) {
  log_error("purchase_order", error, {{"purchase_order", order.id}, {"state", state_name(order.state)}});
  if (!is_open(order.state) || !is_for_good(stage, error.code)) return parts_.book.postpone(order.id, error);
  return parts_.book.give_up(order.id, error);
}

Result<std::unique_ptr<wallet::GatewayAccess>> Buyer::connect(const PurchaseOrder& order) const {
  return parts_.network.trust->note(
      parts_.sellers.gateway(order.request.gateway, parts_.network.anchor(), {}));
}

Result<Offer> Buyer::fetch(const PurchaseOrder& order, const x509::Certificate& purchaser,
                           Stage& stage) const {
  const auto& asked = order.request;
  stage = Stage::kConnection;
  TRY(const auto gateway, connect(order));
  stage = Stage::kOrder;
  const auto anchor = parts_.network.anchor();
  const x509::Certificate& merchant = gateway->merchant();
  if (merchant.subject().text() != asked.merchant)
    return fail(ErrorCode::kForbidden,
                "seller: the gateway is that of " + merchant.subject().text() + ", not of who was asked for");
  const auto bytes = gateway->fetch_order(asked.checkout, asked.token, purchaser);
  if (!bytes) {
    // Where nothing else goes over this connection either, it was not the seller who said no.
    if (!gateway->reach()) stage = Stage::kConnection;
    return fail(bytes.error());
  }
  TRY(auto checked,
      wallet::check_order(bytes.value(), {merchant, purchaser, *anchor, asked.checkout, parts_.clock.now()}));
  TRY(check_terms(checked.order, asked));
  return Offer{std::move(checked.order), std::move(checked.bytes), merchant.der()};
}

Result<void> Buyer::show(const PurchaseOrder& order, Stage& stage) {
  TRY(const auto signer, parts_.identity.require_signer());
  TRY(parts_.require_good(signer.certificate));
  TRY(const auto offer, fetch(order, signer.certificate, stage));
  return parts_.book.keep_offer(order.id, offer);
}

// The key of the very certificate that the order names: the present one, or the one before it. The seller is
// asked once more before anything is signed: its certificate must be good now, and its order
// still be the one that was approved. Another one goes back to the beginning.
Result<void> Buyer::sign(const PurchaseOrder& approved, Stage& stage) {
  TRY(const auto order, documents::parse_order(approved.order));
  TRY(const auto signer, parts_.identity.signer_of(order.purchaser.certificate));
  TRY(parts_.require_good(signer.certificate));
  TRY(const auto offer, fetch(approved, signer.certificate, stage));
  TRY(parts_.book.keep_offer(approved.id, offer));
  TRY(const auto view, parts_.book.find(approved.id));
  if (view.order.state != PurchaseState::kApproved || !equal(view.order.order, approved.order)) return ok();
  TRY(const auto signed_order,
      x509::sign_cms(signer, view.order.order, {x509::ContentType::kData, parts_.clock.now()}));
  TRY(parts_.book.keep_signed(approved.id, crypto::sha256(view.order.order), signed_order));
  TRY(const auto signed_view, parts_.book.find(approved.id));
  const auto settled = settle(signed_view.order);
  return settled ? settled : note_failure(signed_view.order, settled.error(), stage);
}

// So that the seller's checkout does not stay taken. One that cannot be told lets it lapse.
Result<void> Buyer::cancel(const PurchaseOrder& order) {
  const auto& asked = order.request;
  const auto gateway = connect(order);
  const auto told =
      gateway ? gateway.value()->cancel(asked.checkout, asked.token) : Result<void>(fail(gateway.error()));
  const bool may_pass = !told && (!gateway || is_temporary(told.error().code));
  if (may_pass && parts_.clock.now() < order.valid_until) return fail(told.error());
  return parts_.book.keep_cancelled(order.id, told ? "" : error_name(told.error().code));
}

Result<Bytes> Buyer::submit(const PurchaseOrder& order) const {
  const auto& asked = order.request;
  TRY(const auto gateway, connect(order));
  if (gateway->merchant().subject().text() != asked.merchant)
    return fail(ErrorCode::kForbidden, "seller: the gateway is that of another");
  TRY(auto decision, gateway->submit(asked.checkout, asked.token, order.signed_order));
  return std::move(decision.document);
}

Result<Bytes> Buyer::ask_authority(const PurchaseOrder& asked) const {
  TRY(const auto order, documents::parse_order(asked.order));
  TRY(const auto signer, parts_.identity.require_signer());
  TRY(const auto place, place_of(parts_.network, order.authority));
  documents::HolderRequest request{.action = documents::HolderAction::kFindConfirmation,
                                   .audience = place.data_centre,
                                   .holder = documents::reference_to(signer.certificate),
                                   .time = parts_.clock.now(),
                                   .nonce = {},
                                   .order_id = order.id,
                                   .order_digest = crypto::sha256(asked.order),
                                   .email = {},
                                   .signing_request = {},
                                   .agreement_request = {}};
  std::ranges::copy(crypto::random_bytes(request.nonce.size()), request.nonce.begin());
  TRY(const auto content, documents::write_holder_request(request));
  TRY(const auto message, x509::sign_cms(signer, content, {x509::ContentType::kData, request.time}));
  const auto& trust = *parts_.network.trust;
  TRY(const auto authority,
      trust.note(parts_.authorities.authority(place.url, place.data_centre, parts_.network.anchor())));
  return trust.note(authority->ask(message));
}

// By the certificate that the order was signed with, which may have been renewed since.
Result<wallet::Outcome> Buyer::verify(const PurchaseOrder& asked, BytesView document) const {
  TRY(const auto signed_order, x509::UnverifiedCms::parse(asked.signed_order));
  TRY(const auto purchaser, x509::Certificate::from_der(signed_order.signer_certificate_der()));
  const auto& trust = *parts_.network.trust;
  return trust.note(wallet::verify_outcome(document, asked.order, purchaser, trust));
}

Result<void> Buyer::fetch_confirmation(const PurchaseOrder& order) {
  TRY(const auto document, ask_authority(order));
  TRY(const auto outcome, verify(order, document));
  if (!outcome.confirmation)
    return fail(ErrorCode::kUnsupported, "the authority's answer is no confirmation");
  return parts_.book.keep_confirmation(order.id, document, AnswerSource::kAuthority);
}

// A refusal is bound to the order's id alone: a seller can obtain one, even a final one, and have the order
// confirmed after it. So it ends the order only once no confirmation can come any more.
Result<void> Buyer::settle(const PurchaseOrder& order) {
  const auto from_seller = submit(order);
  const auto outcome =
      from_seller ? verify(order, from_seller.value()) : Result<wallet::Outcome>(fail(from_seller.error()));
  if (outcome && outcome.value().confirmation) {
    TRY(parts_.book.keep_confirmation(order.id, from_seller.value(), AnswerSource::kSeller));
  }
  auto own = fetch_confirmation(order);
  if (own) return own;
  if (outcome && outcome.value().confirmation) return parts_.book.postpone(order.id, own.error());
  if (own.error().code != ErrorCode::kNotFound) return fail(own.error());
  TRY(const auto document, documents::parse_order(order.order));
  const bool is_over = parts_.clock.now() > document.expires + kAfterItsTime;
  if (is_over && outcome && outcome.value().refusal->final)
    return parts_.book.keep_refusal(order.id, from_seller.value(),
                                    outcome.value().refusal->reasons.front().code);
  if (is_over) return parts_.book.expire(order.id);
  if (!outcome) return fail(outcome.error());
  const auto& refusal = *outcome.value().refusal;
  const auto& reason = refusal.reasons.front();
  return fail(reason.code, (refusal.final ? "refused: " : "refused for now: ") + reason.detail);
}

}  // namespace countersign::enterprise
