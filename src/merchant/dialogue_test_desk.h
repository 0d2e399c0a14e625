// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "merchant/dialogue_desk.h"
#include "merchant/test_wallet.h"

// A dialogue desk with all that stands behind it, and a wallet that speaks to it.
namespace countersign::merchant {

inline const documents::RequestedField kName{documents::PersonalField::kName, 0};
inline const documents::RequestedField kOver19{documents::PersonalField::kOverAge, 19};

struct DialogueDeskTest : testing::Test {
  TestShop shop;
  FakeCardCompany company;
  DialogueTerms terms;
  SessionKeeper sessions{shop.context()};
  CheckoutDesk checkouts{context(), shop.tokens, shop.authority, profile()};
  ConfirmationDesk confirmations{context(), shop.authority};
  PaymentDesk payments{shop.context(), &company};
  std::unique_ptr<DialogueDesk> desk = make_desk();
  TestWallet wallet{shop, "first"};
  std::string checkout = open_checkout();
  Bytes connection = Bytes(documents::kPaymentExporterSize, 5);  // the TLS exporter

  GatewayContext context() {
    auto watched = shop.context();
    watched.watch = &sessions;
    return watched;
  }
  static ShopProfile profile() {
    return {.public_url = std::string(kTestOrigin),
            .origins = {std::string(kTestOrigin)},
            .profiles = {documents::OrderProfile::kSession, documents::OrderProfile::kPlain,
                         documents::OrderProfile::kDirect},
            .fields = {kName}};
  }
  std::unique_ptr<DialogueDesk> make_desk() {
    return std::make_unique<DialogueDesk>(
        shop.context(), DialogueParts{checkouts, confirmations, payments, sessions, shop.authority}, terms);
  }
  void ask_separately() {
    terms.payment = DialogueTerms::Ask::kSeparately;
    desk = make_desk();
  }
  static CheckoutRequest tea() { return {{{"tea", "Tea", 1, 12'000}}, "KRW", "", "cart", ""}; }
  // By default in every profile that the merchant takes.
  std::string open_checkout(
      std::optional<std::vector<documents::OrderProfile>> profiles = profile().profiles) {
    auto request = tea();
    request.profiles = std::move(profiles);
    return take(checkouts.open(request)).id;
  }
  std::string open_identification(documents::DialoguePurpose purpose,
                                  std::vector<documents::RequestedField> fields) {
    CheckoutRequest request;
    request.purpose = purpose;
    request.fields = std::move(fields);
    return take(checkouts.open(request)).id;
  }

  Result<Bytes> send(documents::WalletMessage message) {
    const auto bytes = take(documents::write_dialogue(message));
    return desk->answer(checkout, bytes.reveal(crypto::SecretAccess()), connection);
  }
  template <typename Message>
  static Message as(Result<Bytes> reply) {
    return std::get<Message>(take(documents::parse_gateway_message(take(std::move(reply)))));
  }
  documents::InformationRequest open() { return as<documents::InformationRequest>(send(wallet.opening())); }
  // What an honest wallet answers to a request that asks for everything at once.
  documents::Information answer_to(const documents::InformationRequest& request,
                                   documents::Payment payment = card()) {
    auto information = wallet.information(request, checkout);
    if (request.methods) information.payment = std::move(payment);
    if (request.order) information.signed_order = wallet.sign(*request.order);
    return information;
  }
  documents::Outcome buy(documents::Payment payment = card()) {
    return as<documents::Outcome>(send(answer_to(open(), std::move(payment))));
  }
  CheckoutState state() { return take(checkouts.view(checkout)).checkout.state; }
};

}  // namespace countersign::merchant
