// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "merchant/capture_desk.h"
#include "merchant/dialogue_desk.h"
#include "merchant/refund_desk.h"
#include "merchant/test_company.h"

// A dialogue desk that takes split payments, with all that stands behind it, a wallet and a card company.
namespace countersign::merchant {

struct SplitDialogueTest : testing::Test {
  // What a process of the gateway holds.
  struct Process {
    Process(GatewayContext context, TestShop& shop, FakeCardCompany& check, std::vector<CardCompany> known)
        : sessions(context),
          checkouts(context, shop.tokens, shop.authority, profile()),
          confirmations(context, shop.authority),
          payments(context, &check),
          companies(context, known),
          split(context, companies),
          captures(context, shop.authority, companies),
          refunds(context, companies),
          dialogues(context, {checkouts, confirmations, payments, sessions, shop.authority, nullptr, &split},
                    {}) {}
    SessionKeeper sessions;
    CheckoutDesk checkouts;
    ConfirmationDesk confirmations;
    PaymentDesk payments;
    CardCompanies companies;
    SplitDesk split;
    CaptureDesk captures;
    RefundDesk refunds;
    DialogueDesk dialogues;
  };

  TestShop shop;
  FakeCardCompany check;  // of the other profiles
  TestCompany company{shop};
  TestCompany other_company{shop, "Namsan Card"};
  std::unique_ptr<Process> process = start();
  TestWallet wallet = new_wallet("first");
  std::string checkout = open_checkout();
  Bytes connection = Bytes(documents::kPaymentExporterSize, 5);  // the TLS exporter

  static ShopProfile profile() {
    return {.public_url = std::string(kTestOrigin),
            .origins = {std::string(kTestOrigin)},
            .profiles = {documents::OrderProfile::kSet, documents::OrderProfile::kSession,
                         documents::OrderProfile::kPlain}};
  }
  std::unique_ptr<Process> start() {
    auto started = std::make_unique<Process>(
        shop.context(), shop, check,
        std::vector<CardCompany>{{company.subject(), company}, {other_company.subject(), other_company}});
    started->companies.refresh();
    return started;
  }
  // Nothing but what is on disk is left.
  void restart() {
    process.reset();
    shop.reopen();
    process = start();
  }
  TestWallet new_wallet(std::string_view uid) const {
    TestWallet made(shop, uid);
    made.profiles = {documents::OrderProfile::kSet};
    return made;
  }
  std::string open_checkout() {
    return take(process->checkouts.open({{{"tea", "Tea", 1, 12'000}}, "KRW", "", "cart", ""})).id;
  }

  Result<Bytes> send(documents::WalletMessage message) {
    const auto bytes = take(documents::write_dialogue(message));
    return process->dialogues.answer(checkout, bytes.reveal(crypto::SecretAccess()), connection);
  }
  template <typename Message>
  static Message as(Result<Bytes> reply) {
    return std::get<Message>(take(documents::parse_gateway_message(take(std::move(reply)))));
  }
  documents::InformationRequest open() { return as<documents::InformationRequest>(send(wallet.opening())); }
  Result<Bytes> inform(const documents::InformationRequest& request, const TestCompany& chosen) {
    auto information = wallet.information(request, checkout);
    information.company = chosen.subject();
    return send(std::move(information));
  }
  documents::SplitOffer offered(const TestCompany& chosen) {
    return as<documents::SplitOffer>(inform(open(), chosen));
  }
  documents::SplitOffer offered() { return offered(company); }
  // As a repeated message: the very same bytes.
  Result<Bytes> pay(const documents::PaymentMessage& payment) {
    const auto& sealed = std::get<documents::SealedPayment>(payment.payment);
    return send(documents::PaymentMessage{documents::SealedPayment{sealed.envelope}, payment.signed_order});
  }
  documents::Outcome buy() { return as<documents::Outcome>(pay(wallet.split_payment(offered()))); }
  StoredOrder stored_order() const {
    std::optional<StoredOrder> order;
    take(shop.database->read([&](storage::Reader& reader) -> Result<void> {
      TRY(order, find_order_of(reader, checkout));
      return ok();
    }));
    return std::move(*order);
  }
  CheckoutView view() { return take(process->checkouts.view(checkout)); }
};

}  // namespace countersign::merchant
