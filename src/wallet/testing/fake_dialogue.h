// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "documents/dialogue.h"
#include "evidence/testing/trade.h"

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

  // What came in:
  std::optional<documents::PurchaseOpening> opening;
  std::optional<documents::PersonalInformation> statement;  // its signature and signer verified
  std::vector<std::string> numbers;                         // of the payments
  std::vector<Bytes> signed_orders;

 private:
  documents::GatewayMessage ask();
  Result<documents::GatewayMessage> take(const documents::Information& information,
                                         const documents::Order& order, const Confirm& confirm);
  Result<documents::GatewayMessage> charge(const documents::Payment& payment, const Bytes& signed_order,
                                           const Confirm& confirm);
  const evidence::Trade& trade_;
  Bytes order_;
};

}  // namespace countersign::wallet
