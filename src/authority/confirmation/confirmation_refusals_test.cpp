// SPDX-License-Identifier: Apache-2.0
// What the authority does not confirm, each asked for through ConfirmationService.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/testing/test_world.h"
#include "crypto/digest.h"

namespace countersign::authority {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Refusals : public ::testing::Test {
 protected:
  // The reasons of the signed refusal; the request must have got one.
  std::vector<ErrorCode> reasons(const Bytes& countersigned) {
    const Decision decision = take(world_.confirm(countersigned));
    const documents::Refusal refusal = world_.refusal_of(decision);
    EXPECT_EQ(refusal.request, crypto::sha256(countersigned));
    EXPECT_EQ(refusal.data_centre, world_.network.data_centre);
    EXPECT_EQ(decision.reason, refusal.reasons.front().code);
    final_ = refusal.final;
    order_id_ = refusal.order_id;
    std::vector<ErrorCode> codes;
    for (const auto& reason : refusal.reasons) codes.push_back(reason.code);
    return codes;
  }
  // The code of the unsigned problem; the request must have got one.
  ErrorCode problem(Bytes request) {
    const Result<Decision> decision = world_.confirm(std::move(request));
    EXPECT_FALSE(decision);
    return decision ? ErrorCode::kInternal : decision.error().code;
  }
  void TearDown() override { EXPECT_EQ(world_.check(), 0) << "a refusal consumes nothing"; }

  TestWorld world_;
  bool final_ = false;
  std::string order_id_;
};

using ::testing::ElementsAre;

TEST_F(Refusals, WhatIsNotCms) {
  EXPECT_EQ(problem({}), ErrorCode::kMalformed);
  EXPECT_EQ(problem(to_bytes("{}")), ErrorCode::kMalformed);
}

TEST_F(Refusals, ATruncatedRequest) {
  Bytes request = world_.countersigned(world_.new_order());
  request.resize(request.size() - 1);
  EXPECT_EQ(problem(std::move(request)), ErrorCode::kMalformed);
}

TEST_F(Refusals, ARequestWithOctetsBehindIt) {
  Bytes request = world_.countersigned(world_.new_order());
  request.push_back(0);
  EXPECT_EQ(problem(std::move(request)), ErrorCode::kMalformed);
}

TEST_F(Refusals, ARequestInAnotherEncodingOfTheSameValue) {
  const Bytes request = world_.countersigned(world_.new_order());
  ASSERT_EQ(request[1], 0x82);
  Bytes longer{request[0], 0x83, 0x00};  // the same length in one octet more: BER, not DER
  longer.insert(longer.end(), request.begin() + 2, request.end());
  EXPECT_EQ(problem(std::move(longer)), ErrorCode::kMalformed);
}

TEST_F(Refusals, AnOversizedRequest) {
  EXPECT_EQ(problem(Bytes(300 << 10, 0x30)), ErrorCode::kTooLarge);
}

TEST_F(Refusals, AnOrderThatNobodyCountersigned) {
  const Bytes signed_order = world_.sign(world_.new_order());
  EXPECT_EQ(problem(signed_order), ErrorCode::kMalformed);
}

TEST_F(Refusals, AContentThatIsNoSignedOrder) {
  EXPECT_EQ(problem(world_.countersign(to_bytes("no signed data"))), ErrorCode::kMalformed);
}

TEST_F(Refusals, AMessageThatNobodyCouldVerifyFromTheRootAlone) {
  x509::Signer without_ca = *world_.merchant;
  without_ca.chain.clear();
  EXPECT_EQ(problem(world_.countersign(world_.sign(world_.new_order()), without_ca)), ErrorCode::kMalformed);
  x509::Signer with_another = *world_.purchaser;
  with_another.chain.push_back(world_.merchant->certificate);
  EXPECT_EQ(problem(world_.countersign(world_.sign(world_.new_order(), with_another))),
            ErrorCode::kMalformed);
}

TEST_F(Refusals, AnOrderThatIsNotJson) {
  const Bytes signed_text =
      take(x509::sign_cms(*world_.purchaser, to_bytes("hello"), {.signing_time = world_.clock.now()}));
  EXPECT_EQ(problem(world_.countersign(signed_text)), ErrorCode::kMalformed);
}

TEST_F(Refusals, AFlippedBitInTheCountersignature) {
  Bytes request = world_.countersigned(world_.new_order());
  request.back() ^= 1;
  EXPECT_EQ(problem(std::move(request)), ErrorCode::kSignatureInvalid);
}

TEST_F(Refusals, AFlippedBitInTheOrder) {
  Bytes signed_order = world_.sign(world_.new_order());
  const std::string_view text = as_text(signed_order);
  const std::size_t position = text.find("Green tea");
  ASSERT_NE(position, std::string_view::npos);
  signed_order[position] ^= 0x20;
  EXPECT_THAT(reasons(world_.countersign(signed_order)), ElementsAre(ErrorCode::kSignatureInvalid));
  EXPECT_TRUE(final_);
}

TEST_F(Refusals, ACountersignerWhoIsNotTheOneWhoAsks) {
  const x509::Signer other = world_.enrol_merchant("Other Shop");
  const Result<Decision> decision =
      world_.confirm(world_.countersigned(world_.new_order()), other.certificate);
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kForbidden);
}

TEST_F(Refusals, ACountersignerWhomTheDirectoryDoesNotKnow) {
  const x509::Signer stranger = world_.network.issue_merchant("Stranger", world_.clock.now());
  const Bytes request = world_.countersign(world_.sign(world_.new_order()), stranger);
  const Result<Decision> decision = world_.confirm(request, stranger.certificate);
  ASSERT_FALSE(decision);
  EXPECT_EQ(decision.error().code, ErrorCode::kCertificateUnknown);
}

TEST_F(Refusals, APurchaserOfAForeignNetwork) {
  const TestNetwork foreign(world_.clock.now());
  world_.purchaser = foreign.issue_purchaser("0001", world_.clock.now());
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kCertificateUnknown));
}

TEST_F(Refusals, APurchaserWhomTheDirectoryDoesNotKnow) {
  world_.purchaser = world_.network.issue_purchaser("0002", world_.clock.now());
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kCertificateUnknown));
}

TEST_F(Refusals, APurchasersCertificateThatCountersigns) {
  const x509::Signer purchaser = *world_.purchaser;
  documents::Order order = world_.new_order();
  order.merchant = documents::reference_to(purchaser.certificate);
  const Bytes request = world_.countersign(world_.sign(order), purchaser);
  const Decision decision = take(world_.confirm(request, purchaser.certificate));
  EXPECT_EQ(decision.reason, ErrorCode::kWrongRole);
}

TEST_F(Refusals, AMerchantsCertificateThatOrders) {
  world_.purchaser = world_.enrol_merchant("Buyer");
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kWrongRole));
}

TEST_F(Refusals, AnAgreementCertificateThatOrders) {
  world_.purchaser = world_.network.issue_agreement("0001", world_.clock.now());
  world_.add_to_directory(world_.purchaser->certificate);
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kWrongRole));
}

TEST_F(Refusals, TheConfirmationSignersOwnCertificateThatOrders) {
  world_.add_to_directory(world_.confirmation_signer.certificate);
  world_.purchaser = world_.confirmation_signer;
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kWrongRole));
}

TEST_F(Refusals, AnOrderForAnotherMerchant) {
  documents::Order order = world_.new_order();
  order.merchant = documents::reference_to(world_.enrol_merchant("Other Shop").certificate);
  EXPECT_THAT(reasons(world_.countersigned(order)), ElementsAre(ErrorCode::kForbidden));
}

TEST_F(Refusals, AnOrderThatNamesAnotherPurchaser) {
  documents::Order order = world_.new_order();
  order.purchaser = documents::reference_to(world_.enrol_purchaser("0002").certificate);
  EXPECT_THAT(reasons(world_.countersigned(order)), ElementsAre(ErrorCode::kForbidden));
}

TEST_F(Refusals, AnOriginThatIsNotTheMerchants) {
  documents::Order order = world_.new_order();
  order.origin = "https://shop.example";
  EXPECT_THAT(reasons(world_.countersigned(order)), ElementsAre(ErrorCode::kWrongOrigin));
}

TEST_F(Refusals, AnOrderForAnotherAuthority) {
  documents::Order order = world_.new_order();
  order.authority = name_of("OU=busan-1,OU=kr,O=Countersign Demo");
  EXPECT_THAT(reasons(world_.countersigned(order)), ElementsAre(ErrorCode::kForbidden));
}

TEST_F(Refusals, ACardCompanyInProfileSetOnlyAndThereAlways) {
  const std::string plain = to_text(take(documents::write_order(world_.new_order())));
  const auto altered = [&](std::string_view old_text, const std::string& new_text) {
    std::string text = plain;
    text.replace(text.find(old_text), old_text.size(), new_text);
    const Bytes signed_order =
        take(x509::sign_cms(*world_.purchaser, as_bytes(text), {.signing_time = world_.clock.now()}));
    return world_.countersign(signed_order);
  };
  EXPECT_EQ(problem(altered(R"("profile":"direct")", R"("profile":"set")")), ErrorCode::kMalformed);
  const std::string company = R"({"subject":"CN=Card,O=Countersign Demo","certificate":")" +
                              hex_encode(world_.merchant->certificate.fingerprint()) + R"("})";
  EXPECT_EQ(problem(altered(R"("cardCompany":null)", R"("cardCompany":)" + company)), ErrorCode::kMalformed);
}

TEST_F(Refusals, NamesEveryReasonAtOnce) {
  documents::Order order = world_.new_order();
  order.origin = "https://shop.example";
  order.authority = name_of("OU=busan-1,OU=kr,O=Countersign Demo");
  EXPECT_THAT(reasons(world_.countersigned(order)),
              ElementsAre(ErrorCode::kWrongOrigin, ErrorCode::kForbidden));
  EXPECT_EQ(order_id_, order.id);
}

TEST_F(Refusals, AmountsThatDoNotAddUp) {
  Bytes json = take(documents::write_order(world_.new_order()));
  std::string text = to_text(json);
  const std::size_t position = text.find("\"total\":27000");
  ASSERT_NE(position, std::string::npos);
  text.replace(position, 13, "\"total\":27001");
  const Bytes signed_order =
      take(x509::sign_cms(*world_.purchaser, as_bytes(text), {.signing_time = world_.clock.now()}));
  EXPECT_THAT(reasons(world_.countersign(signed_order)), ElementsAre(ErrorCode::kAmountMismatch));
}

TEST_F(Refusals, AnOrderThatIsOver) {
  const Bytes request = world_.countersigned(world_.new_order());
  world_.clock.advance(minutes(15) + seconds(1));
  EXPECT_THAT(reasons(request), ElementsAre(ErrorCode::kExpired));
  EXPECT_TRUE(final_);
}

TEST_F(Refusals, AnOrderFromTheFuture) {
  documents::Order order = world_.new_order();
  order.created += minutes(2);
  order.expires += minutes(2);
  EXPECT_EQ(reasons(world_.countersigned(order)).front(), ErrorCode::kClockSkew);
  EXPECT_FALSE(final_);
}

TEST_F(Refusals, ASigningTimeFromTheFuture) {
  const documents::Order order = world_.new_order();
  const Bytes signed_order = take(x509::sign_cms(*world_.purchaser, take(documents::write_order(order)),
                                                 {.signing_time = world_.clock.now() + minutes(5)}));
  EXPECT_EQ(reasons(world_.countersign(signed_order)).front(), ErrorCode::kClockSkew);
}

TEST_F(Refusals, APurchaserOnHold) {
  world_.change_state(*world_.purchaser, CertificateState::kOnHold);
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kCertificateOnHold));
  EXPECT_FALSE(final_);
}

TEST_F(Refusals, ARevokedPurchaser) {
  world_.change_state(*world_.purchaser, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kCertificateRevoked));
  EXPECT_TRUE(final_);
}

TEST_F(Refusals, AMerchantOnHold) {
  world_.change_state(*world_.merchant, CertificateState::kOnHold);
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kCertificateOnHold));
}

TEST_F(Refusals, ARevokedMerchant) {
  world_.change_state(*world_.merchant, CertificateState::kRevoked, x509::RevocationReason::kSuperseded);
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kCertificateRevoked));
}

TEST_F(Refusals, AnExpiredPurchasersCertificate) {
  world_.clock.set(world_.purchaser->certificate.not_after() + seconds(1));
  const x509::Signer merchant = world_.enrol_merchant("Young Shop");
  world_.merchant = merchant;
  const auto found = reasons(world_.countersigned(world_.new_order()));
  EXPECT_THAT(found, ::testing::Contains(ErrorCode::kExpired));
}

TEST_F(Refusals, ACertificateThatIsNotYetValid) {
  world_.purchaser = world_.network.issue_purchaser("0003", world_.clock.now() + hours(48));
  world_.add_to_directory(world_.purchaser->certificate);
  EXPECT_THAT(reasons(world_.countersigned(world_.new_order())), ElementsAre(ErrorCode::kNotYetValid));
  EXPECT_FALSE(final_);
}

}  // namespace
}  // namespace countersign::authority
