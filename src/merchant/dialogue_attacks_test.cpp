// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "merchant/dialogue_test_desk.h"
#include "storage/file.h"

namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using documents::DialoguePurpose;
using documents::InformationRequest;
using documents::OrderProfile;
using documents::Outcome;
using documents::PersonalField;
using x509::code_of;

TEST_F(DialogueDeskTest, RefusesACheckoutPushedToAnotherPersonsWallet) {
  open();
  const TestWallet other(shop, "second");
  EXPECT_EQ(code_of(send(other.opening())), ErrorCode::kConflict);
}

TEST_F(DialogueDeskTest, BindsACheckoutToTheFirstWalletThatProvesItsKey) {
  ask_separately();
  const auto request = open();
  const TestWallet other(shop, "second");
  // Nothing is proven yet, so that another wallet of the same person may take over.
  const auto others_request = as<InformationRequest>(send(other.opening()));
  EXPECT_EQ(code_of(send(wallet.information(request, checkout))), ErrorCode::kForbidden);
  as<documents::PaymentRequest>(send(other.information(others_request, checkout)));
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kConflict);
}

struct Lie {
  const char* name;
  std::function<void(documents::PersonalInformation&)> tell;
  ErrorCode code;
};
struct LyingWalletTest : DialogueDeskTest, testing::WithParamInterface<Lie> {};

TEST_P(LyingWalletTest, IsRefusedAndNothingIsAsked) {
  const auto request = open();
  auto statement = wallet.statement(request, checkout);
  GetParam().tell(statement);
  auto information = answer_to(request);
  information.statement = wallet.sign(statement);
  EXPECT_EQ(code_of(send(std::move(information))), GetParam().code);
  EXPECT_EQ(state(), CheckoutState::kTaken);
  EXPECT_TRUE(company.asked.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Lies, LyingWalletTest,
    testing::Values(
        Lie{"APageOfAnotherOrigin", [](auto& s) { s.origin = "https://evil.example"; },
            ErrorCode::kWrongOrigin},
        Lie{"AnotherCheckout", [](auto& s) { s.checkout = "another"; }, ErrorCode::kConflict},
        Lie{"AnotherMerchant", [](auto& s) { s.merchant = {7}; }, ErrorCode::kConflict},
        Lie{"AnotherSession", [](auto& s) { s.gateway_nonce = {7}; }, ErrorCode::kConflict},
        Lie{"AnotherWalletsNonce", [](auto& s) { s.wallet_nonce = {7}; }, ErrorCode::kConflict},
        Lie{"AnotherProfile", [](auto& s) { s.profile = OrderProfile::kSession; }, ErrorCode::kConflict},
        Lie{"AnotherPurpose", [](auto& s) { s.purpose = DialoguePurpose::kLogin; }, ErrorCode::kConflict},
        Lie{"MoreThanWasAskedFor",
            [](auto& s) {
              s.fields.push_back({{PersonalField::kTelephone, 0}, "1", false});
            },
            ErrorCode::kForbidden},
        Lie{"LessThanWasAskedFor", [](auto& s) { s.fields.clear(); }, ErrorCode::kConsentMissing}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(DialogueDeskTest, RefusesAStatementReplayedFromAnEarlierDialogue) {
  const auto first = answer_to(open());
  wallet.nonce = {43};
  open();
  documents::Information replayed{first.statement, card(), first.signed_order};
  EXPECT_EQ(code_of(send(std::move(replayed))), ErrorCode::kConflict);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, RefusesAStatementOfAnotherSignerOrAlteredAfterwards) {
  const auto request = open();
  auto information = answer_to(request);
  information.statement = TestWallet(shop, "second").sign(wallet.statement(request, checkout));
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kForbidden);
  information = answer_to(request);
  const std::string name = "CANARY name";
  const auto at =
      std::search(information.statement.begin(), information.statement.end(), name.begin(), name.end());
  ASSERT_NE(at, information.statement.end());
  *at = 'X';
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kSignatureInvalid);
}

TEST_F(DialogueDeskTest, RefusesAnOrderThatIsNotTheOneSent) {
  const auto request = open();
  std::string altered = to_text(*request.order);
  altered.replace(altered.find("12000"), 5, "00001");
  auto information = answer_to(request);
  information.signed_order = wallet.sign(as_bytes(altered));
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kConflict);
  information = answer_to(request);
  information.signed_order = TestWallet(shop, "second").sign(*request.order);
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kForbidden);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, RefusesMessagesOutOfTheirOrder) {
  const InformationRequest invented{};
  EXPECT_EQ(code_of(send(wallet.information(invented, checkout))), ErrorCode::kForbidden);
  EXPECT_EQ(code_of(send(documents::PaymentMessage{card(), {1}})), ErrorCode::kForbidden);
  const auto request = open();
  EXPECT_EQ(code_of(send(documents::PaymentMessage{card(), wallet.sign(*request.order)})),
            ErrorCode::kForbidden);
  EXPECT_EQ(code_of(send(wallet.information(request, checkout))), ErrorCode::kMalformed);
  auto without_payment = answer_to(request);
  without_payment.payment.reset();
  EXPECT_EQ(code_of(send(std::move(without_payment))), ErrorCode::kMalformed);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, CountersignsNoUnpaidOrderThatAWalletBringsAlone) {
  const auto request = open();
  const auto signed_order = wallet.sign(*request.order);
  EXPECT_EQ(code_of(confirmations.accept(checkout, signed_order)), ErrorCode::kForbidden);
  EXPECT_EQ(take(checkouts.view(checkout)).checkout.state, CheckoutState::kTaken);
  EXPECT_EQ(as<Outcome>(send(answer_to(request))).kind, Outcome::Kind::kConfirmation);
  EXPECT_TRUE(confirmations.accept(checkout, signed_order));  // what is confirmed is told on any way
}

TEST_F(DialogueDeskTest, RefusesPaymentBeforeItIsAskedFor) {
  ask_separately();
  auto information = wallet.information(open(), checkout);
  information.payment = card();
  EXPECT_EQ(code_of(send(std::move(information))), ErrorCode::kForbidden);
}

TEST_F(DialogueDeskTest, RefusesCertificatesInWrongRolesOrOfAnotherHolder) {
  std::swap(wallet.signing, wallet.agreement);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kWrongRole);
  std::swap(wallet.signing, wallet.agreement);
  wallet.agreement = shop.issue_purchaser("second", x509::Role::kPurchaserAgreement);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kForbidden);
  wallet.signing = *shop.identity->signer();
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kWrongRole);
}

TEST_F(DialogueDeskTest, RefusesHeldRevokedAndUnknownCertificatesOfEitherKind) {
  for (const auto* certificate : {&wallet.signing.certificate, &wallet.agreement.certificate}) {
    auto& status = shop.authority.statuses[certificate->serial().hex()];
    status = {x509::StatusKind::kRevoked, shop.clock.now(), x509::RevocationReason::kCertificateHold};
    EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kCertificateOnHold);
    status.reason = x509::RevocationReason::kKeyCompromise;
    EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kCertificateRevoked);
    status = {};
    EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kCertificateUnknown);
    status = {.kind = x509::StatusKind::kGood};
  }
  EXPECT_EQ(open().profile, OrderProfile::kPlain);
}

TEST_F(DialogueDeskTest, RefusesExpiredCertificates) {
  shop.clock.advance(std::chrono::days(20 * 365));
  checkout = open_checkout();
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kExpired);
}

TEST_F(DialogueDeskTest, AsksNothingOfTheCompanyOnceTheCheckoutIsOver) {
  const auto request = open();
  take(checkouts.cancel(checkout));
  EXPECT_EQ(code_of(send(answer_to(request))), ErrorCode::kCancelled);
  checkout = open_checkout();
  const auto late = open();
  shop.clock.advance(Seconds(1800));
  EXPECT_EQ(code_of(send(answer_to(late))), ErrorCode::kExpired);
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kExpired);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(DialogueDeskTest, KnowsNoCheckoutThatWasNotOpened) {
  checkout = "nothing";
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kNotFound);
}

TEST_F(DialogueDeskTest, LeavesNoPaymentDataInAnyFile) {
  company.declines["4000000000000002"] = "insufficient_limit";
  const auto request = open();
  take(send(answer_to(request, card("4000000000000002"))));
  take(send(documents::PaymentMessage{account(), wallet.sign(*request.order)}));
  EXPECT_EQ(state(), CheckoutState::kConfirmed);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shop.folder.path())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto content = to_text(take(storage::read_file(entry.path(), 64 << 20)));
    for (const std::string_view canary : {"4000000000000002", "110-123-456789", "CANARY HOLDER", "2029-08"})
      EXPECT_EQ(content.find(canary), std::string::npos) << entry.path() << ": " << canary;
  }
  EXPECT_GE(files, 2U);
}

}  // namespace
}  // namespace countersign::merchant
