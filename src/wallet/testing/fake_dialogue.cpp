// SPDX-License-Identifier: Apache-2.0
#include "wallet/testing/fake_dialogue.h"

namespace countersign::wallet {

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
  request.nonce.fill(7);
  request.purpose = purpose;
  request.fields = fields;
  if (asks_at_once && purpose == documents::DialoguePurpose::kPurchase) {
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
  return change(documents::PaymentRequest{methods, order_, std::nullopt});
}

Result<GatewayMessage> FakeDialogue::charge(const documents::Payment& payment, const Bytes& signed_order,
                                            const Confirm& confirm) {
  const auto number_of = [](const auto& data) -> const crypto::SecretBytes* {
    if constexpr (requires { data.number; }) return &data.number;
    return nullptr;
  };
  if (const auto* number = std::visit(number_of, payment))
    numbers.push_back(to_text(number->reveal(crypto::SecretAccess())));
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

}  // namespace countersign::wallet
