// SPDX-License-Identifier: Apache-2.0
#include "merchant/session_keeper.h"

#include "crypto/digest.h"
#include "crypto/random.h"
#include "merchant/sealed_payment.h"
#include "x509/cms.h"
#include "x509/cms_envelope.h"

namespace countersign::merchant {
namespace {

constexpr std::size_t kMostSessions = 4096;
constexpr std::size_t kSessionKey = 32;

Sha256Digest subject_of(const Dialogue& dialogue, BytesView order) {
  const auto statement = crypto::sha256(dialogue.statement);
  return crypto::sha256_of({statement, order});
}

}  // namespace

Result<SessionOffering> SessionKeeper::offer(const Checkout& checkout, const Dialogue& dialogue,
                                             BytesView order) {
  const auto subject = subject_of(dialogue, order);
  const TimePoint now = context_.clock.now();
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(sessions_, [now](const auto& entry) { return entry.second.expires <= now; });
    const auto known = sessions_.find(checkout.id);
    if (known != sessions_.end() && known->second.subject == subject) return known->second.offering;
    if (known == sessions_.end() && sessions_.size() >= kMostSessions)
      return fail(ErrorCode::kRateLimited, "session: too many at a time");
  }
  TRY(auto session, make(checkout, dialogue, order));
  const auto offering = session.offering;
  const std::lock_guard lock(mutex_);
  sessions_.insert_or_assign(checkout.id, std::move(session));
  return offering;
}

Result<SessionKeeper::Session> SessionKeeper::make(const Checkout& checkout, const Dialogue& dialogue,
                                                   BytesView order) const {
  const TimePoint now = context_.clock.now();
  TRY(const auto signer, context_.identity.signer_of(dialogue.merchant));
  TRY(const auto purchaser, x509::Certificate::from_der(dialogue.purchaser));
  TRY(const auto agreement, x509::Certificate::from_der(dialogue.agreement));
  Session session{crypto::random_uuid_v7(now),
                  crypto::random_secret(kSessionKey),
                  subject_of(dialogue, order),
                  {},
                  checkout.expires};
  documents::SessionOffer offer{
      session.id,        dialogue.wallet_nonce,   checkout.origin,         checkout.id,
      dialogue.merchant, purchaser.fingerprint(), agreement.fingerprint(), {},
      checkout.expires};
  TRY(const auto secrets,
      documents::write_session_secrets({offer.session, session.key.clone(), to_bytes(order)}));
  TRY(session.offering.envelope, x509::seal_to(agreement, secrets));
  offer.envelope = crypto::sha256(session.offering.envelope);
  TRY(const auto content, documents::write_session_offer(offer));
  TRY(session.offering.offer, x509::sign_cms(signer, content, {.signing_time = now}));
  return session;
}

Result<documents::PaymentData> SessionKeeper::open(std::string_view checkout, BytesView envelope,
                                                   BytesView tls_exporter, BytesView order) {
  if (tls_exporter.size() != documents::kPaymentExporterSize)
    return fail(ErrorCode::kForbidden, "payment: not within a TLS session");
  x509::SharedKey key;
  {
    const std::lock_guard lock(mutex_);
    const auto known = sessions_.find(checkout);
    if (known == sessions_.end() || known->second.expires <= context_.clock.now())
      return fail(ErrorCode::kExpired,
                  "session: its key is gone; start the payment again from the shop's page");
    key = {to_bytes(known->second.id), documents::derive_payment_key(known->second.key, tls_exporter)};
  }
  TRY(const auto content, x509::open_sealed_under(key, envelope));
  return payment_of(content, order);
}

void SessionKeeper::changed(std::string_view checkout, CheckoutState state) {
  if (state != CheckoutState::kOpen && state != CheckoutState::kTaken) forget(checkout);
}

void SessionKeeper::forget(std::string_view checkout) {
  const std::lock_guard lock(mutex_);
  const auto known = sessions_.find(checkout);
  if (known != sessions_.end()) sessions_.erase(known);
}

}  // namespace countersign::merchant
