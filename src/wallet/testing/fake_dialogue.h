// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "documents/dialogue.h"
#include "documents/dialogue_session.h"
#include "evidence/testing/trade.h"
#include "wallet/testing/fake_company.h"

namespace countersign::wallet {

// FakeDialogue plays a gateway's side of the purchase dialogue with real documents. Members say what it asks
// for and how it misbehaves.
class FakeDialogue {
 public:
  explicit FakeDialogue(const evidence::Trade& trade) : trade_(trade) {}

  // `confirm` gets the signed order and returns the authority's document.
  using Confirm = std::function<Result<Bytes>(BytesView signed_order)>;
  Result<documents::GatewayMessage> answer(const documents::WalletMessage& message,
                                           const documents::Order& order, const Confirm& confirm);

  documents::OrderProfile profile = documents::OrderProfile::kPlain;
  documents::DialoguePurpose purpose = documents::DialoguePurpose::kPurchase;
  std::vector<documents::RequestedField> fields;
  std::vector<documents::PaymentMethod> methods{documents::PaymentMethod::kCard,
                                                documents::PaymentMethod::kAccount};
  bool asks_at_once = true;
  int declines = 0;  // so many payments first
  // What leaves the gateway, changed.
  std::function<documents::GatewayMessage(documents::GatewayMessage)> change = [](auto message) {
    return message;
  };
  std::optional<Error> fails;  // every message from the next on
  // Of profile session, before they are signed or sealed:
  std::function<void(documents::SessionOffer&)> change_offer = [](auto&) {};
  std::function<void(documents::SessionSecrets&)> change_secrets = [](auto&) {};
  const x509::Signer* offer_signer = nullptr;  // the merchant, unless a test says otherwise
  // Of profile set: whom the shop works with, and which of them decides.
  std::vector<x509::Name> companies;
  const FakeCompany* company = nullptr;
  // Before it is signed, every time anew:
  std::function<void(documents::ReviewResult&)> change_result = [](auto&) {};

  // What came in:
  std::optional<documents::PurchaseOpening> opening;
  std::optional<documents::PersonalInformation> statement;  // its signature and signer verified
  std::vector<std::string> numbers;                         // of the payments, opened where sealed
  int sealed_payments = 0;
  std::vector<Bytes> signed_orders;
  std::optional<x509::Name> asked_company;
  std::vector<Bytes> envelopes;
  std::optional<documents::Review> approved;  // as the authority is told of it

 private:
  documents::GatewayMessage ask();
  Result<documents::GatewayMessage> take(const documents::Information& information,
                                         const documents::Order& order, const Confirm& confirm);
  Result<documents::GatewayMessage> charge(const documents::Payment& payment, const Bytes& signed_order,
                                           const Confirm& confirm);
  Result<documents::GatewayMessage> charge_split(const documents::SealedPayment& payment,
                                                 const Bytes& signed_order, const Confirm& confirm);
  Result<documents::ReviewResult> decide(BytesView envelope, const Bytes& signed_order);
  Result<documents::GatewayMessage> offer_session();
  Result<documents::PaymentData> open(const documents::SealedPayment& payment) const;
  const evidence::Trade& trade_;
  Bytes order_;
  crypto::SecretBytes session_key_;
  std::map<Sha256Digest, documents::ReviewResult> decided_;  // by instruction: the same gets the same answer
};

}  // namespace countersign::wallet
