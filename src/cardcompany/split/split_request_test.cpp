// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/split_request.h"

#include "cardcompany/testing/sample_split.h"

namespace countersign::cardcompany {
namespace {

class SplitRequestTest : public SplitTest {
 protected:
  Result<CheckedPayment> check(const documents::SplitAuthorizationRequest& asked) const {
    return check_split_request(asked, merchant.certificate, *anchor, agreement, clock.now());
  }
  void expect_refused(const documents::SplitAuthorizationRequest& asked, ErrorCode code,
                      std::string_view detail) const {
    const auto checked = check(asked);
    ASSERT_FALSE(checked) << detail;
    EXPECT_EQ(checked.error().code, code) << checked.error().detail;
    EXPECT_THAT(checked.error().detail, testing::StartsWith(std::string(detail)));
    EXPECT_THAT(checked.error().detail, testing::Not(testing::HasSubstr(std::string(kNumber))));
  }
  // A request whose two halves fit, with an agreement that somebody else signed over them.
  documents::SplitAuthorizationRequest agreed_by(const x509::Issuer& somebody, const Split& sale) const {
    auto asked = request(sale);
    asked.agreement = sign(somebody, take(documents::write_agreement(sale.agreed)));
    return asked;
  }
  // A request whose order was signed by somebody else.
  documents::SplitAuthorizationRequest ordered_by(const x509::Issuer& somebody, const Split& sale) const {
    auto sealed = seal(sale.sealed);
    return {agreement_of(sale.agreed),
            take(x509::detach_content(sign(somebody, sale.order, sealed.instruction))),
            std::move(sealed.envelope)};
  }
};

void replace(Bytes& bytes, std::string_view what, std::string_view instead) {
  const auto found = std::ranges::search(bytes, as_bytes(what));
  ASSERT_FALSE(found.empty()) << what;
  std::ranges::copy(as_bytes(instead), found.begin());
}

TEST_F(SplitRequestTest, TakesBothHalvesOfOnePayment) {
  const Split sale = this->sale();
  const auto checked = take(check(request(sale)));
  EXPECT_EQ(checked.terms, sale.agreed);
  EXPECT_TRUE(checked.purchaser == purchaser.certificate);
  EXPECT_EQ(std::get<documents::CardData>(checked.payment).holder, "Kim Minji");
}

// S44

TEST_F(SplitRequestTest, RefusesAnAgreementThatIsNoSignedDocument) {
  auto asked = request(sale());
  asked.agreement = to_bytes("agreed");
  expect_refused(asked, ErrorCode::kMalformed, "S44 agreement");
}

TEST_F(SplitRequestTest, RefusesAnAgreementOfAnotherNetworksMerchant) {
  const x509::SampleNetwork elsewhere;
  const auto stranger = elsewhere.issue(x509::Role::kMerchant, "CN=Hanok Books,OU=merchants");
  auto asked = request(sale());
  asked.agreement =
      take(x509::sign_cms(elsewhere.signer_of(stranger), take(documents::write_agreement(sale().agreed)),
                          {.signing_time = clock.now()}));
  expect_refused(asked, ErrorCode::kCertificateUnknown, "S44 agreement");
}

TEST_F(SplitRequestTest, RefusesAnAgreementSignedInAnotherRole) {
  expect_refused(agreed_by(purchaser, sale()), ErrorCode::kWrongRole, "S44 agreement");
  expect_refused(agreed_by(signing, sale()), ErrorCode::kWrongRole, "S44 agreement");
}

TEST_F(SplitRequestTest, RefusesAnAgreementOfACertificateWhoseTimeIsOver) {
  const auto asked = request(sale());
  clock.advance(std::chrono::hours(24) * 398);
  expect_refused(asked, ErrorCode::kExpired, "S44 agreement");
}

TEST_F(SplitRequestTest, RefusesAnAgreementThatIsSomethingElse) {
  auto asked = request(sale());
  asked.agreement = sign(merchant, as_bytes("{}"));
  expect_refused(asked, ErrorCode::kMalformed, "S44 agreement");
  asked.agreement = take(cms_signer(merchant).sign(
      take(documents::write_agreement(sale().agreed)),
      {.content_type = x509::ContentType::kSignedData, .signing_time = clock.now()}));
  expect_refused(asked, ErrorCode::kUnsupported, "S44 agreement: signed as something else");
}

TEST_F(SplitRequestTest, RefusesAnAgreementWhoseSignatureCoversAPayment) {
  auto asked = request(sale());
  asked.agreement = sign(merchant, take(documents::write_agreement(sale().agreed)), random_digest());
  expect_refused(asked, ErrorCode::kSignatureInvalid, "S48 agreement: cms: the signature covers a payment");
}

TEST_F(SplitRequestTest, TakesAnAgreementUnderTheOrdersCertificateOfAMerchantThatHasRenewedItsOwn) {
  const auto renewed = network.issue(x509::Role::kMerchant, "CN=Hanok Books,OU=merchants");
  const auto checked =
      take(check_split_request(request(sale()), renewed.certificate, *anchor, agreement, clock.now()));
  EXPECT_TRUE(checked.merchant == merchant.certificate);
}

TEST_F(SplitRequestTest, RefusesAnAgreementUnderAnotherCertificateThanTheOrders) {
  const auto renewed = network.issue(x509::Role::kMerchant, "CN=Hanok Books,OU=merchants");
  expect_refused(agreed_by(renewed, sale()), ErrorCode::kForbidden,
                 "S44 agreement.merchant: is not its signer");
}

TEST_F(SplitRequestTest, RefusesAnAgreementInAnotherMerchantsName) {
  Split sale = this->sale();
  sale.agreed.merchant = sale.sealed.merchant = documents::reference_to(other_merchant.certificate);
  expect_refused(request(sale), ErrorCode::kForbidden, "S44 agreement.merchant: is not its signer");
}

TEST_F(SplitRequestTest, RefusesAnAgreementOfAnotherCertificateOfTheMerchant) {
  Split sale = this->sale();
  sale.agreed.merchant.certificate = sale.sealed.merchant.certificate = random_digest();
  expect_refused(request(sale), ErrorCode::kForbidden, "S44 agreement.merchant: is not its signer");
}

TEST_F(SplitRequestTest, RefusesTheAgreementOfAnotherMerchantThanAsks) {
  Split sale = this->sale();
  sale.agreed.merchant = sale.sealed.merchant = documents::reference_to(other_merchant.certificate);
  expect_refused(agreed_by(other_merchant, sale), ErrorCode::kForbidden,
                 "S44 agreement.merchant: is not who asks");
}

// S45

TEST_F(SplitRequestTest, RefusesToSeeTheOrder) {
  const Split sale = this->sale();
  auto asked = request(sale);
  asked.signed_order = sign(purchaser, sale.order, random_digest());
  expect_refused(asked, ErrorCode::kUnsupported, "S45 signed order");
}

TEST_F(SplitRequestTest, RefusesAnOrderThatAnotherNetworksPurchaserSigned) {
  const x509::SampleNetwork elsewhere;
  const Split sale = this->sale();
  auto asked = request(sale);
  const Bytes attached =
      take(x509::sign_cms(elsewhere.signer_of(elsewhere.issue_purchaser()), sale.order,
                          {.signing_time = clock.now(), .payment_digest = random_digest()}));
  asked.signed_order = take(x509::detach_content(attached));
  expect_refused(asked, ErrorCode::kCertificateUnknown, "S45 signed order");
}

TEST_F(SplitRequestTest, RefusesAnOrderSignedInAnotherRole) {
  expect_refused(ordered_by(merchant, sale()), ErrorCode::kWrongRole, "S45 signed order");
}

TEST_F(SplitRequestTest, RefusesAnOrderWhoseSignatureDoesNotVerify) {
  auto asked = request(sale());
  asked.signed_order.back() ^= 1U;
  expect_refused(asked, ErrorCode::kSignatureInvalid, "S45 signed order");
}

TEST_F(SplitRequestTest, RefusesAnOrderThatAnotherPurchaserSigned) {
  expect_refused(ordered_by(other_purchaser, sale()), ErrorCode::kForbidden,
                 "S45 agreement.purchaser: did not sign the order");
}

TEST_F(SplitRequestTest, RefusesAnotherOrderThanTheAgreements) {
  Split sale = this->sale();
  sale.order = to_bytes("another order");
  expect_refused(request(sale), ErrorCode::kConflict, "S45 signed order: of another order");
}

TEST_F(SplitRequestTest, RefusesAnOrderWhoseSignatureCoversNoPayment) {
  const Split sale = this->sale();
  auto asked = request(sale);
  asked.signed_order = take(x509::detach_content(sign(purchaser, sale.order)));
  expect_refused(asked, ErrorCode::kSignatureInvalid, "S45 signed order: its signature covers no payment");
}

// S46

TEST_F(SplitRequestTest, RefusesWhatIsMeantForAnotherCompany) {
  Split sale = this->sale();
  sale.agreed.card_company.subject = sale.sealed.card_company.subject =
      take(x509::Name::from_text("CN=Other Card,OU=card-companies," + network.data_centre.text()));
  expect_refused(request(sale), ErrorCode::kForbidden, "S46 agreement.cardCompany: is another company");
}

TEST_F(SplitRequestTest, RefusesWhatIsMeantForAnotherKeyOfItsOwn) {
  Split sale = this->sale();
  sale.agreed.card_company.certificate = sale.sealed.card_company.certificate = random_digest();
  expect_refused(request(sale), ErrorCode::kForbidden, "S46 agreement.cardCompany: names another key");
}

TEST_F(SplitRequestTest, RefusesWhatIsSealedToAnotherKey) {
  auto asked = request(sale());
  const auto other = network.issue(x509::Role::kCardCompanyAgreement, "CN=Han River Card,OU=card-companies");
  asked.payment = take(x509::seal_to(other.certificate, crypto::SecretBytes::copy_of(as_bytes("{}"))));
  expect_refused(asked, ErrorCode::kMalformed, "S46 payment");
}

TEST_F(SplitRequestTest, RefusesAnEnvelopeThatWasAltered) {
  auto asked = request(sale());
  asked.payment.back() ^= 1U;
  expect_refused(asked, ErrorCode::kMalformed, "S46 payment");
}

TEST_F(SplitRequestTest, RefusesAnEnvelopeOfSomethingElse) {
  const Split sale = this->sale();
  auto asked = request(sale);
  const auto json = take(documents::write_payment_instruction({sale.agreed.order, card()}));
  asked.payment = take(x509::seal_to(agreement.certificate, json));
  expect_refused(asked, ErrorCode::kUnsupported, "S46 payment");
}

// S47

TEST_F(SplitRequestTest, RefusesATimeThatNoOrderHas) {
  Split sale = this->sale();
  sale.agreed.expires = sale.sealed.expires = clock.now() + std::chrono::hours(24) + Seconds(60);
  EXPECT_TRUE(check(request(sale)));
  sale.agreed.expires = sale.sealed.expires = clock.now() + std::chrono::hours(24) + Seconds(61);
  expect_refused(request(sale), ErrorCode::kMalformed, "S47 agreement.expires");
}

TEST_F(SplitRequestTest, RefusesToPayNothing) {
  expect_refused(request(sale(0)), ErrorCode::kAmountMismatch, "S47 agreement.amount");
}

// S48

TEST_F(SplitRequestTest, RefusesAnAgreementWhoseSignatureDoesNotVerify) {
  auto asked = request(sale());
  asked.agreement.back() ^= 1U;
  expect_refused(asked, ErrorCode::kSignatureInvalid, "S48 agreement");
}

TEST_F(SplitRequestTest, RefusesAnAgreementOverAnotherAmountThanWasSigned) {
  auto asked = request(sale(30'000));
  replace(asked.agreement, R"("amount":30000)", R"("amount":40000)");
  expect_refused(asked, ErrorCode::kSignatureInvalid, "S48 agreement");
}

// S49

struct Difference {
  std::string name;
  std::function<void(documents::SplitTerms&)> change;
  ErrorCode code;
};
const std::vector<Difference> kDifferences = {
    {"order", [](auto& terms) { terms.order = random_digest(); }, ErrorCode::kConflict},
    {"amount", [](auto& terms) { terms.amount.minor_units -= 1; }, ErrorCode::kAmountMismatch},
    {"amount", [](auto& terms) { terms.amount.currency = "JPY"; }, ErrorCode::kAmountMismatch},
    {"merchant", [](auto& terms) { terms.merchant.certificate = random_digest(); }, ErrorCode::kConflict},
    {"merchant", [](auto& terms) { terms.merchant.subject = take(x509::Name::from_text("CN=Namsan Tea")); },
     ErrorCode::kConflict},
    {"purchaser", [](auto& terms) { terms.purchaser.certificate = random_digest(); }, ErrorCode::kConflict},
    {"purchaser", [](auto& terms) { terms.purchaser.subject = take(x509::Name::from_text("UID=p-2")); },
     ErrorCode::kConflict},
    {"cardCompany", [](auto& terms) { terms.card_company.certificate = random_digest(); },
     ErrorCode::kConflict},
    {"transaction", [](auto& terms) { terms.transaction = crypto::random_uuid_v7(terms.expires); },
     ErrorCode::kConflict},
    {"expires", [](auto& terms) { terms.expires += Seconds(1); }, ErrorCode::kConflict},
};

TEST_F(SplitRequestTest, RefusesAnInstructionThatDiffersFromTheAgreementInAnyMember) {
  for (const auto& row : kDifferences) {
    Split sale = this->sale();
    row.change(sale.sealed);
    expect_refused(request(sale), row.code, "S49 instruction." + row.name + ": another one");
  }
}

TEST_F(SplitRequestTest, RefusesThePaymentHalfOfOnePurchaseWithTheOrderHalfOfAnother) {
  const Split one = sale(), another = sale();
  const auto first = request(one);
  auto asked = request(another);
  asked.payment = first.payment;
  expect_refused(asked, ErrorCode::kConflict, "S49 instruction.order");
}

TEST_F(SplitRequestTest, RefusesAnotherInstructionThanTheOrdersSignatureCovers) {
  const Split sale = this->sale();
  auto asked = request(sale);
  asked.payment = seal(sale.sealed, card(kOtherNumber)).envelope;
  expect_refused(asked, ErrorCode::kConflict, "S49 signed order: its signature covers another instruction");
}

}  // namespace
}  // namespace countersign::cardcompany
