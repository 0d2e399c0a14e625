// SPDX-License-Identifier: Apache-2.0
// What the authority confirms, and that it does so once and for ever.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authority/testing/test_world.h"
#include "crypto/digest.h"
#include "x509/ocsp.h"

namespace countersign::authority {
namespace {

using std::chrono::hours;

TEST(Confirmation, SaysWhatWasDecidedAndOnWhichEvidence) {
  TestWorld world;
  const documents::Order order = world.new_order();
  const Bytes request = world.countersigned(order);
  const Decision decision = take(world.confirm(request));
  ASSERT_EQ(decision.kind, Decision::Kind::kConfirmed);
  const documents::Confirmation confirmation = world.confirmation_of(decision);
  EXPECT_EQ(confirmation.index, 0);
  EXPECT_EQ(confirmation.order_id, order.id);
  EXPECT_EQ(confirmation.order_digest, crypto::sha256(take(documents::write_order(order))));
  EXPECT_EQ(confirmation.total, order.total);
  EXPECT_EQ(confirmation.countersigned_order, request);
  EXPECT_EQ(confirmation.time, whole_seconds(world.clock.now()));
  EXPECT_EQ(confirmation.merchant.subject, world.merchant->certificate.subject());
  EXPECT_EQ(confirmation.purchaser.serial, world.purchaser->certificate.serial());
  EXPECT_EQ(confirmation.purchaser.registered_by, world.merchant->certificate.subject().text());
  for (const auto& [party, certificate] :
       {std::pair{&confirmation.merchant, &world.merchant->certificate},
        std::pair{&confirmation.purchaser, &world.purchaser->certificate}}) {
    const auto status = x509::verify_ocsp_response(party->ocsp, *certificate, *world.network.anchor, {},
                                                   confirmation.time, Seconds{0});
    ASSERT_TRUE(status) << status.error().detail;
    EXPECT_EQ(status.value().status.kind, x509::StatusKind::kGood);
    EXPECT_LE(status.value().this_update, confirmation.time);
    EXPECT_GE(status.value().next_update, confirmation.time);
  }
  EXPECT_EQ(world.check(), 1);
}

TEST(Confirmation, ReusesAnOcspResponseOnlyWhileItIsYoung) {
  TestWorld world;
  const auto ocsp = [&] {
    return world.confirmation_of(take(world.confirm(world.countersigned(world.new_order())))).merchant.ocsp;
  };
  const Bytes first = ocsp();
  world.clock.advance(Seconds{59});
  EXPECT_EQ(ocsp(), first);
  world.clock.advance(Seconds{1});
  EXPECT_NE(ocsp(), first);
}

TEST(Confirmation, IsTheSameForARepeatedOrderForEver) {
  TestWorld world;
  const Bytes request = world.countersigned(world.new_order());
  const Decision first = take(world.confirm(request));
  const Decision second = take(world.confirm(request));
  EXPECT_EQ(second.kind, Decision::Kind::kRepeated);
  EXPECT_EQ(second.document, first.document);

  world.restart();
  world.change_state(*world.purchaser, CertificateState::kRevoked, x509::RevocationReason::kKeyCompromise);
  world.clock.advance(hours(24) * 365 * 4);  // long after order and certificates
  EXPECT_EQ(take(world.confirm(request)).document, first.document);
}

TEST(Confirmation, IsTheSameWhenASignatureWasAlteredToAnotherValidForm) {
  TestWorld world;
  const Bytes signed_order = world.sign(world.new_order());
  const Bytes request = world.countersign(signed_order);
  const Decision first = take(world.confirm(request));
  const Bytes other_countersignature = malleate_signature(request);
  ASSERT_NE(other_countersignature, request);
  EXPECT_EQ(take(world.confirm(other_countersignature)).document, first.document);
  const Bytes other_order_signature = malleate_signature(signed_order);
  ASSERT_NE(other_order_signature, signed_order);
  EXPECT_EQ(take(world.confirm(world.countersign(other_order_signature))).document, first.document);
  EXPECT_EQ(world.check(), 1);
}

TEST(Confirmation, IsTheSameWhenTheMerchantAsksWithARenewedTlsCertificate) {
  TestWorld world;
  const Bytes request = world.countersigned(world.new_order());
  const Decision first = take(world.confirm(request));
  const x509::Signer renewed = world.enrol_merchant("Shop");
  EXPECT_EQ(take(world.confirm(request, renewed.certificate)).document, first.document);
}

TEST(Confirmation, RefusesAnotherOrderUnderTheSameId) {
  TestWorld world;
  documents::Order order = world.new_order();
  take(world.confirm(world.countersigned(order)));
  order.lines[0].quantity = 1;
  order.total.minor_units -= order.lines[0].unit_price;
  const documents::Refusal refusal = world.refusal_of(take(world.confirm(world.countersigned(order))));
  ASSERT_EQ(refusal.reasons.size(), 1U);
  EXPECT_EQ(refusal.reasons[0].code, ErrorCode::kConflict);
  EXPECT_TRUE(refusal.final);
  EXPECT_EQ(world.check(), 1);
}

TEST(Confirmation, KeepsOrdersOfDifferentMerchantsApart) {
  TestWorld world;
  documents::Order order = world.new_order();
  take(world.confirm(world.countersigned(order)));
  const x509::Signer other = world.enrol_merchant("Other Shop");
  order.merchant = documents::reference_to(other.certificate);
  const Bytes request = world.countersign(world.sign(order), other);
  EXPECT_EQ(take(world.confirm(request, other.certificate)).kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(world.check(), 2);
}

TEST(Confirmation, IsRefusedRightAfterASuspensionAndGivenAfterTheResumption) {
  TestWorld world;
  take(world.confirm(world.countersigned(world.new_order())));
  world.change_state(*world.purchaser, CertificateState::kOnHold);
  const Bytes request = world.countersigned(world.new_order());
  EXPECT_EQ(take(world.confirm(request)).kind, Decision::Kind::kRefused);
  world.change_state(*world.purchaser, CertificateState::kActive);
  EXPECT_EQ(take(world.confirm(request)).kind, Decision::Kind::kConfirmed);
  EXPECT_EQ(world.check(), 2);
}

TEST(Confirmation, ToleratesClocksThatAreALittleApart) {
  TestWorld world;
  documents::Order order = world.new_order();
  order.created += Seconds{30};
  EXPECT_EQ(take(world.confirm(world.countersigned(order))).kind, Decision::Kind::kConfirmed);
}

TEST(Confirmation, IsFoundByThePurchaserWithOrderIdAndDigest) {
  TestWorld world;
  const documents::Order order = world.new_order();
  const Sha256Digest digest = crypto::sha256(take(documents::write_order(order)));
  const Decision decision = take(world.confirm(world.countersigned(order)));
  const x509::Name& purchaser = world.purchaser->certificate.subject();
  EXPECT_EQ(take(world.service->find_for_purchaser(order.id, digest, purchaser)), decision.document);
  const auto code = [&](const Sha256Digest& asked, const x509::Name& by) {
    return world.service->find_for_purchaser(order.id, asked, by).error().code;
  };
  EXPECT_EQ(code(Sha256Digest{}, purchaser), ErrorCode::kNotFound);
  EXPECT_EQ(code(digest, world.enrol_purchaser("0002").certificate.subject()), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace countersign::authority
