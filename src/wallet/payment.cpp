// SPDX-License-Identifier: Apache-2.0
#include "wallet/payment.h"

#include <algorithm>

#include "crypto/digest.h"
#include "evidence/accept_receipt.h"
#include "wallet/link.h"
#include "wallet/set_outcome.h"
#include "wallet/set_payment.h"
#include "wallet/trust.h"

namespace countersign::wallet {
namespace {

// A merchant that died after it asked leaves an authority that may still be deciding.
constexpr int kQuestionsToAuthority = 5;
constexpr std::chrono::milliseconds kBetweenQuestions{500};

bool is_split(const documents::Order& order) {
  return order.profile == documents::OrderProfile::kSet;
}

// The authority has verified what the card company said; this wallet has not seen it.
constexpr std::string_view kOnItsWord = "; the card company's approval on the authority's word";

Result<std::vector<CompanyAnswer>> answers_to(const std::vector<SplitPaymentRecord>& payments,
                                              const x509::Name& company) {
  std::vector<CompanyAnswer> answers;
  for (const auto& payment : payments) {
    answers.push_back({company, payment.method, payment.ending});
    if (payment.review.empty()) continue;
    TRY(auto kept, read_review(payment.review));
    answers.back().result = std::move(kept.result);
  }
  return answers;
}

}  // namespace

bool is_refused_for_now(const PaymentView& view) {
  if (view.record.state != PurchaseState::kSigned || is_declined(view)) return false;
  return std::ranges::any_of(view.attempts,
                             [](const auto& attempt) { return attempt.outcome == kRefusedForNow; });
}

bool is_declined(const PaymentView& view) {
  if (view.record.state != PurchaseState::kSigned || view.answers.empty()) return false;
  const auto& last = view.answers.back().result;
  return last && !last->approved;
}

Result<PurchaseRecord> PaymentDesk::find(const std::string& id) {
  TRY(auto record, parties_.store.find_purchase(id));
  if (!record) return fail(ErrorCode::kNotFound, "no such purchase in this wallet");
  return std::move(*record);
}

Result<PaymentView> PaymentDesk::view_of(PurchaseRecord record) {
  TRY(auto order, documents::parse_order(record.order));
  TRY(auto merchant, x509::Certificate::from_der(record.merchant));
  TRY(auto attempts, parties_.store.attempts(record.id));
  PaymentView view{std::move(record), std::move(order), std::move(merchant), std::move(attempts), {}, {}, {}};
  if (view.order.card_company) {
    TRY(const auto payments, parties_.store.split_payments(view.record.id));
    TRY(view.answers, answers_to(payments, view.order.card_company->subject));
  }
  // Both were verified before they were kept.
  if (!view.record.confirmation.empty()) {
    TRY(const auto cms, x509::UnverifiedCms::parse(view.record.confirmation));
    TRY(view.confirmation, documents::parse_confirmation(cms.unverified_content()));
  }
  if (!view.record.refusal.empty()) {
    TRY(const auto cms, x509::UnverifiedCms::parse(view.record.refusal));
    TRY(view.refusal, documents::parse_refusal(cms.unverified_content()));
  }
  return view;
}

Result<PaymentView> PaymentDesk::begin(std::string_view link_text) {
  TRY(const auto link, parse_payment_link(link_text));
  TRY(auto identity, find_identity(parties_));
  TRY(const auto gateway, reach_gateway(parties_, identity, link.gateway, {}));
  TRY(const auto bytes, gateway->fetch_order(link.checkout, link.token, identity.signing));
  TRY(const auto checked, check_order(bytes, {gateway->merchant(), identity.signing, *identity.anchor,
                                              link.checkout, parties_.clock.now()}));
  TRY(take_up(checked, {link.gateway, link.checkout, link.token, gateway->merchant()}, identity));
  return show(checked.order.id);
}

// What the holder cancelled and the shop offers again is asked again: it did not hear of it.
Result<void> PaymentDesk::take_up(const CheckedOrder& order, const OrderSource& source,
                                  const Identity& identity) {
  TRY(const auto known, parties_.store.find_purchase(order.order.id));
  if (known && !equal(known->order, order.bytes)) {
    return fail(ErrorCode::kConflict, "the merchant sends another order under the same id");
  }
  TRY(expect_no_other_payment(order.order.id, source.checkout, source.merchant.der()));
  PurchaseRecord record;
  record.id = order.order.id;
  record.gateway = source.gateway;
  record.checkout = source.checkout;
  record.token = source.token;
  record.created = parties_.clock.now();
  record.order = order.bytes;
  record.merchant = source.merchant.der();
  record.signing_key = identity.enrolment.signing_key;
  return parties_.store.add_purchase(record);
}

Result<PaymentView> PaymentDesk::show(const std::string& id) {
  TRY(auto record, find(id));
  return view_of(std::move(record));
}

Result<std::vector<PaymentView>> PaymentDesk::list() {
  TRY(auto records, parties_.store.purchases());
  std::vector<PaymentView> views;
  for (auto& record : records) {
    TRY(auto view, view_of(std::move(record)));
    views.push_back(std::move(view));
  }
  return views;
}

// An order under another id would be paid besides the one that may be paid already: after a lost answer the
// shop has to come back with the same.
Result<void> PaymentDesk::expect_no_other_payment(const std::string& id, const std::string& checkout,
                                                  BytesView merchant) {
  TRY(const auto other, parties_.store.find_purchase_of(checkout, merchant));
  if (!other || other->id == id) return ok();
  TRY(const auto standing, standing_payment(parties_.store, other->id));
  if (standing)
    return fail(ErrorCode::kConflict, "a payment for another order of this checkout may count yet");
  return ok();
}

Result<PaymentView> PaymentDesk::approve(const std::string& id, const crypto::SecretBytes& pin) {
  TRY(const auto record, find(id));
  if (record.state == PurchaseState::kSigned) return resume(id, pin);
  if (record.state != PurchaseState::kShown)
    return fail(ErrorCode::kConflict, "this purchase is decided already");
  TRY(const auto identity, find_identity(parties_));
  TRY(const auto merchant, x509::Certificate::from_der(record.merchant));
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  const OrderContext context{merchant, identity.signing, *identity.anchor, record.checkout,
                             parties_.clock.now()};
  TRY(sign(id, context, identity));
  TRY(ask_both(id, identity));
  return show(id);
}

Result<Bytes> PaymentDesk::sign(const std::string& id, const OrderContext& context,
                                const Identity& identity) {
  TRY(const auto record, find(id));
  TRY(const auto order, documents::parse_order(record.order));
  if (is_split(order))
    return fail(ErrorCode::kUnsupported, "order.profile: it is signed together with a payment alone");
  if (record.state == PurchaseState::kSigned) return record.signed_order;
  if (record.state != PurchaseState::kShown)
    return fail(ErrorCode::kConflict, "this purchase is decided already");
  TRY(expect_no_other_payment(id, record.checkout, record.merchant));
  TRY(const auto checked, check_order(record.order, context));
  TRY(const auto signer, signer_of(identity, parties_.card));
  TRY(auto signed_order, x509::sign_cms(signer, checked.bytes, {x509::ContentType::kData, context.now}));
  TRY(parties_.store.keep_signed(id, signed_order));
  return signed_order;
}

Result<Bytes> PaymentDesk::sign_with(const SplitPaymentRecord& payment, const std::string& id,
                                     const OrderContext& context, const Identity& identity) {
  TRY(const auto record, find(id));
  if (record.state != PurchaseState::kShown && record.state != PurchaseState::kSigned)
    return fail(ErrorCode::kConflict, "this purchase is decided already");
  TRY(const auto standing, standing_payment(parties_.store, id));
  if (standing && standing->instruction != payment.instruction)
    return fail(ErrorCode::kConflict, "another payment of this order may count yet");
  if (standing) return record.signed_order;
  TRY(expect_no_other_payment(id, record.checkout, record.merchant));
  TRY(const auto checked, check_order(record.order, context));
  TRY(const auto signer, signer_of(identity, parties_.card));
  TRY(auto signed_order,
      x509::sign_cms(signer, checked.bytes, {x509::ContentType::kData, context.now, payment.instruction}));
  TRY(parties_.store.keep_signed(id, signed_order, payment));
  return signed_order;
}

Result<PaymentView> PaymentDesk::resume(const std::string& id, const crypto::SecretBytes& pin) {
  TRY(const auto record, find(id));
  if (record.state != PurchaseState::kSigned && record.state != PurchaseState::kRefused)
    return view_of(record);
  TRY(auto identity, find_identity(parties_));
  learn_network_if_due(parties_, identity);
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  TRY(const auto order, documents::parse_order(record.order));
  if (record.state == PurchaseState::kSigned && !is_split(order)) {
    TRY(ask_both(id, identity));
  } else {
    // A refusal was of what the merchant sent then; it may have sent the order again since.
    TRY(keep_outcome(AttemptSource::kAuthority, id, identity, ask_authority_for(record, identity)));
  }
  return show(id);
}

Result<void> PaymentDesk::cancel(const std::string& id) {
  TRY(const auto record, find(id));
  TRY(parties_.store.keep_cancelled(id));
  // The holder's no counts here, whether or not the merchant hears of it: nothing was signed.
  const auto identity = find_identity(parties_);
  if (!identity) return ok();
  const auto gateway = parties_.peers.gateway(record.gateway, identity.value().anchor, {});
  if (gateway) static_cast<void>(gateway.value()->cancel(record.checkout, record.token));
  return ok();
}

Result<PaymentDesk::GatewayAnswer> PaymentDesk::ask_gateway(const PurchaseRecord& record,
                                                            const Identity& identity) {
  TRY(auto gateway, parties_.peers.gateway(record.gateway, identity.anchor, {}));
  if (!equal(gateway->merchant().der(), record.merchant)) {
    return fail(ErrorCode::kForbidden,
                "the gateway shows another certificate than when the order was fetched");
  }
  TRY(auto decision, gateway->submit(record.checkout, record.token, record.signed_order));
  return GatewayAnswer{std::move(decision), std::move(gateway)};
}

Result<Bytes> PaymentDesk::ask_authority_for(const PurchaseRecord& record, const Identity& identity) {
  TRY(const auto order, documents::parse_order(record.order));
  const Question question{.action = documents::HolderAction::kFindConfirmation,
                          .order_id = record.id,
                          .order_digest = crypto::sha256(record.order),
                          .audience = order.authority};
  const auto named = authority_of(identity, order.authority);
  auto found = named ? ask_for_receipt(named.value().url, order.authority, parties_, identity, question)
                     : Result<Bytes>(fail(named.error()));
  TRY(const auto home, identity.data_centre());
  const bool is_away = !named || (!found && found.error().code == ErrorCode::kUnavailable);
  if (!is_away || home == order.authority) return found;
  auto through_home = ask_for_receipt(identity.enrolment.authority, home, parties_, identity, question);
  return through_home ? std::move(through_home) : std::move(found);
}

Result<void> PaymentDesk::ask_both(const std::string& id, const Identity& identity) {
  TRY(const auto record, find(id));
  auto answer = ask_gateway(record, identity);
  if (!answer) {
    TRY(settle(id, identity, fail(answer.error()), nullptr));
    return ok();
  }
  auto& [decision, gateway] = answer.value();
  TRY(settle(id, identity, std::move(decision.document), decision.is_refusal ? nullptr : gateway.get()));
  return ok();
}

Result<void> PaymentDesk::keep_gateways_receipt(const std::string& id, const Identity& identity,
                                                GatewayAccess& gateway) {
  TRY(const auto record, find(id));
  if (record.state != PurchaseState::kConfirmed) return ok();
  const auto receipt = gateway.fetch_receipt(record.checkout, record.token);
  if (!receipt) return ok();
  const auto kept = keep_receipt(AttemptSource::kGateway, record, identity, receipt.value());
  if (kept) return ok();
  return parties_.store.add_attempt(id, {AttemptSource::kGateway, parties_.clock.now(),
                                         std::string(error_name(kept.error().code)), kept.error().detail});
}

Result<Bytes> PaymentDesk::keep_receipt(AttemptSource source, const PurchaseRecord& record,
                                        const Identity& identity, BytesView receipt) {
  const auto newest = identity.trust->newest();
  const auto accept = [&](BytesView one) {
    return evidence::accept_receipt(one, record.confirmation, *identity.trust->current(),
                                    newest ? &newest->map : nullptr);
  };
  TRY(const auto newer, accept(receipt));
  if (source == AttemptSource::kGateway && !newer.is_key_known) return record.receipt;
  if (!record.receipt.empty()) {
    const auto had = accept(record.receipt);
    if (had && !newer.may_replace(had.value()))
      return newer.proves_no_less_than(had.value()) ? to_bytes(receipt) : record.receipt;
  }
  TRY(parties_.store.keep_receipt(record.id, receipt));
  return to_bytes(receipt);
}

Result<Bytes> PaymentDesk::renew_receipt(const std::string& id, const crypto::SecretBytes& pin) {
  TRY(const auto record, find(id));
  if (record.state != PurchaseState::kConfirmed)
    return fail(ErrorCode::kConflict, "this purchase is not confirmed");
  TRY(auto identity, find_identity(parties_));
  learn_network_if_due(parties_, identity);
  TRY(const auto logged_in, LoggedIn::with(parties_.card, pin));
  TRY(const auto found, ask_authority_for(record, identity));
  if (!evidence::is_receipt(found))
    return fail(ErrorCode::kNotFound, "the authority has the confirmation alone, and no receipt");
  return keep_receipt(AttemptSource::kAuthority, record, identity, found);
}

Result<PaymentView> PaymentDesk::settle(const std::string& id, const Identity& identity,
                                        const Result<Bytes>& answer, GatewayAccess* gateway) {
  TRY(keep_outcome(AttemptSource::kGateway, id, identity, answer));
  if (gateway != nullptr) {
    TRY(keep_gateways_receipt(id, identity, *gateway));
  }
  TRY(const auto record, find(id));
  auto confirmation = ask_authority_for(record, identity);
  TRY(const auto view, show(id));
  const bool may_change = !answer || is_refused_for_now(view);
  for (int asked = 1; may_change && !confirmation && asked < kQuestionsToAuthority; ++asked) {
    wait_(kBetweenQuestions);
    confirmation = ask_authority_for(record, identity);
  }
  TRY(keep_outcome(AttemptSource::kAuthority, id, identity, confirmation));
  return show(id);
}

// A confirmation of an order whose payment was split names the answer that the card company gave, where this
// wallet has got that; where it has not, the authority's word is taken for it.
Result<Outcome> PaymentDesk::verify(const PurchaseRecord& record, const Identity& identity,
                                    BytesView document) {
  auto verified = verify_outcome(document, record.order, identity.signing, *identity.trust);
  if (!verified && verified.error().code == ErrorCode::kCertificateUnknown) {
    Identity informed = identity;  // of a CA that a newer map may name
    if (learn_network(parties_, informed))
      verified = verify_outcome(document, record.order, identity.signing, *informed.trust);
  }
  TRY(auto outcome, std::move(verified));
  if (!outcome.confirmation) return outcome;
  TRY(const auto payments, parties_.store.split_payments(record.id));
  if (payments.empty() || payments.back().review.empty()) return outcome;
  TRY(const auto kept, read_review(payments.back().review));
  TRY(check_review(*outcome.confirmation, kept));
  return outcome;
}

namespace {

// What came as an answer: the signed document, and the receipt that it came in, or nothing.
struct Came {
  Bytes document;
  Bytes receipt;
};
Result<Came> open_answer(BytesView answer) {
  if (!evidence::is_receipt(answer)) return Came{to_bytes(answer), {}};
  TRY(auto receipt, documents::parse_receipt(answer));
  return Came{std::move(receipt.confirmation), to_bytes(answer)};
}

}  // namespace

// Keeps what an attempt brought; that it brought nothing is kept too, and is no failure of ours.
Result<void> PaymentDesk::keep_outcome(AttemptSource source, const std::string& id, const Identity& identity,
                                       const Result<Bytes>& document) {
  TRY(const auto record, find(id));
  const TimePoint now = parties_.clock.now();
  auto came = document ? open_answer(document.value()) : Result<Came>(fail(document.error()));
  const auto outcome =
      came ? verify(record, identity, came.value().document) : Result<Outcome>(fail(came.error()));
  if (!outcome) {
    return parties_.store.add_attempt(
        id, {source, now, std::string(error_name(outcome.error().code)), outcome.error().detail});
  }
  if (outcome.value().confirmation) {
    const Came& brought = came.value();
    if (!record.confirmation.empty() && !equal(record.confirmation, brought.document)) {
      return parties_.store.add_attempt(
          id, {source, now, std::string(error_name(ErrorCode::kConflict)), "two different confirmations"});
    }
    if (record.confirmation.empty()) {
      TRY(parties_.store.keep_confirmed(id, brought.document));
    }
    if (!brought.receipt.empty()) {
      TRY(const auto confirmed, find(id));
      const auto kept = keep_receipt(source, confirmed, identity, brought.receipt);
      if (!kept) {
        TRY(parties_.store.add_attempt(
            id, {source, now, std::string(error_name(kept.error().code)), kept.error().detail}));
      }
    }
    TRY(const auto payments, parties_.store.split_payments(id));
    const bool is_on_word = !payments.empty() && payments.back().review.empty();
    return parties_.store.add_attempt(
        id, {source, now, "confirmed",
             outcome.value().confirmation->id + std::string(is_on_word ? kOnItsWord : "")});
  }
  // A temporary refusal leaves the order signed: sending it again may succeed.
  const bool is_final = outcome.value().refusal->final;
  if (is_final && record.state == PurchaseState::kSigned) {
    TRY(parties_.store.keep_refused(id, came.value().document));
  }
  return parties_.store.add_attempt(
      id, {source, now, is_final ? std::string("refused") : std::string(kRefusedForNow),
           std::string(error_name(outcome.value().refusal->reasons.front().code))});
}

}  // namespace countersign::wallet
