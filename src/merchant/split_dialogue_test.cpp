// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <filesystem>

#include "crypto/digest.h"
#include "merchant/review_check.h"
#include "merchant/split_test_desk.h"
#include "storage/file.h"

// Purchases of profile set (mission F7): each step, and each check of the gateway's removed or circumvented.
namespace countersign::merchant {
namespace {

using Conduct = FakeAuthority::Conduct;
using documents::InformationRequest;
using documents::OrderProfile;
using documents::Outcome;
using documents::PaymentMessage;
using documents::SealedPayment;
using documents::SplitOffer;
using testing::ElementsAre;
using testing::IsEmpty;
using x509::code_of;

constexpr std::string_view kPoorCard = "4000000000000002";

Bytes envelope_of(const PaymentMessage& payment) {
  return std::get<SealedPayment>(payment.payment).envelope;
}

TEST_F(SplitDialogueTest, SellsThroughTheCompanyThatTheHolderChose) {
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kSet);
  EXPECT_THAT(request.companies, ElementsAre(company.subject(), other_company.subject()));
  EXPECT_FALSE(request.order || request.methods);

  const auto offer = as<SplitOffer>(inform(request, company));
  EXPECT_EQ(offer.certificate, company.signing.certificate.der());
  EXPECT_EQ(offer.agreement_certificate, company.agreement.certificate.der());
  const auto order = take(documents::parse_order(offer.order));
  EXPECT_EQ(order.profile, OrderProfile::kSet);
  EXPECT_EQ(order.card_company, documents::reference_to(company.agreement.certificate));

  const auto payment = wallet.split_payment(offer);
  const auto outcome = as<Outcome>(pay(payment));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(outcome.payment, envelope_of(payment));
  EXPECT_EQ(view().checkout.state, CheckoutState::kConfirmed);
  EXPECT_TRUE(check.asked.empty());

  // S53–S56: the company's result under the merchant's signature, and named by the confirmation.
  const auto relayed = take(x509::verify_signed_document(*outcome.review, *shop.view.anchor(),
                                                         x509::Role::kMerchant, shop.clock.now()));
  EXPECT_EQ(relayed.signer, shop.identity->signer()->certificate);
  EXPECT_EQ(relayed.cms.content_type, x509::ContentType::kSignedData);
  const auto result = take(x509::verify_signed_document(relayed.cms.content, *shop.view.anchor(),
                                                        x509::Role::kCardCompany, shop.clock.now()));
  EXPECT_EQ(result.signer, company.signing.certificate);
  EXPECT_EQ(shop.authority.reviews_asked.at(0), to_bytes(relayed.cms.content));
}

TEST_F(SplitDialogueTest, SendsTheCompanyAnAgreementAndTheSignatureWithoutTheOrder) {
  const auto offer = offered();
  const auto payment = wallet.split_payment(offer);
  as<Outcome>(pay(payment));
  ASSERT_EQ(company.asked.size(), 1U);
  const auto& asked = company.asked[0];
  EXPECT_EQ(asked.payment, envelope_of(payment));
  EXPECT_EQ(asked.signed_order, take(x509::detach_content(payment.signed_order)));
  const auto order = take(documents::parse_order(offer.order));
  const auto agreement = take(x509::verify_signed_document(asked.agreement, *shop.view.anchor(),
                                                           x509::Role::kMerchant, shop.clock.now()));
  EXPECT_EQ(take(documents::parse_agreement(agreement.cms.content)),
            take(documents::terms_of(order, offer.order)));
  for (const auto& part : {asked.agreement, asked.signed_order, asked.payment}) {
    const auto text = as_text(part);
    for (const auto* secret : {"\"description\"", "\"sku\"", "lines"})
      EXPECT_EQ(text.find(secret), std::string_view::npos) << secret;
  }
}

TEST_F(SplitDialogueTest, HoldsNoCardNumberExpiryDateOrNonceInAnyFile) {
  const auto payment = wallet.split_payment(offered());
  as<Outcome>(pay(payment));
  take(process->captures.capture_due());
  const auto opened = take(x509::open_sealed_to(
      company.agreement.certificate, x509::agreement_by(company.agreement.key), envelope_of(payment)));
  const auto nonce = hex_encode(take(documents::parse_split_instruction(opened)).nonce);
  process.reset();
  shop.database.reset();
  int files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(shop.folder.path())) {
    if (!file.is_regular_file()) continue;
    ++files;
    const auto bytes = take(storage::read_file(file.path(), 64 << 20));
    for (const std::string_view secret :
         {kGoodCard, std::string_view("2029-08"), std::string_view(nonce), std::string_view("CANARY HOLDER")})
      EXPECT_EQ(as_text(bytes).find(secret), std::string_view::npos) << file.path();
  }
  EXPECT_GT(files, 1);
  process = nullptr;
}

// Which profile, and which company.

TEST_F(SplitDialogueTest, TakesSetAsTheStrongestAndAllowsTheOthersToo) {
  wallet.profiles = {OrderProfile::kSet, OrderProfile::kSession, OrderProfile::kPlain};
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kSet);
  EXPECT_THAT(request.profiles,
              ElementsAre(OrderProfile::kSet, OrderProfile::kSession, OrderProfile::kPlain));
  checkout = open_checkout();
  wallet.profiles = {OrderProfile::kSession};
  EXPECT_EQ(open().profile, OrderProfile::kSession);
}

TEST_F(SplitDialogueTest, NamesOnlyCompaniesWhoseCertificatesAreGoodNow) {
  other_company.is_silent = true;
  restart();
  EXPECT_THAT(open().companies, ElementsAre(company.subject()));
}

TEST_F(SplitDialogueTest, TakesNoWeakerProfileBecauseNoCompanyIsAtHand) {
  company.is_silent = other_company.is_silent = true;
  restart();
  wallet.profiles = {OrderProfile::kSet, OrderProfile::kSession};
  EXPECT_EQ(code_of(send(wallet.opening())), ErrorCode::kUnavailable);
  EXPECT_EQ(view().checkout.state, CheckoutState::kOpen);
}

TEST_F(SplitDialogueTest, TakesNoSplitPaymentWithoutAnyCompany) {
  CardCompanies none(shop.context(), {});
  SplitDesk split(shop.context(), none);
  DialogueDesk desk(shop.context(),
                    {process->checkouts, process->confirmations, process->payments, process->sessions,
                     shop.authority, nullptr, &split},
                    {});
  const auto opening = take(documents::write_dialogue(documents::WalletMessage(wallet.opening())));
  EXPECT_EQ(code_of(desk.answer(checkout, opening.reveal(crypto::SecretAccess()), connection)),
            ErrorCode::kUnsupported);
}

TEST_F(SplitDialogueTest, KeepsAnOrderWithTheCompanyThatItNames) {
  const auto first = offered();
  wallet.nonce = {43};
  const auto request = open();
  EXPECT_THAT(request.companies, ElementsAre(company.subject()));
  EXPECT_EQ(code_of(inform(request, other_company)), ErrorCode::kConflict);
  EXPECT_EQ(as<SplitOffer>(inform(request, company)).order, first.order);
}

TEST_F(SplitDialogueTest, OffersNoOrderUnderAnotherKeyOfTheCompany) {
  offered();
  company.agreement = TestCompany(shop).agreement;
  shop.clock.advance(Seconds(601));
  wallet.nonce = {43};
  EXPECT_EQ(code_of(inform(open(), company)), ErrorCode::kConflict);
}

TEST_F(SplitDialogueTest, RefusesACompanyThatTheShopDoesNotWorkWith) {
  EXPECT_EQ(code_of(inform(open(), TestCompany(shop, "Stranger"))), ErrorCode::kUnsupported);
  EXPECT_EQ(view().checkout.state, CheckoutState::kOpen);
}

TEST_F(SplitDialogueTest, AsksForACompanyInAPurchaseOfThisProfileAlone) {
  EXPECT_EQ(code_of(send(wallet.information(open(), checkout))), ErrorCode::kMalformed);
  checkout = open_checkout();
  wallet.profiles = {OrderProfile::kSession};
  EXPECT_EQ(code_of(inform(open(), company)), ErrorCode::kMalformed);
}

TEST_F(SplitDialogueTest, IdentifiesInThisProfileWithoutACompany) {
  CheckoutRequest login;
  login.purpose = documents::DialoguePurpose::kLogin;
  checkout = take(process->checkouts.open(login)).id;
  company.is_silent = other_company.is_silent = true;
  const auto request = open();
  EXPECT_EQ(request.profile, OrderProfile::kSet);
  EXPECT_THAT(request.companies, IsEmpty());
  EXPECT_EQ(as<Outcome>(send(wallet.information(request, checkout))).kind, Outcome::Kind::kIdentified);
}

// S40–S41: what the wallet sends.

struct SplitOrderTest : SplitDialogueTest {
  SplitOffer offer = offered();
  PaymentMessage payment = wallet.split_payment(offer);

  ErrorCode code_with(Bytes signed_order) {
    return code_of(send(PaymentMessage{SealedPayment{envelope_of(payment)}, std::move(signed_order)}));
  }
};

TEST_F(SplitOrderTest, IsRefusedWithoutTheDigestOfAPaymentInstruction) {
  EXPECT_EQ(code_with(wallet.sign(offer.order)), ErrorCode::kSignatureInvalid);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(SplitOrderTest, IsRefusedFromAnotherSigner) {
  EXPECT_EQ(code_with(new_wallet("second").sign_with(offer.order, {1})), ErrorCode::kForbidden);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(SplitOrderTest, IsRefusedWithOtherBytesThanWereSent) {
  std::string altered = to_text(offer.order);
  altered.replace(altered.find("12000"), 5, "00001");
  EXPECT_EQ(code_with(wallet.sign_with(as_bytes(altered), {1})), ErrorCode::kConflict);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(SplitOrderTest, IsRefusedWithASignatureThatWasAltered) {
  Bytes altered = payment.signed_order;
  altered.back() ^= 1;
  EXPECT_FALSE(pay({SealedPayment{envelope_of(payment)}, altered}));
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(SplitOrderTest, IsRefusedWithPaymentDataThatTheShopCouldRead) {
  EXPECT_EQ(code_of(send(PaymentMessage{card(), payment.signed_order})), ErrorCode::kUnsupported);
  EXPECT_TRUE(company.asked.empty());
}

TEST_F(SplitOrderTest, IsNotTakenAloneWithoutItsPayment) {
  EXPECT_EQ(code_of(process->confirmations.accept(checkout, payment.signed_order)), ErrorCode::kForbidden);
  EXPECT_EQ(code_of(process->confirmations.accept(checkout, payment.signed_order, OrderPath::kDialogue)),
            ErrorCode::kForbidden);
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());
}

TEST_F(SplitOrderTest, IsCountersignedWithNoOtherSignatureThanTheOneWhosePaymentWasApproved) {
  const auto cms = take(x509::UnverifiedCms::parse(payment.signed_order));
  const auto signature = take(x509::verify_order_cms(cms, wallet.signing.certificate));
  ASSERT_TRUE(take(process->split.review(stored_order(), {*signature.payment_digest, payment.signed_order,
                                                          envelope_of(payment)}))
                  .approved);
  EXPECT_EQ(code_of(process->confirmations.accept(checkout, wallet.split_payment(offer).signed_order,
                                                  OrderPath::kDialogue)),
            ErrorCode::kConflict);
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());
  EXPECT_TRUE(process->confirmations.accept(checkout, payment.signed_order, OrderPath::kDialogue));
}

TEST_F(SplitOrderTest, IsRefusedInAnotherProfileWithTheDigestOfAPaymentInstruction) {
  checkout = open_checkout();
  const auto order = take(
      process->checkouts.take(checkout, wallet.signing.certificate.der(), {OrderProfile::kSession, {}, {}}));
  EXPECT_EQ(code_of(process->confirmations.accept(checkout, wallet.sign_with(order, {1}))),
            ErrorCode::kSignatureInvalid);
}

TEST_F(SplitDialogueTest, TakesNoPaymentBeforeItsOrderWasSent) {
  const auto offer = offered();
  const auto payment = wallet.split_payment(offer);
  checkout = open_checkout();
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kForbidden);
  wallet.nonce = {43};
  offered();
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kConflict) << "the order of another checkout";
  EXPECT_TRUE(company.asked.empty());
}

// S52: a result that is not the company's, or not about this, is not believed, and nothing stays held.

struct Falsehood {
  const char* name;
  std::function<void(SplitDialogueTest&)> tell;
  ErrorCode code;
};
struct FalseResultTest : SplitDialogueTest, testing::WithParamInterface<Falsehood> {};

TEST_P(FalseResultTest, IsNotBelievedAndWhatMayBeHeldIsReleased) {
  GetParam().tell(*this);
  const auto offer = offered();
  const auto payment = wallet.split_payment(offer);
  EXPECT_EQ(code_of(pay(payment)), GetParam().code);
  EXPECT_EQ(view().checkout.state, CheckoutState::kTaken);
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());
  EXPECT_EQ(view().payment->state, PaymentAttempt::State::kAbandoned);
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kGone);
  EXPECT_EQ(take(process->split.release_unused()), 1);
  EXPECT_EQ(company.released.size(), 1U);
  EXPECT_EQ(take(process->split.release_unused()), 0);

  company.signs_as = company.signing;
  company.alter_result = [](documents::ReviewResult&) {};
  EXPECT_EQ(as<Outcome>(pay(wallet.split_payment(offer))).kind, Outcome::Kind::kConfirmation);
}

INSTANTIATE_TEST_SUITE_P(
    Falsehoods, FalseResultTest,
    testing::Values(Falsehood{"OfAnotherCompany",
                              [](auto& world) { world.company.signs_as = world.other_company.signing; },
                              ErrorCode::kForbidden},
                    Falsehood{"OfTheMerchantItself",
                              [](auto& world) { world.company.signs_as = *world.shop.identity->signer(); },
                              ErrorCode::kWrongRole},
                    Falsehood{"AboutAnotherOrder",
                              [](auto& world) {
                                world.company.alter_result = [](auto& result) { result.terms.order = {9}; };
                              },
                              ErrorCode::kConflict},
                    Falsehood{"AboutAnotherTransaction",
                              [](auto& world) {
                                world.company.alter_result = [](auto& result) {
                                  result.terms.transaction = "0190a7c2-8d3e-7000-8000-000000000002";
                                };
                              },
                              ErrorCode::kConflict},
                    Falsehood{"OverAnotherAmount",
                              [](auto& world) {
                                world.company.alter_result = [](auto& result) {
                                  result.terms.amount.minor_units = 1;
                                };
                              },
                              ErrorCode::kAmountMismatch},
                    Falsehood{"OfAnotherInstruction",
                              [](auto& world) {
                                world.company.alter_result = [](auto& result) { result.instruction = {9}; };
                              },
                              ErrorCode::kConflict}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(SplitDialogueTest, DoesNotBelieveTheResultOfAnotherOrderSwappedIn) {
  const auto first = wallet.split_payment(offered());
  as<Outcome>(pay(first));
  const auto swapped = *shop.authority.reviews_asked.at(0);
  struct Swapper final : CardCompanyAccess {
    Swapper(TestCompany& real_company, Bytes other) : real(real_company), answer(std::move(other)) {}
    Result<documents::CompanyCertificates> certificates() override { return real.certificates(); }
    Result<CompanyAnswer<Bytes>> review(const documents::SplitAuthorizationRequest&) override {
      return CompanyAnswer<Bytes>(answer);
    }
    Result<void> release(std::string_view reference) override { return real.release(reference); }
    Result<CompanyAnswer<documents::MovementAnswer>> capture(
        const documents::CaptureRequest& request) override {
      return real.capture(request);
    }
    Result<CompanyAnswer<documents::MovementAnswer>> refund(
        const documents::RefundRequest& request) override {
      return real.refund(request);
    }
    TestCompany& real;
    const Bytes answer;
  } swapper(company, swapped);
  process = std::make_unique<Process>(shop.context(), shop, check,
                                      std::vector<CardCompany>{{company.subject(), swapper}});
  checkout = open_checkout();
  wallet.nonce = {43};
  EXPECT_EQ(code_of(pay(wallet.split_payment(offered()))), ErrorCode::kConflict);
  EXPECT_EQ(shop.authority.confirmations_asked.size(), 1U);
}

// Declined, another try, repeats.

struct DeclinedSplitTest : SplitDialogueTest {
  DeclinedSplitTest() { company.declines[std::string(kPoorCard)] = "insufficient_funds"; }
};

TEST_F(DeclinedSplitTest, NamesTheReasonWithTheCompanysWordAndTakesAnotherPayment) {
  const auto offer = offered();
  const auto payment = wallet.split_payment(offer, kPoorCard);
  const auto declined = as<Outcome>(pay(payment));
  EXPECT_EQ(declined.kind, Outcome::Kind::kDeclined);
  EXPECT_EQ(declined.code, "insufficient_funds");
  EXPECT_EQ(declined.tries_left, 2);
  EXPECT_EQ(declined.payment, envelope_of(payment));
  const auto relayed = take(x509::verify_signed_document(*declined.review, *shop.view.anchor(),
                                                         x509::Role::kMerchant, shop.clock.now()));
  const auto result = take(x509::verify_signed_document(relayed.cms.content, *shop.view.anchor(),
                                                        x509::Role::kCardCompany, shop.clock.now()));
  EXPECT_EQ(take(documents::parse_review_result(result.cms.content)).code, "insufficient_funds");
  EXPECT_EQ(view().payment->code, "insufficient_funds");
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());

  EXPECT_EQ(as<Outcome>(pay(wallet.split_payment(offer))).kind, Outcome::Kind::kConfirmation);
}

TEST_F(DeclinedSplitTest, RepeatsEachAnswerByteForByteAlsoAfterARestart) {
  const auto offer = offered();
  std::vector<PaymentMessage> payments;
  std::vector<Bytes> answers;
  for (int i = 0; i < 3; ++i) {
    payments.push_back(wallet.split_payment(offer, kPoorCard));
    answers.push_back(take(pay(payments.back())));
  }
  EXPECT_EQ(as<Outcome>(answers[2]).tries_left, 0);
  EXPECT_EQ(view().checkout.state, CheckoutState::kCancelled);
  restart();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(take(pay(payments[i])), answers[i]);
  EXPECT_EQ(code_of(pay(wallet.split_payment(offer))), ErrorCode::kCancelled);
  EXPECT_EQ(company.asked.size(), 3U);
}

TEST_F(DeclinedSplitTest, IsRefusedAfterNineWithinAnHourBeforeTheCompanyIsAsked) {
  for (int i = 0; i < 3; ++i) {
    checkout = open_checkout();
    const auto offer = offered();
    for (int j = 0; j < 3; ++j) as<Outcome>(pay(wallet.split_payment(offer, kPoorCard)));
  }
  checkout = open_checkout();
  const auto payment = wallet.split_payment(offered());
  const auto answer = take(pay(payment));
  const auto refused = as<Outcome>(answer);
  EXPECT_EQ(refused.code, kTooManyDeclined);
  EXPECT_FALSE(refused.review || refused.payment);
  EXPECT_EQ(view().checkout.state, CheckoutState::kCancelled);
  EXPECT_EQ(view().payment->code, kTooManyDeclined);
  restart();
  EXPECT_EQ(take(pay(payment)), answer);
  EXPECT_EQ(company.asked.size(), 9U);
}

TEST_F(DeclinedSplitTest, CountsOnlyWhatACompanyDeclined) {
  for (int i = 0; i < 3; ++i) {
    checkout = open_checkout();
    const auto offer = offered();
    for (int j = 0; j < 3; ++j) as<Outcome>(pay(wallet.split_payment(offer, kPoorCard)));
  }
  shop.clock.advance(Seconds(1800));
  for (int i = 0; i < 9; ++i) {
    checkout = open_checkout();
    EXPECT_EQ(buy().code, kTooManyDeclined);
  }
  shop.clock.advance(Seconds(1801));
  checkout = open_checkout();
  EXPECT_EQ(buy().kind, Outcome::Kind::kConfirmation);
}

TEST_F(DeclinedSplitTest, AsksAgainAboutWhatTheCompanyMayHaveApprovedHoweverManyWereDeclinedSince) {
  const auto payment = wallet.split_payment(offered());
  const auto lost = checkout;
  company.loses_answers = true;
  EXPECT_FALSE(pay(payment));
  company.loses_answers = false;
  for (int i = 0; i < 3; ++i) {
    checkout = open_checkout();
    shop.clock.advance(Seconds(61));
    const auto offer = offered();
    for (int j = 0; j < 3; ++j) as<Outcome>(pay(wallet.split_payment(offer, kPoorCard)));
  }
  checkout = lost;
  EXPECT_EQ(as<Outcome>(pay(payment)).kind, Outcome::Kind::kConfirmation);
}

TEST_F(SplitDialogueTest, AnswersARepeatedPaymentAlikeAlsoAfterARestartAndAsksOnce) {
  const auto payment = wallet.split_payment(offered());
  const auto bought = take(pay(payment));
  EXPECT_EQ(take(pay(payment)), bought);
  restart();
  EXPECT_EQ(take(pay(payment)), bought);
  // A wallet that comes back with a fresh dialogue gets the same outcome.
  wallet.nonce = {43};
  EXPECT_EQ(take(inform(open(), company)), bought);
  EXPECT_EQ(company.asked.size(), 1U);
  EXPECT_EQ(shop.authority.confirmations_asked.size(), 1U);
}

TEST_F(SplitDialogueTest, RefusesOtherBytesUnderAnInstructionThatIsKnown) {
  const auto payment = wallet.split_payment(offered());
  as<Outcome>(pay(payment));
  EXPECT_EQ(code_of(pay({SealedPayment{{1}}, payment.signed_order})), ErrorCode::kConflict);
}

TEST_F(SplitDialogueTest, AsksTheVerySameAgainWhenTheCompanyWasSilent) {
  const auto payment = wallet.split_payment(offered());
  company.loses_answers = true;
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kUnavailable);
  EXPECT_EQ(view().payment->state, PaymentAttempt::State::kAsked);
  restart();
  company.loses_answers = false;
  EXPECT_EQ(as<Outcome>(pay(payment)).kind, Outcome::Kind::kConfirmation);
  ASSERT_EQ(company.asked.size(), 2U);
  EXPECT_EQ(company.asked[0].agreement, company.asked[1].agreement);
  EXPECT_EQ(company.asked[0].signed_order, company.asked[1].signed_order);
  EXPECT_EQ(company.asked[0].payment, company.asked[1].payment);
}

TEST_F(SplitDialogueTest, SettlesAPaymentWhoseAnswerWasLostBeforeItAsksAboutAnother) {
  const auto offer = offered();
  const auto first = wallet.split_payment(offer);
  company.loses_answers = true;
  EXPECT_EQ(code_of(pay(first)), ErrorCode::kUnavailable);
  const auto second = wallet.split_payment(offer, "4111111111111111");
  EXPECT_EQ(code_of(pay(second)), ErrorCode::kUnavailable);
  company.loses_answers = false;
  EXPECT_EQ(code_of(pay(second)), ErrorCode::kConflict) << "the first was approved";
  EXPECT_EQ(company.approved.size(), 1U);
  EXPECT_EQ(as<Outcome>(pay(first)).kind, Outcome::Kind::kConfirmation);
}

TEST_F(SplitDialogueTest, TakesAnotherPaymentAfterOneThatTheCompanyWouldNotReview) {
  const auto offer = offered();
  const auto first = wallet.split_payment(offer);
  company.problem = ErrorCode::kMalformed;
  EXPECT_EQ(code_of(pay(first)), ErrorCode::kMalformed);
  EXPECT_EQ(view().payment->state, PaymentAttempt::State::kAbandoned);
  company.problem.reset();
  company.takes_no_release = true;
  const auto second = wallet.split_payment(offer);
  EXPECT_EQ(code_of(pay(second)), ErrorCode::kUnavailable) << "it may hold the first";
  EXPECT_EQ(company.asked.size(), 1U);
  company.takes_no_release = false;
  EXPECT_EQ(as<Outcome>(pay(second)).kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(company.released.size(), 1U);
  EXPECT_EQ(take(process->split.release_unused()), 0);
}

// The company approves one payment of an order: who pays anew after a result that was not believed must not
// meet that.
TEST_F(SplitDialogueTest, ReleasesWhatWasNotBelievedBeforeItAsksAboutAnother) {
  const auto offer = offered();
  company.signs_as = other_company.signing;
  EXPECT_EQ(code_of(pay(wallet.split_payment(offer))), ErrorCode::kForbidden);
  EXPECT_EQ(company.approved.size(), 1U);
  company.signs_as = company.signing;
  EXPECT_EQ(as<Outcome>(pay(wallet.split_payment(offer))).kind, Outcome::Kind::kConfirmation);
  EXPECT_EQ(company.released.size(), 1U);
}

// Only the company can say that it decided nothing.
TEST_F(SplitDialogueTest, AbandonsNothingForWhatFailsOnTheWay) {
  const auto offer = offered();
  const auto payment = wallet.split_payment(offer);
  company.loses_answers = true;
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kUnavailable);
  company.loses_answers = false;
  for (const auto code : {ErrorCode::kExpired, ErrorCode::kForbidden, ErrorCode::kNotFound,
                          ErrorCode::kConflict, ErrorCode::kWrongOrigin}) {
    company.fails_with = code;
    EXPECT_EQ(code_of(pay(payment)), ErrorCode::kUnavailable);
    EXPECT_EQ(view().payment->state, PaymentAttempt::State::kAsked);
    EXPECT_EQ(code_of(pay(wallet.split_payment(offer))), ErrorCode::kUnavailable) << "the first may stand";
  }
  company.fails_with.reset();
  EXPECT_EQ(as<Outcome>(pay(payment)).kind, Outcome::Kind::kConfirmation);
  EXPECT_TRUE(company.released.empty());
}

TEST_F(SplitDialogueTest, BelievesNoAnswerToAPaymentThatWasGivenUpMeanwhile) {
  const auto payment = wallet.split_payment(offered());
  company.alter_result = [&](documents::ReviewResult&) {
    take(shop.database->write([](storage::Transaction& transaction) -> Result<void> {
      TRY(transaction.execute("UPDATE payments SET state = 'released'", {}));
      return ok();
    }));
  };
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kGone);
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kGone);
  EXPECT_TRUE(view().payment->authorization.empty());
  EXPECT_TRUE(shop.authority.confirmations_asked.empty());
}

TEST_F(SplitDialogueTest, StoresNoResultBesideAnotherInstruction) {
  buy();
  take(shop.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(auto all, split_payments_of(transaction, checkout));
    TRY(put_review(transaction, all.at(0)));
    all.at(0).payment.instruction = {9};
    EXPECT_FALSE(put_review(transaction, all.at(0)));
    return ok();
  }));
}

// While a question is under way, nobody takes it for one whose answer was lost.
TEST_F(SplitDialogueTest, ReleasesNothingThatIsBeingSettled) {
  const auto offer = offered();
  company.loses_answers = true;
  EXPECT_EQ(code_of(pay(wallet.split_payment(offer))), ErrorCode::kUnavailable);
  shop.clock.advance(Seconds(61));
  EXPECT_EQ(code_of(pay(wallet.split_payment(offer))), ErrorCode::kUnavailable);
  take(process->checkouts.cancel(checkout));
  EXPECT_EQ(take(process->split.release_unused()), 0);
  shop.clock.advance(Seconds(61));
  EXPECT_EQ(take(process->split.release_unused()), 1);
}

TEST_F(SplitDialogueTest, LeavesTheRestOfACompanyThatIsAwayAndReleasesAtTheOthers) {
  const auto lose = [&](TestCompany& at) {
    at.loses_answers = true;
    checkout = open_checkout();
    EXPECT_FALSE(pay(wallet.split_payment(offered(at))));
    take(process->checkouts.cancel(checkout));
  };
  for (int i = 0; i < 5; ++i) lose(company);
  shop.clock.advance(Seconds(1));
  lose(other_company);
  shop.clock.advance(Seconds(61));
  company.is_silent = true;
  EXPECT_EQ(take(process->split.release_unused()), 1);
  EXPECT_EQ(other_company.released.size(), 1U);
  company.is_silent = false;
  EXPECT_EQ(take(process->split.release_unused()), 2) << "those that were not tried";
  shop.clock.advance(Seconds(10));
  EXPECT_EQ(take(process->split.release_unused()), 3);
}

// The gateway's certificate changes between order and payment: what the order names signs, whoever speaks.
TEST_F(SplitDialogueTest, AgreesWithTheCertificateThatTheOrderNamesAlsoAfterARenewal) {
  const auto old = *shop.identity->signer();
  const auto offer = offered();
  const auto next = take(shop.identity->next_key());
  auto renewed = shop.network.order(x509::Role::kMerchant, next.public_key());
  renewed.subject = old.certificate.subject();
  take(
      shop.identity->install(take(x509::issue_certificate(shop.network.issuer(), renewed)), shop.network.ca));
  ASSERT_FALSE(shop.identity->signer()->certificate == old.certificate);
  const auto outcome = as<Outcome>(pay(wallet.split_payment(offer)));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kConfirmation);
  const auto agreement = take(x509::verify_signed_document(company.asked.at(0).agreement, *shop.view.anchor(),
                                                           x509::Role::kMerchant, shop.clock.now()));
  EXPECT_EQ(agreement.signer, old.certificate);
  EXPECT_EQ(take(documents::parse_agreement(agreement.cms.content)).merchant,
            documents::reference_to(old.certificate));
  EXPECT_EQ(take(process->captures.capture_due()), 1);
  EXPECT_EQ(take(process->refunds.refund({checkout, 12'000, "first"})).state, Refund::State::kRefunded);
}

TEST_F(SplitDialogueTest, TakesNoSecondPaymentOfAnOrderThatIsPaid) {
  const auto offer = offered();
  as<Outcome>(pay(wallet.split_payment(offer)));
  EXPECT_EQ(code_of(pay(wallet.split_payment(offer))), ErrorCode::kConflict);
  EXPECT_EQ(company.asked.size(), 1U);
}

TEST_F(SplitDialogueTest, TakesNoPaymentOfACheckoutThatEnded) {
  const auto payment = wallet.split_payment(offered());
  take(process->checkouts.cancel(checkout));
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kCancelled);
  checkout = open_checkout();
  wallet.nonce = {43};
  const auto late = wallet.split_payment(offered());
  shop.clock.advance(Seconds(1800));
  EXPECT_EQ(code_of(pay(late)), ErrorCode::kExpired);
  EXPECT_TRUE(company.asked.empty());
}

// After the approval.

TEST_F(SplitDialogueTest, AsksTheAuthorityWithTheSameReviewUntilItAnswers) {
  const auto payment = wallet.split_payment(offered());
  shop.authority.conduct = Conduct::kSilent;
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kUnavailable);
  EXPECT_EQ(view().checkout.state, CheckoutState::kConfirming);
  shop.authority.conduct = Conduct::kHonest;
  restart();
  shop.clock.advance(Seconds(10));
  EXPECT_EQ(take(process->confirmations.resume_pending()), 1);
  EXPECT_EQ(as<Outcome>(pay(payment)).kind, Outcome::Kind::kConfirmation);
  ASSERT_EQ(shop.authority.reviews_asked.size(), 2U);
  EXPECT_EQ(shop.authority.reviews_asked[0], shop.authority.reviews_asked[1]);
  EXPECT_EQ(company.asked.size(), 1U);
}

TEST_F(SplitDialogueTest, BelievesNoConfirmationThatNamesAnotherReview) {
  const std::vector<std::function<void(documents::Confirmation&)>> alterations = {
      [](auto& confirmation) { confirmation.review->digest = {9}; },
      [](auto& confirmation) { confirmation.review->code = "another"; },
      [](auto& confirmation) { confirmation.review.reset(); }};
  for (const auto& alter : alterations) {
    checkout = open_checkout();
    shop.authority.alter_confirmation = alter;
    EXPECT_EQ(code_of(pay(wallet.split_payment(offered()))), ErrorCode::kConflict);
    EXPECT_EQ(view().checkout.state, CheckoutState::kConfirming);
  }
}

TEST_F(SplitDialogueTest, ReleasesWhatWasApprovedForAnOrderThatTheAuthorityRefused) {
  shop.authority.conduct = Conduct::kRefuses;
  const auto payment = wallet.split_payment(offered());
  const auto refused = take(pay(payment));
  EXPECT_EQ(as<Outcome>(refused).kind, Outcome::Kind::kRefusal);
  EXPECT_TRUE(as<Outcome>(refused).review);
  company.is_silent = true;
  EXPECT_EQ(take(process->split.release_unused()), 0);
  company.is_silent = false;
  shop.clock.advance(Seconds(10));
  EXPECT_EQ(take(process->split.release_unused()), 1);
  EXPECT_EQ(take(process->payments.release_unused()), 0) << "it is no payment of the other profiles";
  EXPECT_EQ(company.released.size(), 1U);
  EXPECT_EQ(take(process->captures.capture_due()), 0);
  EXPECT_EQ(take(pay(payment)), refused);
}

TEST_F(SplitDialogueTest, ReleasesThePaymentWhoseAnswerWasLostOnceTheCheckoutHasEnded) {
  const auto payment = wallet.split_payment(offered());
  company.loses_answers = true;
  EXPECT_EQ(code_of(pay(payment)), ErrorCode::kUnavailable);
  shop.clock.advance(Seconds(61));
  EXPECT_EQ(take(process->split.release_unused()), 0) << "the wallet may come back";
  take(process->checkouts.cancel(checkout));
  EXPECT_EQ(take(process->split.release_unused()), 1);
  const auto& asked = company.asked.at(0);
  const auto opened = take(x509::open_sealed_to(company.agreement.certificate,
                                                x509::agreement_by(company.agreement.key), asked.payment));
  EXPECT_THAT(company.released, ElementsAre(hex_encode(documents::instruction_digest(opened))));
}

TEST_F(SplitDialogueTest, ReleasesNothingOfAConfirmedOrder) {
  buy();
  shop.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(take(process->split.release_unused()), 0);
}

}  // namespace
}  // namespace countersign::merchant
