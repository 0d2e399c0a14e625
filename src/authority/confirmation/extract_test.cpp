// SPDX-License-Identifier: Apache-2.0
#include "documents/extract.h"

#include <gtest/gtest.h>

#include "authority/testing/split_payment.h"
#include "crypto/digest.h"
#include "sample/issuers.h"

namespace countersign::authority {
namespace {

class ExtractTest : public ::testing::Test {
 protected:
  ExtractTest() : confirmation_(world_.confirmation_of(take(split_.confirm()))) {}

  documents::ExtractRequest request() const { return {confirmation_.order_id, confirmation_.order_digest}; }
  Result<Bytes> extract(const documents::ExtractRequest& request) {
    return world_.service->extract(request, world_.merchant->certificate);
  }
  ErrorCode code_for(const documents::ExtractRequest& request, const x509::Certificate& client) {
    const Result<Bytes> extract = world_.service->extract(request, client);
    EXPECT_FALSE(extract);
    return extract ? ErrorCode::kCancelled : extract.error().code;
  }
  // What the authority says in it, its signature and role verified.
  documents::Extract read(BytesView extract) const {
    const auto document = take(x509::verify_signed_document(
        extract, *world_.network.anchor, x509::Role::kConfirmationSigner, world_.clock.now()));
    return take(documents::parse_extract(document.cms.content));
  }
  // Writes into the store what the authority never signed.
  void tamper(const std::string& set, const storage::Values& values) {
    take(world_.database->write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(const std::int64_t changed, transaction.execute("UPDATE confirmations SET " + set, values));
      if (changed != 1) return fail(ErrorCode::kInternal, "nothing to change");
      return ok();
    }));
  }

  TestWorld world_;
  SplitPayment split_{world_};
  const documents::Confirmation confirmation_;
};

TEST_F(ExtractTest, SaysWhatTookPlaceAndNoLineOfTheOrder) {
  const Bytes cms = take(extract(request()));
  const documents::Extract said = read(cms);
  EXPECT_EQ(said.confirmation, confirmation_.id);
  EXPECT_EQ(said.data_centre, confirmation_.data_centre);
  EXPECT_EQ(said.index, confirmation_.index);
  EXPECT_EQ(said.time, confirmation_.time);
  EXPECT_EQ(said.order_id, split_.order.id);
  EXPECT_EQ(said.order_digest, confirmation_.order_digest);
  EXPECT_EQ(said.total, split_.order.total);
  EXPECT_EQ(said.merchant, world_.merchant->certificate.subject());
  EXPECT_EQ(said.purchaser, world_.purchaser->certificate.subject());
  ASSERT_TRUE(said.review);
  EXPECT_EQ(said.review->digest, confirmation_.review->digest);
  EXPECT_EQ(said.review->code, "authorization-1");
  EXPECT_EQ(as_text(cms).find("Green tea"), std::string_view::npos);
}

TEST_F(ExtractTest, NamesNoReviewWhereThereWasNone) {
  const documents::Order order = world_.new_order();
  take(world_.confirm(world_.countersigned(order)));
  EXPECT_FALSE(read(take(extract({order.id, crypto::sha256(take(documents::write_order(order)))}))).review);
}

TEST_F(ExtractTest, SaysTheSameLaterToARenewedMerchant) {
  world_.restart();
  world_.clock.advance(std::chrono::hours(48));
  world_.merchant = world_.enrol_merchant("Shop");
  EXPECT_EQ(read(take(extract(request()))).confirmation, confirmation_.id);
}

// The network has passed to another root since, which certified the CA for the time from then on.
TEST_F(ExtractTest, SaysTheSameBelowTheRootThatFollowed) {
  world_.clock.advance(std::chrono::hours(1));
  const auto next = sample::make_root(world_.clock.now());
  const x509::Certificate& ca = world_.network.ca.certificate;
  const auto anew = take(
      x509::create_data_centre_ca(next, *ca.extensions().name_limits, ca.public_key(), world_.clock.now()));
  world_.network.anchor = std::make_shared<const x509::TrustAnchor>(
      take(x509::TrustAnchor::create(next.certificate, {anew}, world_.clock.now())));
  world_.restart();
  EXPECT_EQ(read(take(extract(request()))).confirmation, confirmation_.id);
}

// The certificate of who signed the confirmation ended before the next CA key began.
TEST_F(ExtractTest, SaysTheSameAfterAChangeOfTheCaKey) {
  world_.clock.advance(std::chrono::days(1200));
  const x509::Issuer before = world_.network.ca;
  const TimePoint begins = world_.clock.now() - std::chrono::hours(2);
  world_.network.ca =
      sample::make_ca(world_.network.root, *before.certificate.extensions().name_limits, begins);
  world_.network.anchor = std::make_shared<const x509::TrustAnchor>(take(
      x509::TrustAnchor::create(world_.network.root.certificate,
                                {world_.network.ca.certificate, before.certificate}, world_.clock.now())));
  world_.confirmation_signer = world_.issue_service(x509::Role::kConfirmationSigner, "Confirmation Signer");
  world_.restart();
  world_.merchant = world_.enrol_merchant("Shop");
  EXPECT_EQ(read(take(extract(request()))).confirmation, confirmation_.id);
}

// The CA key above who signed the confirmation leaked, and was taken out.
TEST_F(ExtractTest, IsNotMadeOfWhatWasSignedUnderACaKeyThatWasTakenBack) {
  world_.add_to_directory(world_.confirmation_signer.certificate);
  const x509::Issuer leaked = world_.network.ca;
  const TimePoint begins = world_.clock.now() - std::chrono::hours(2);
  world_.network.ca =
      sample::make_ca(world_.network.root, *leaked.certificate.extensions().name_limits, begins);
  world_.network.anchor = std::make_shared<const x509::TrustAnchor>(take(x509::TrustAnchor::create(
      world_.network.root.certificate, {world_.network.ca.certificate}, world_.clock.now())));
  world_.confirmation_signer = world_.issue_service(x509::Role::kConfirmationSigner, "Confirmation Signer");
  world_.restart();
  world_.merchant = world_.enrol_merchant("Shop");
  EXPECT_EQ(code_for(request(), world_.merchant->certificate), ErrorCode::kCertificateUnknown);
}

// The same names below a root of somebody's own.
TEST_F(ExtractTest, IsNotMadeOfWhatSomebodySignedUnderAForeignCa) {
  const TestNetwork foreign(world_.clock.now());
  const x509::Signer signer = foreign.issue(
      x509::Role::kConfirmationSigner, world_.confirmation_signer.certificate.subject(), world_.clock.now());
  const Bytes forged = take(x509::sign_cms(signer, documents::write_confirmation(confirmation_),
                                           {.signing_time = world_.clock.now()}));
  tamper("document = $1", {forged});
  EXPECT_EQ(code_for(request(), world_.merchant->certificate), ErrorCode::kInternal);
}

TEST_F(ExtractTest, IsNotFoundForAnOrderThatWasNotConfirmed) {
  documents::ExtractRequest unknown = request();
  unknown.order_id = world_.new_order().id;
  EXPECT_EQ(code_for(unknown, world_.merchant->certificate), ErrorCode::kNotFound);
}

TEST_F(ExtractTest, IsNotFoundByAnotherMerchant) {
  EXPECT_EQ(code_for(request(), world_.enrol_merchant("Other Shop").certificate), ErrorCode::kNotFound);
}

TEST_F(ExtractTest, ConflictsWithAnotherOrderUnderTheSameId) {
  documents::ExtractRequest other = request();
  other.order_digest[0] ^= 1;
  EXPECT_EQ(code_for(other, world_.merchant->certificate), ErrorCode::kConflict);
}

TEST_F(ExtractTest, IsForMerchantsWhoseCertificateIsGood) {
  const auto stranger = world_.network.issue_merchant("Shop", world_.clock.now());
  EXPECT_EQ(code_for(request(), stranger.certificate), ErrorCode::kCertificateUnknown);
  world_.change_state(*world_.merchant, CertificateState::kOnHold);
  EXPECT_EQ(code_for(request(), world_.merchant->certificate), ErrorCode::kCertificateOnHold);
  world_.change_state(*world_.merchant, CertificateState::kRevoked, x509::RevocationReason::kSuperseded);
  EXPECT_EQ(code_for(request(), world_.merchant->certificate), ErrorCode::kCertificateRevoked);
}

TEST_F(ExtractTest, IsNotMadeOfWhatSomebodyWroteIntoTheStore) {
  const Bytes forged = take(x509::sign_cms(*world_.merchant, documents::write_confirmation(confirmation_),
                                           {.signing_time = world_.clock.now()}));
  tamper("document = $1", {forged});
  EXPECT_EQ(code_for(request(), world_.merchant->certificate), ErrorCode::kInternal);
}

TEST_F(ExtractTest, IsNotMadeOfTheConfirmationOfAnotherOrder) {
  documents::ExtractRequest moved = request();
  moved.order_id = world_.new_order().id;
  tamper("order_id = $1", {moved.order_id});
  EXPECT_EQ(code_for(moved, world_.merchant->certificate), ErrorCode::kInternal);
}

TEST_F(ExtractTest, IsNotMadeForAMerchantThatSomebodyWroteIntoTheStore) {
  const x509::Signer other = world_.enrol_merchant("Other Shop");
  tamper("merchant = $1", {other.certificate.subject().text()});
  EXPECT_EQ(code_for(request(), other.certificate), ErrorCode::kInternal);
}

TEST_F(ExtractTest, IsLimitedForEachMerchant) {
  documents::ExtractRequest unknown = request();
  unknown.order_id = world_.new_order().id;
  ErrorCode code = ErrorCode::kNotFound;
  int asked = 0;
  for (; code == ErrorCode::kNotFound && asked < 10'000; ++asked)
    code = code_for(unknown, world_.merchant->certificate);
  EXPECT_EQ(code, ErrorCode::kRateLimited) << asked;
  EXPECT_EQ(code_for(unknown, world_.enrol_merchant("Other Shop").certificate), ErrorCode::kNotFound);
  world_.clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(extract(request()));
}

}  // namespace
}  // namespace countersign::authority
