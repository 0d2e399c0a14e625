// SPDX-License-Identifier: Apache-2.0
#include "wallet/testing/fake_dialogue.h"

#include "crypto/digest.h"
#include "x509/cms_envelope.h"

namespace countersign::wallet {
namespace {

constexpr std::string_view kSession = "019a0000-0000-7000-8000-00000000005e";

}  // namespace

using documents::GatewayMessage;

Result<GatewayMessage> FakeDialogue::answer(const documents::WalletMessage& message,
                                            const documents::Order& order, const Confirm& confirm) {
  // As it goes over the wire.
  TRY(const auto json, documents::write_dialogue(message));
  TRY(const auto received, documents::parse_wallet_message(json.reveal(crypto::SecretAccess())));
  if (fails) return fail(*fails);
  order_ = trade_.order_bytes(order);
  if (const auto* opened = std::get_if<documents::PurchaseOpening>(&received)) {
    opening = *opened;
    return change(ask());
  }
  if (const auto* information = std::get_if<documents::Information>(&received))
    return take(*information, order, confirm);
  const auto& paid = std::get<documents::PaymentMessage>(received);
  return charge(paid.payment, paid.signed_order, confirm);
}

GatewayMessage FakeDialogue::ask() {
  documents::InformationRequest request;
  request.profile = profile;
  request.profiles = {profile};
  request.nonce.fill(7);
  request.purpose = purpose;
  request.fields = fields;
  const bool is_set = profile == documents::OrderProfile::kSet;
  if (is_set && purpose == documents::DialoguePurpose::kPurchase) request.companies = companies;
  if (asks_at_once && !is_set && profile != documents::OrderProfile::kSession &&
      purpose == documents::DialoguePurpose::kPurchase) {
    if (profile != documents::OrderProfile::kDirect) request.methods = methods;
    request.order = order_;
  }
  return request;
}

Result<GatewayMessage> FakeDialogue::take(const documents::Information& information, const documents::Order&,
                                          const Confirm& confirm) {
  TRY(const auto document, x509::verify_signed_document(information.statement, *trade_.anchor,
                                                        x509::Role::kPurchaser, trade_.now));
  TRY(statement, documents::parse_personal_information(document.cms.content));
  if (information.payment) return charge(*information.payment, *information.signed_order, confirm);
  if (information.signed_order) {
    documents::Outcome outcome;
    outcome.kind = documents::Outcome::Kind::kConfirmation;
    TRY(outcome.document, confirm(*information.signed_order));
    return change(outcome);
  }
  if (purpose != documents::DialoguePurpose::kPurchase) {
    documents::Outcome outcome;
    outcome.kind = documents::Outcome::Kind::kIdentified;
    return change(outcome);
  }
  if (profile == documents::OrderProfile::kSession) return offer_session();
  asked_company = information.company;
  if (profile == documents::OrderProfile::kSet) return change(company->offer(order_, methods));
  return change(documents::PaymentRequest{methods, order_, std::nullopt});
}

Result<GatewayMessage> FakeDialogue::offer_session() {
  session_key_ = crypto::SecretBytes(Bytes(32, 3));
  documents::SessionSecrets secrets{std::string(kSession), session_key_.clone(), order_};
  change_secrets(secrets);
  TRY(const auto content, documents::write_session_secrets(secrets));
  TRY(const auto recipient, x509::Certificate::from_der(opening->agreement_certificate));
  TRY(auto envelope, x509::seal_to(recipient, content));
  documents::SessionOffer offer{std::string(kSession),
                                opening->nonce,
                                statement->origin,
                                statement->checkout,
                                trade_.merchant.certificate.fingerprint(),
                                crypto::sha256(opening->certificate),
                                crypto::sha256(opening->agreement_certificate),
                                crypto::sha256(envelope),
                                trade_.now + std::chrono::minutes(10)};
  change_offer(offer);
  TRY(const auto written, documents::write_session_offer(offer));
  const auto& signer = offer_signer != nullptr ? *offer_signer : trade_.merchant;
  return change(documents::SessionOfferMessage{trade_.sign(signer, written), std::move(envelope), methods});
}

Result<documents::PaymentData> FakeDialogue::open(const documents::SealedPayment& payment) const {
  const Bytes exporter(32, 9);  // what FakePeers says that the connection exports
  const x509::SharedKey key{to_bytes(kSession), documents::derive_payment_key(session_key_, exporter)};
  TRY(const auto opened, x509::open_sealed_under(key, payment.envelope));
  TRY(auto instruction, documents::parse_payment_instruction(opened));
  if (instruction.order != crypto::sha256(order_))
    return fail(ErrorCode::kConflict, "payment: for another order");
  return std::move(instruction.payment);
}

Result<GatewayMessage> FakeDialogue::charge(const documents::Payment& payment, const Bytes& signed_order,
                                            const Confirm& confirm) {
  const auto number_of = [](const auto& data) {
    if constexpr (requires { data.number; }) return to_text(data.number.reveal(crypto::SecretAccess()));
    return std::string();
  };
  const auto* sealed = std::get_if<documents::SealedPayment>(&payment);
  if (sealed != nullptr && profile == documents::OrderProfile::kSet)
    return charge_split(*sealed, signed_order, confirm);
  if (sealed != nullptr) {
    ++sealed_payments;
    TRY(const auto opened, open(*sealed));
    numbers.push_back(std::visit(number_of, opened));
  } else {
    numbers.push_back(std::visit(number_of, payment));
  }
  signed_orders.push_back(signed_order);
  documents::Outcome outcome;
  if (declines > 0) {
    --declines;
    outcome.kind = documents::Outcome::Kind::kDeclined;
    outcome.code = "insufficient_funds";
    outcome.tries_left = 1;
    return change(outcome);
  }
  TRY(outcome.document, confirm(signed_order));
  outcome.kind = documents::Outcome::Kind::kConfirmation;
  return change(outcome);
}

// What the company checks, as far as a wallet can do wrong.
Result<documents::ReviewResult> FakeDialogue::decide(BytesView envelope, const Bytes& signed_order) {
  TRY(const auto cms, x509::UnverifiedCms::parse(signed_order));
  TRY(const auto signer, x509::Certificate::from_der(cms.signer_certificate_der()));
  TRY(x509::verify_path(signer, *trade_.anchor, x509::Role::kPurchaser, trade_.now));
  TRY(const auto order, x509::verify_order_cms(cms, signer));
  Sha256Digest digest{};
  TRY(const auto instruction, company->open(envelope, digest));
  if (order.payment_digest != digest) return fail(ErrorCode::kConflict, "signed order: of another payment");
  if (instruction.terms.order != crypto::sha256(order.content))
    return fail(ErrorCode::kConflict, "instruction.order: of another order");
  if (const auto known = decided_.find(digest); known != decided_.end()) return known->second;
  const auto& card = std::get<documents::CardData>(instruction.payment);
  numbers.push_back(to_text(card.number.reveal(crypto::SecretAccess())));
  auto result = declines > 0 ? refusal(instruction.terms, digest, "insufficient_funds")
                             : approval(instruction.terms, digest);
  if (declines > 0) --declines;
  decided_.emplace(digest, result);
  return result;
}

Result<GatewayMessage> FakeDialogue::charge_split(const documents::SealedPayment& payment,
                                                  const Bytes& signed_order, const Confirm& confirm) {
  ++sealed_payments;
  envelopes.push_back(payment.envelope);
  signed_orders.push_back(signed_order);
  TRY(auto result, decide(payment.envelope, signed_order));
  change_result(result);
  documents::Outcome outcome;
  outcome.review = company->relayed(result);
  outcome.payment = payment.envelope;
  if (!result.approved) {
    outcome.kind = documents::Outcome::Kind::kDeclined;
    outcome.code = result.code;
    outcome.tries_left = 1;
    return change(outcome);
  }
  TRY(const auto json, documents::write_review_result(result));
  approved = documents::Review{documents::review_digest(json), result.authorization};
  TRY(outcome.document, confirm(signed_order));
  outcome.kind = documents::Outcome::Kind::kConfirmation;
  return change(outcome);
}

}  // namespace countersign::wallet
