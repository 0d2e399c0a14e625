// SPDX-License-Identifier: Apache-2.0
#include "merchant/dialogue_test_desk.h"
#include "x509/cms_envelope.h"

namespace countersign::merchant {
namespace {

using documents::OrderProfile;
using documents::Outcome;
using x509::code_of;

struct SessionDialogueTest : DialogueDeskTest {
  SessionDialogueTest() { wallet.profiles = {OrderProfile::kSession, OrderProfile::kPlain}; }

  // What an honest wallet knows once it has opened the envelope.
  struct Session {
    documents::SessionOffer offer;
    documents::SessionSecrets secrets;
  };
  Session accept(const documents::SessionOfferMessage& message) {
    const auto cms = take(x509::verify_signed_document(message.offer, *shop.view.anchor(),
                                                       x509::Role::kMerchant, shop.clock.now()));
    const auto content = take(x509::open_sealed_to(
        wallet.agreement.certificate, x509::agreement_by(wallet.agreement.key), message.envelope));
    return {take(documents::parse_session_offer(cms.cms.content)),
            take(documents::parse_session_secrets(content))};
  }
  documents::SessionOfferMessage offered() {
    return as<documents::SessionOfferMessage>(send(wallet.information(open(), checkout)));
  }
  documents::PaymentMessage sealed_payment(const Session& session, std::string_view number = kGoodCard) {
    const auto instruction = take(documents::write_payment_instruction(
        {crypto::sha256(session.secrets.order),
         documents::CardData{secret_text(number), "2029-08", "CANARY HOLDER"}}));
    const x509::SharedKey key{to_bytes(session.secrets.session),
                              documents::derive_payment_key(session.secrets.session_key, connection)};
    return {documents::SealedPayment{take(x509::seal_under(key, instruction))},
            wallet.sign(session.secrets.order)};
  }
};

TEST_F(SessionDialogueTest, SellsUnderASessionKeyThatTheMerchantSigned) {
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kSession);
  EXPECT_FALSE(request.methods || request.order);
  const auto message = as<documents::SessionOfferMessage>(send(wallet.information(request, checkout)));
  const auto session = accept(message);
  EXPECT_EQ(session.offer.wallet_nonce, wallet.nonce);
  EXPECT_EQ(session.offer.origin, kTestOrigin);
  EXPECT_EQ(session.offer.checkout, checkout);
  EXPECT_EQ(session.offer.merchant, wallet.merchant);
  EXPECT_EQ(session.offer.purchaser, wallet.signing.certificate.fingerprint());
  EXPECT_EQ(session.offer.agreement, wallet.agreement.certificate.fingerprint());
  EXPECT_EQ(session.offer.envelope, crypto::sha256(message.envelope));
  EXPECT_EQ(session.offer.session, session.secrets.session);
  EXPECT_EQ(take(documents::parse_order(session.secrets.order)).profile, OrderProfile::kSession);
  EXPECT_EQ(as<Outcome>(send(sealed_payment(session))).kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(to_text(company.asked.at(0).number), kGoodCard);
}

TEST_F(SessionDialogueTest, GivesTheSameOfferToARepeatedStatementAndAnotherToAnother) {
  const auto information = wallet.information(open(), checkout);
  const auto repeated = [&] { return take(send(documents::Information{information.statement, {}, {}})); };
  const auto first = repeated();
  EXPECT_EQ(repeated(), first);
  wallet.nonce = {43};
  EXPECT_NE(take(send(wallet.information(open(), checkout))), first);
}

TEST_F(SessionDialogueTest, TakesAnotherPaymentAfterOneThatWasDeclined) {
  company.declines["4000000000000002"] = "card_expired";
  const auto session = accept(offered());
  EXPECT_EQ(as<Outcome>(send(sealed_payment(session, "4000000000000002"))).code, "card_expired");
  EXPECT_EQ(as<Outcome>(send(sealed_payment(session))).kind, Outcome::Kind::kConfirmation);
}

TEST_F(SessionDialogueTest, ForgetsTheSessionKeyOnceTheOrderIsConfirmed) {
  const auto session = accept(offered());
  const auto payment = sealed_payment(session);
  const auto& envelope = std::get<documents::SealedPayment>(payment.payment).envelope;
  EXPECT_TRUE(sessions.open(checkout, envelope, connection, session.secrets.order));
  EXPECT_EQ(as<Outcome>(send(sealed_payment(session))).kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(code_of(sessions.open(checkout, envelope, connection, session.secrets.order)),
            ErrorCode::kExpired);
  EXPECT_EQ(as<Outcome>(send(sealed_payment(session))).kind, Outcome::Kind::kConfirmation);
}

TEST_F(SessionDialogueTest, ForgetsTheSessionKeyOfAPurchaseThatIsCancelledOrExpired) {
  for (const auto* end : {"cancelled", "expired"}) {
    checkout = open_checkout();
    const auto session = accept(offered());
    const auto payment = sealed_payment(session);
    const auto& envelope = std::get<documents::SealedPayment>(payment.payment).envelope;
    EXPECT_TRUE(sessions.open(checkout, envelope, connection, session.secrets.order)) << end;
    if (end == std::string_view("cancelled")) {
      EXPECT_TRUE(checkouts.cancel(checkout));
    } else {
      shop.clock.advance(std::chrono::hours(1));
      EXPECT_TRUE(checkouts.expire_overdue());
      shop.clock.advance(-std::chrono::hours(1));  // the key has no time limit that would do it
    }
    EXPECT_EQ(code_of(sessions.open(checkout, envelope, connection, session.secrets.order)),
              ErrorCode::kExpired)
        << end;
  }
}

TEST_F(SessionDialogueTest, KeepsNoSessionKeyOfAPurchaseThatIsCancelledWhileTheKeyIsMade) {
  struct CancelOnce final : CheckoutWatch {
    void changed(std::string_view checkout, CheckoutState state) override {
      if (state == CheckoutState::kTaken) static_cast<void>(desk.cancel(checkout));
    }
    explicit CancelOnce(CheckoutDesk& given) : desk(given) {}
    CheckoutDesk& desk;
  } cancels{checkouts};
  auto watched = shop.context();
  watched.watch = &cancels;  // at once after the order is taken, before there is a key
  CheckoutDesk taking{watched, shop.tokens, shop.authority, profile()};
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{taking, confirmations, payments, sessions, shop.authority}, terms);
  EXPECT_EQ(code_of(send(wallet.information(open(), checkout))), ErrorCode::kCancelled);
  EXPECT_EQ(code_of(sessions.open(checkout, {}, connection, {})), ErrorCode::kExpired) << "no key is there";
}

TEST_F(SessionDialogueTest, RefusesAPaymentThatCameOverAnotherConnection) {
  auto payment = sealed_payment(accept(offered()));
  connection = Bytes(documents::kPaymentExporterSize, 6);
  EXPECT_EQ(code_of(send(std::move(payment))), ErrorCode::kMalformed);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(SessionDialogueTest, RefusesAPaymentWithoutTls) {
  auto payment = sealed_payment(accept(offered()));
  connection.clear();
  EXPECT_EQ(code_of(send(std::move(payment))), ErrorCode::kForbidden);
}

TEST_F(SessionDialogueTest, RefusesAPaymentUnderAnotherSessionsKeyOrAltered) {
  auto session = accept(offered());
  auto altered = sealed_payment(session);
  std::get<documents::SealedPayment>(altered.payment).envelope.back() ^= 1;
  EXPECT_EQ(code_of(send(std::move(altered))), ErrorCode::kMalformed);
  session.secrets.session_key = crypto::SecretBytes::of_size(32);
  EXPECT_EQ(code_of(send(sealed_payment(session))), ErrorCode::kMalformed);
}

TEST_F(SessionDialogueTest, RefusesAPaymentOfAnotherOrder) {
  auto session = accept(offered());
  auto payment = sealed_payment(session);
  session.secrets.order.push_back(' ');
  payment.payment = std::move(sealed_payment(session).payment);
  EXPECT_EQ(code_of(send(std::move(payment))), ErrorCode::kConflict);
}

TEST_F(SessionDialogueTest, RefusesAReadablePaymentAndASealedOneInProfilePlain) {
  const auto session = accept(offered());
  EXPECT_EQ(code_of(send(documents::PaymentMessage{card(), wallet.sign(session.secrets.order)})),
            ErrorCode::kUnsupported);
  checkout = open_checkout();
  wallet.profiles = {OrderProfile::kPlain};
  const auto request = open();
  auto information = wallet.information(request, checkout);
  information.payment = std::move(sealed_payment(session).payment);
  information.signed_order = wallet.sign(*request.order);
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kUnsupported);
}

TEST_F(DialogueDeskTest, TakesPaymentsSealedToItsKeyWhereItAsksForThat) {
  const auto key = take(SealingKey::make(shop.clock.now()));
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{checkouts, confirmations, payments, sessions, shop.authority, &key},
      terms);
  const auto request = open();
  const auto recipient = take(x509::Certificate::from_der(*request.sealing_certificate));
  const auto sealed_for = [&](BytesView order) {
    const auto instruction = take(documents::write_payment_instruction(
        {crypto::sha256(order), documents::CardData{secret_text(kGoodCard), "2029-08", "CANARY HOLDER"}}));
    return documents::SealedPayment{take(x509::seal_to(recipient, instruction))};
  };
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kUnsupported);
  EXPECT_EQ(code_of(send(answer_to(request, sealed_for(as_bytes("another"))))), ErrorCode::kConflict);
  EXPECT_EQ(code_of(send(answer_to(request, documents::SealedPayment{{1, 2}}))), ErrorCode::kMalformed);
  EXPECT_TRUE(company.asked.empty());
  EXPECT_EQ(as<Outcome>(send(answer_to(request, sealed_for(*request.order)))).kind,
            Outcome::Kind::kConfirmation);
}

TEST_F(DialogueDeskTest, SaysThatASealedPaymentIsToBeStartedAgainWhenItsKeyWentWithARestart) {
  const auto serve_with = [&](const SealingKey& key) {
    desk = std::make_unique<DialogueDesk>(
        shop.context(), DialogueParts{checkouts, confirmations, payments, sessions, shop.authority, &key},
        terms);
  };
  const auto sealed_as_asked_by = [&](const documents::InformationRequest& request) {
    const auto recipient = take(x509::Certificate::from_der(*request.sealing_certificate));
    const auto instruction = take(documents::write_payment_instruction(
        {crypto::sha256(*request.order),
         documents::CardData{secret_text(kGoodCard), "2029-08", "CANARY HOLDER"}}));
    return documents::SealedPayment{take(x509::seal_to(recipient, instruction))};
  };
  const auto before = take(SealingKey::make(shop.clock.now()));
  const auto after = take(SealingKey::make(shop.clock.now()));
  serve_with(before);
  const auto request = open();
  serve_with(after);
  const auto refused = send(answer_to(request, sealed_as_asked_by(request)));
  EXPECT_EQ(code_of(refused), ErrorCode::kExpired);
  EXPECT_TRUE(company.asked.empty());
  const auto again = open();
  EXPECT_EQ(*again.order, *request.order);
  EXPECT_EQ(as<Outcome>(send(answer_to(again, sealed_as_asked_by(again)))).kind,
            Outcome::Kind::kConfirmation);
}

TEST_F(SessionDialogueTest, SaysThatTheKeyIsGoneAfterARestartAndGoesOnWithAnother) {
  auto payment = sealed_payment(accept(offered()));
  SessionKeeper fresh{shop.context()};
  desk = std::make_unique<DialogueDesk>(
      shop.context(), DialogueParts{checkouts, confirmations, payments, fresh, shop.authority}, terms);
  EXPECT_EQ(code_of(send(std::move(payment))), ErrorCode::kExpired);
  EXPECT_EQ(as<Outcome>(send(sealed_payment(accept(offered())))).kind, Outcome::Kind::kConfirmation);
}

}  // namespace
}  // namespace countersign::merchant
