// SPDX-License-Identifier: Apache-2.0
#include "x509/cms_detached.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/digest.h"
#include "x509/sample_network.h"

namespace countersign::x509 {
namespace {

const Bytes kContent = to_bytes(std::string_view("{\"type\":\"order\",\"lines\":[\"moon jar\"]}"));
const Sha256Digest kPaymentDigest{0x5a, 1, 2, 3};

class DetachedCms : public testing::Test {
 protected:
  static const SampleNetwork& network() {
    static const SampleNetwork network;
    return network;
  }
  static const Issuer& purchaser() {
    static const Issuer purchaser = network().issue_purchaser();
    return purchaser;
  }
  static Bytes attached() {
    return sign_cms(network().signer_of(purchaser()), kContent,
                    {ContentType::kData, network().now, kPaymentDigest})
        .value();
  }
  static Bytes detached() { return detach_content(attached()).value(); }
};

TEST_F(DetachedCms, SaysWhoSignedWhichDigestsAndNothingOfTheContent) {
  const Bytes der = detached();
  const auto document = verify_detached_document(der, network().anchor, Role::kPurchaser, network().now);
  ASSERT_TRUE(document) << document.error().detail;
  EXPECT_EQ(document.value().signer, purchaser().certificate);
  EXPECT_EQ(document.value().cms.message_digest, crypto::sha256(kContent));
  EXPECT_EQ(document.value().cms.payment_digest, kPaymentDigest);
  EXPECT_EQ(document.value().cms.signing_time, network().now);
  EXPECT_THAT(as_text(der), testing::Not(testing::HasSubstr("moon jar")));
}

TEST_F(DetachedCms, IsOfAnOrderAndNotOfSomethingSignedAgain) {
  const Bytes der = detach_content(sign_cms(network().signer_of(purchaser()), kContent,
                                            {ContentType::kSignedData, network().now})
                                       .value())
                        .value();
  EXPECT_EQ(verify_detached_document(der, network().anchor, Role::kPurchaser, network().now).error().code,
            ErrorCode::kSignatureInvalid);
}

TEST_F(DetachedCms, HasNoPaymentDigestWhereNoneWasSigned) {
  const Bytes der =
      detach_content(
          sign_cms(network().signer_of(purchaser()), kContent, {ContentType::kData, network().now}).value())
          .value();
  EXPECT_FALSE(verify_detached_document(der, network().anchor, Role::kPurchaser, network().now)
                   .value()
                   .cms.payment_digest);
}

TEST_F(DetachedCms, IsVerifiedInItsRoleOnly) {
  EXPECT_EQ(
      verify_detached_document(detached(), network().anchor, Role::kMerchant, network().now).error().code,
      ErrorCode::kWrongRole);
  const SampleNetwork other;
  EXPECT_FALSE(verify_detached_document(detached(), other.anchor, Role::kPurchaser, network().now));
}

TEST_F(DetachedCms, IsNotTakenForOneWithContentNorTheOtherWayRound) {
  EXPECT_EQ(UnverifiedCms::parse(detached()).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(UnverifiedDetachedCms::parse(attached()).error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(detach_content(detached()));
}

// One octet after the other turned over: it verifies with the same digests, or not at all.
TEST_F(DetachedCms, NeverVerifiesOtherDigestsHoweverAnOctetIsAltered) {
  const Bytes good = detached();
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    const auto cms = UnverifiedDetachedCms::parse(bad);
    if (!cms) continue;
    const auto verified = verify_detached_cms(cms.value(), purchaser().certificate);
    if (!verified) continue;
    EXPECT_EQ(verified.value().message_digest, crypto::sha256(kContent)) << "octet " << i;
    EXPECT_EQ(verified.value().payment_digest, kPaymentDigest) << "octet " << i;
  }
}

TEST_F(DetachedCms, RefusesASignatureOfAnotherKey) {
  const Issuer other = network().issue_purchaser("p-2");
  const auto verified =
      verify_detached_cms(UnverifiedDetachedCms::parse(detached()).value(), other.certificate);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kSignatureInvalid);
}

// What the shop and the card company do with OpenSSL alone: with the order, and without it.
TEST_F(DetachedCms, IsVerifiedByOpensslWithTheContentAndWithoutIt) {
  const ExchangeFolder folder;
  folder.write_pem("root.pem", network().root.certificate);
  folder.write("detached.p7s", detached());
  folder.write("attached.p7m", attached());
  folder.write("order.json", kContent);
  folder.write("other.json", as_bytes("{}"));
  const std::string verify =
      "openssl cms -verify -binary -purpose any -inform DER -CAfile root.pem -explicit_policy -policy " +
      std::string(profile_of(Role::kPurchaser).policy) + " -attime " +
      std::to_string(unix_seconds(network().now) + 60) + " ";
  EXPECT_TRUE(folder.run(verify + "-in attached.p7m -out content")) << folder.output();
  EXPECT_EQ(folder.read("content"), kContent);
  EXPECT_TRUE(folder.run(verify + "-cades -in detached.p7s -content order.json -out content"))
      << folder.output();
  EXPECT_FALSE(folder.run(verify + "-in detached.p7s -content other.json -out content"));
  EXPECT_TRUE(folder.run(verify + "-no_content_verify -in detached.p7s -content other.json -out content"))
      << folder.output();
  EXPECT_TRUE(folder.run("openssl asn1parse -inform DER -in detached.p7s")) << folder.output();
  EXPECT_THAT(folder.output(), testing::HasSubstr(std::string(kPaymentDigestAttribute)));
}

}  // namespace
}  // namespace countersign::x509
