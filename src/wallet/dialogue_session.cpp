// SPDX-License-Identifier: Apache-2.0
// A dialogue in profile session (F6): the order comes sealed and signed, the payment goes back under its key.
#include "wallet/dialogue.h"
#include "wallet/session_offer.h"
#include "x509/cms_envelope.h"

namespace countersign::wallet {

// The merchant's signature first, then the card's key: an encrypted key alone can be replaced by whoever sits
// between.
Result<Dialogue::Next> Dialogue::take_session_offer(documents::SessionOfferMessage message) {
  const bool belongs_here = next_ == Next::kInformation && !order_ &&
                            request_->profile == documents::OrderProfile::kSession &&
                            request_->purpose == documents::DialoguePurpose::kPurchase;
  if (!belongs_here) return fail(ErrorCode::kUnsupported, "session-offer: does not belong here");
  TRY(const auto offer,
      verify_session_offer(
          message, {gateway_->merchant(), identity_.signing, identity_.agreement, *identity_.anchor, nonce_,
                    start_.checkout, start_.origin, parties_.clock.now()}));
  TRY(auto secrets, open_session(offer, message.envelope));
  TRY(take_order(secrets.order));
  if (order_->order.origin != offer.origin)
    return fail(ErrorCode::kWrongOrigin, "session: the order is of another origin than the offer");
  session_ = offer.session;
  session_key_ = std::move(secrets.session_key);
  request_->asks_information = false;
  request_->fields.clear();
  request_->methods = std::move(message.methods);
  return next_ = Next::kReview;
}

Result<documents::SessionSecrets> Dialogue::open_session(const documents::SessionOffer& offer,
                                                         BytesView envelope) {
  TRY(auto key, parties_.card.private_key(identity_.enrolment.agreement_key));
  TRY(const auto opened,
      x509::open_sealed_to(identity_.agreement, x509::agreement_by(std::move(key)), envelope));
  TRY(auto secrets, documents::parse_session_secrets(opened));
  if (secrets.session != offer.session)
    return fail(ErrorCode::kForbidden, "session: the envelope is of another session");
  return secrets;
}

// The payment is good on one connection alone, and so it is sealed last: after the card has signed, for the
// connection that stands then, and again for the next one where that has ended. The first may have arrived
// all the same; the gateway answers both alike.
Result<Dialogue::Next> Dialogue::pay_in_session(documents::PaymentData data, const Commit& commit) {
  TRY(const auto content, instruction(std::move(data)));
  TRY(gateway_->reach());
  TRY(commit());
  TRY(const auto signed_order, sign());
  bool has_left = false;
  auto answer = gateway_->converse_over(
      start_.checkout, start_.token, [&](BytesView exporter) -> Result<documents::WalletMessage> {
        const x509::SharedKey key{to_bytes(session_), documents::derive_payment_key(session_key_, exporter)};
        TRY(auto envelope, x509::seal_under(key, content));
        has_left = true;
        return documents::WalletMessage(
            documents::PaymentMessage{documents::SealedPayment{std::move(envelope)}, signed_order});
      });
  if (!has_left) return take_unsent(std::move(answer).error());
  return take_answer(std::move(answer));
}

}  // namespace countersign::wallet
