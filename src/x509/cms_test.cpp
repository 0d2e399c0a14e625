// SPDX-License-Identifier: Apache-2.0
#include "x509/cms.h"

#include <gtest/gtest.h>

#include <openssl/bn.h>
#include <openssl/ec.h>

#include "crypto/openssl.h"
#include "x509/der_tree.h"
#include "x509/sample_network.h"

namespace countersign::x509 {
namespace {

const Bytes kContent = to_bytes(std::string_view("{\"type\":\"order\"}"));

class Cms : public testing::Test {
 protected:
  static const SampleNetwork& network() {
    static const SampleNetwork network;
    return network;
  }
  static const Issuer& purchaser() {
    static const Issuer purchaser = network().issue_purchaser();
    return purchaser;
  }
  static Bytes signed_content(ContentType type = ContentType::kData) {
    return sign_cms(network().signer_of(purchaser()), kContent, {type, network().now}).value();
  }
  static void expect_refused(BytesView der, const Certificate& signer) {
    const Result<UnverifiedCms> cms = UnverifiedCms::parse(der);
    ASSERT_TRUE(cms) << cms.error().detail;
    const Result<VerifiedCms> verified = verify_cms(cms.value(), signer);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::kSignatureInvalid);
  }
};

TEST_F(Cms, VerifiesWhatItSigned) {
  for (const ContentType type : {ContentType::kData, ContentType::kSignedData}) {
    const Bytes der = signed_content(type);
    const Result<UnverifiedCms> cms = UnverifiedCms::parse(der);
    ASSERT_TRUE(cms) << cms.error().detail;
    EXPECT_EQ(cms.value().signer_fingerprint(), purchaser().certificate.fingerprint());
    EXPECT_EQ(to_bytes(cms.value().signer_certificate_der()), purchaser().certificate.der());
    EXPECT_EQ(cms.value().certificates().size(), 2U);
    const Result<VerifiedCms> verified = verify_cms(cms.value(), purchaser().certificate);
    ASSERT_TRUE(verified) << verified.error().detail;
    EXPECT_EQ(to_bytes(verified.value().content), kContent);
    EXPECT_EQ(verified.value().content_type, type);
    EXPECT_EQ(verified.value().signing_time, network().now);
  }
}

TEST_F(Cms, RefusesADocumentOfACertificateThatIsNotForDocuments) {
  for (const Issuer& holder : {network().issue(Role::kAuthorityServer, "CN=Server,OU=authority"),
                               network().issue(Role::kCardCompanyAgreement, "CN=Card,OU=card-companies")}) {
    const Bytes der =
        sign_cms(network().signer_of(holder), kContent, {ContentType::kData, network().now}).value();
    const Result<VerifiedCms> verified = verify_cms(UnverifiedCms::parse(der).value(), holder.certificate);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::kWrongRole);
  }
}

TEST_F(Cms, VerifiesADocumentOfACardCompany) {
  const Issuer company = network().issue(Role::kCardCompany, "CN=Card,OU=card-companies");
  const Bytes der =
      sign_cms(network().signer_of(company), kContent, {ContentType::kData, network().now}).value();
  EXPECT_TRUE(verify_signed_document(der, network().anchor, Role::kCardCompany, network().now));
  EXPECT_FALSE(verify_signed_document(der, network().anchor, Role::kMerchant, network().now));
}

TEST_F(Cms, SignsContentsOfEveryLengthOfLength) {
  const CmsSigner signer = CmsSigner::create(network().signer_of(purchaser())).value();
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U, 200000U}) {
    const Bytes content(size, 0x20);
    const Bytes der = signer.sign(content, {ContentType::kData, network().now}).value();
    const Result<UnverifiedCms> cms = UnverifiedCms::parse(der);
    ASSERT_TRUE(cms) << size << cms.error().detail;
    EXPECT_TRUE(verify_cms(cms.value(), purchaser().certificate)) << size;
  }
  const Bytes too_large(256 << 10, 0x20);
  EXPECT_EQ(signer.sign(too_large, {ContentType::kData, network().now}).error().code, ErrorCode::kTooLarge);
}

TEST_F(Cms, RefusesASignerWhoseKeyOrChainItsReaderWouldRefuse) {
  Signer signer = network().signer_of(purchaser());
  signer.chain.assign(4, network().ca.certificate);
  EXPECT_EQ(CmsSigner::create(signer).error().code, ErrorCode::kUnsupported);
  signer = network().signer_of(purchaser());
  signer.key = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519);
  EXPECT_EQ(CmsSigner::create(signer).error().code, ErrorCode::kUnsupported);
}

TEST_F(Cms, VerifiesADocumentFromTheMessageAloneInItsRoleOnly) {
  const Bytes der = signed_content();
  const Result<SignedDocument> document =
      verify_signed_document(der, network().anchor, Role::kPurchaser, network().now);
  ASSERT_TRUE(document) << document.error().detail;
  EXPECT_EQ(document.value().signer, purchaser().certificate);
  EXPECT_EQ(to_bytes(document.value().cms.content), kContent);
  for (const Role role : {Role::kMerchant, Role::kConfirmationSigner, Role::kOperator})
    EXPECT_EQ(verify_signed_document(der, network().anchor, role, network().now).error().code,
              ErrorCode::kWrongRole);
  const SampleNetwork other;
  EXPECT_FALSE(verify_signed_document(der, other.anchor, Role::kPurchaser, network().now));
}

TEST_F(Cms, IsVerifiedByOpensslInItsRoleOnly) {
  const ExchangeFolder folder;
  folder.write_pem("root.pem", network().root.certificate);
  folder.write("message.p7m", signed_content());
  folder.write("nested.p7m", signed_content(ContentType::kSignedData));
  const std::string at = " -attime " + std::to_string(unix_seconds(network().now) + 60);
  const std::string verify =
      "openssl cms -verify -binary -purpose any -inform DER -CAfile root.pem -explicit_policy" + at;
  const std::string purchaser_policy = " -policy " + std::string(profile_of(Role::kPurchaser).policy);
  for (const char* file : {"message.p7m", "nested.p7m"}) {
    EXPECT_TRUE(folder.run(verify + purchaser_policy + " -in " + file + " -out content")) << folder.output();
    EXPECT_EQ(folder.read("content"), kContent);
    EXPECT_TRUE(folder.run(verify + purchaser_policy + " -cades -in " + file + " -out content"))
        << folder.output();
  }
  const std::string merchant_policy = " -policy " + std::string(profile_of(Role::kMerchant).policy);
  EXPECT_FALSE(folder.run(verify + merchant_policy + " -in message.p7m -out content"));
}

const Sha256Digest kPaymentDigest{0x5a, 1, 2, 3};

TEST_F(Cms, SignsAPaymentsDigestTogetherWithTheContent) {
  const SigningOptions options{ContentType::kData, network().now, kPaymentDigest};
  const Bytes der = sign_cms(network().signer_of(purchaser()), kContent, options).value();
  const auto cms = UnverifiedCms::parse(der);
  ASSERT_TRUE(cms) << cms.error().detail;
  const auto verified = verify_order_cms(cms.value(), purchaser().certificate);
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(verified.value().payment_digest, kPaymentDigest);
  EXPECT_FALSE(verify_order_cms(UnverifiedCms::parse(signed_content()).value(), purchaser().certificate)
                   .value()
                   .payment_digest);
}

TEST_F(Cms, TakesAPaymentsDigestInTheSignatureOfAnOrderAlone) {
  const SigningOptions options{ContentType::kData, network().now, kPaymentDigest};
  const Bytes der = sign_cms(network().signer_of(purchaser()), kContent, options).value();
  expect_refused(der, purchaser().certificate);
  EXPECT_EQ(verify_signed_document(der, network().anchor, Role::kPurchaser, network().now).error().code,
            ErrorCode::kSignatureInvalid);
}

TEST_F(Cms, RefusesAnotherPaymentDigestThanWasSigned) {
  const SigningOptions options{ContentType::kData, network().now, kPaymentDigest};
  Bytes der = sign_cms(network().signer_of(purchaser()), kContent, options).value();
  const auto digest = std::search(der.begin(), der.end(), kPaymentDigest.begin(), kPaymentDigest.end());
  ASSERT_NE(digest, der.end());
  *digest ^= 1;
  EXPECT_EQ(verify_order_cms(UnverifiedCms::parse(der).value(), purchaser().certificate).error().code,
            ErrorCode::kSignatureInvalid);
}

class CmsOfOpenssl : public Cms {
 protected:
  CmsOfOpenssl() {
    folder_.write_pem("signer.pem", purchaser().certificate);
    folder_.write_pem("ca.pem", network().ca.certificate);
    folder_.write_key("key.der", purchaser().key);
    folder_.write("content", kContent);
  }
  Bytes sign(const std::string& options) {
    EXPECT_TRUE(
        folder_.run("openssl cms -sign -binary -nodetach -outform DER -signer signer.pem -certfile ca.pem "
                    "-inkey key.der -keyform DER -in content -out message.p7m " +
                    options))
        << folder_.output();
    return folder_.read("message.p7m");
  }
  static void expect_verified(BytesView der, ContentType type) {
    const Result<UnverifiedCms> cms = UnverifiedCms::parse(der);
    ASSERT_TRUE(cms) << cms.error().detail;
    EXPECT_EQ(cms.value().content_type(), type);
    const Result<VerifiedCms> verified = verify_cms(cms.value(), purchaser().certificate);
    ASSERT_TRUE(verified) << verified.error().detail;
    EXPECT_EQ(to_bytes(verified.value().content), kContent);
  }
  ExchangeFolder folder_;
};

TEST_F(CmsOfOpenssl, IsAcceptedInTheSameForm) {
  expect_verified(sign("-md sha256 -cades -nosmimecap"), ContentType::kData);
  expect_verified(sign("-md sha256 -cades -nosmimecap -econtent_type 1.2.840.113549.1.7.2"),
                  ContentType::kSignedData);
}

TEST_F(CmsOfOpenssl, IsTheSameBytesAsOursUpToTimeAndSignature) {
  DerTree theirs = DerTree::read(sign("-md sha256 -cades -nosmimecap"));
  DerTree ours = DerTree::read(signed_content());
  for (DerTree* tree : {&theirs, &ours}) {
    DerTree& info = (*tree)[1][0][4][0];
    info[3][1][1][0].contents.clear();  // signing-time
    info[5].contents.clear();           // signature
  }
  EXPECT_EQ(theirs.write(), ours.write());
}

TEST_F(CmsOfOpenssl, IsRefusedInEveryOtherForm) {
  struct Row {
    const char* name;
    const char* options;
  };
  const Row rows[] = {
      {"WithCapabilities", "-md sha256 -cades"},
      {"WithoutSigningCertificate", "-md sha256 -nosmimecap"},
      {"WithoutAttributes", "-md sha256 -noattr"},
      {"BySubjectKeyIdentifier", "-md sha256 -cades -nosmimecap -keyid"},
      {"Sha384", "-md sha384 -cades -nosmimecap"},
      {"Sha1", "-md sha1 -nosmimecap"},
      {"WithoutCertificates", "-md sha256 -cades -nosmimecap -nocerts"},
      {"Streamed", "-md sha256 -cades -nosmimecap -stream"},
      {"OtherContent", "-md sha256 -cades -nosmimecap -econtent_type 1.2.840.113549.1.9.16.1.4"},
  };
  for (const Row& row : rows) EXPECT_FALSE(UnverifiedCms::parse(sign(row.options))) << row.name;
}

// Where things stand in the one form: SignedData, its SignerInfo, the signed attributes.
DerTree& signed_data(DerTree& message) {
  return message[1][0];
}
DerTree& signer_info(DerTree& message) {
  return signed_data(message)[4][0];
}
DerTree& attribute_value(DerTree& message, std::size_t index) {
  return signer_info(message)[3][index][1][0];
}

TEST_F(Cms, RefusesAlteredContent) {
  DerTree message = DerTree::read(signed_content());
  signed_data(message)[2][1][0].contents[2] ^= 1;
  expect_refused(message.write(), purchaser().certificate);
}

TEST_F(Cms, RefusesAnAlteredAttribute) {
  DerTree message = DerTree::read(signed_content());
  attribute_value(message, 1).contents[11] ^= 1;  // a second of the signing time
  expect_refused(message.write(), purchaser().certificate);
}

TEST_F(Cms, RefusesContentWithAFittingDigestThatNobodySigned) {
  DerTree message = DerTree::read(signed_content());
  DerTree other =
      DerTree::read(sign_cms(network().signer_of(purchaser()), Bytes{1, 2}, {{}, network().now}).value());
  signed_data(message)[2] = signed_data(other)[2];
  attribute_value(message, 2) = attribute_value(other, 2);
  expect_refused(message.write(), purchaser().certificate);
}

TEST_F(Cms, RefusesAnotherCertificateInSigningCertificateV2) {
  DerTree message = DerTree::read(signed_content());
  attribute_value(message, 3)[0][0][0].contents =
      to_bytes(network().issue_purchaser("p-2").certificate.fingerprint());
  expect_refused(message.write(), purchaser().certificate);
}

TEST_F(Cms, RefusesToVerifyUnderAnotherCertificateThanTheSigners) {
  expect_refused(signed_content(), network().issue_purchaser("p-2").certificate);
}

TEST_F(Cms, RefusesASignatureOfAnotherKey) {
  Signer signer = network().signer_of(purchaser());
  signer.key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  expect_refused(sign_cms(signer, kContent, {ContentType::kData, network().now}).value(),
                 purchaser().certificate);
}

using BigNumber = crypto::Handle<BIGNUM, BN_free>;

// The second valid form of an ECDSA signature: s → n − s.
Bytes other_form(BytesView signature) {
  DerTree value = DerTree::read(signature);
  const crypto::Handle<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const BigNumber s(BN_bin2bn(value[1].contents.data(), static_cast<int>(value[1].contents.size()), nullptr));
  EXPECT_EQ(BN_sub(s.get(), EC_GROUP_get0_order(group.get()), s.get()), 1);
  Bytes magnitude(static_cast<std::size_t>(BN_num_bytes(s.get())));
  BN_bn2bin(s.get(), magnitude.data());
  return der::sequence({value[0].write(), der::unsigned_integer(magnitude)});
}

TEST_F(Cms, AcceptsTheSecondFormOfASignatureSoBytesAreNoIdentity) {
  const Bytes der = signed_content();
  DerTree message = DerTree::read(der);
  signer_info(message)[5].contents = other_form(signer_info(message)[5].contents);
  const Bytes altered = message.write();
  ASSERT_NE(altered, der);
  const Result<UnverifiedCms> cms = UnverifiedCms::parse(altered);
  ASSERT_TRUE(cms);
  EXPECT_TRUE(verify_cms(cms.value(), purchaser().certificate));
}

TEST_F(Cms, NeverAcceptsATruncatedMessage) {
  const Bytes der = signed_content();
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_FALSE(UnverifiedCms::parse(BytesView(der).first(size))) << size;
}

TEST_F(Cms, NeverVerifiesOtherContentHoweverAnOctetIsAltered) {
  const Bytes der = signed_content();
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes altered = der;
    altered[i] ^= 0x01;
    const Result<UnverifiedCms> cms = UnverifiedCms::parse(altered);
    if (!cms) continue;
    const Result<VerifiedCms> verified = verify_cms(cms.value(), purchaser().certificate);
    if (!verified) continue;
    EXPECT_EQ(to_bytes(verified.value().content), kContent) << i;
    EXPECT_EQ(verified.value().signing_time, network().now) << i;
  }
}

ErrorCode code_of_chain(const SampleNetwork& network, const Issuer& holder, std::vector<Certificate> chain,
                        const TrustAnchor* anchor = nullptr, TimePoint at = {}) {
  const Bytes der = sign_cms({holder.certificate, holder.key, std::move(chain)}, kContent,
                             {ContentType::kData, network.now})
                        .value();
  const Result<UnverifiedCms> cms = UnverifiedCms::parse(der);
  const Result<void> expected =
      expect_chain(cms.value(), holder.certificate, anchor == nullptr ? network.anchor : *anchor,
                   at == TimePoint{} ? network.now : at);
  return expected ? ErrorCode::kInternal : expected.error().code;
}

TEST_F(Cms, CarriesTheSignersCaAndNothingElse) {
  const Issuer other = network().issue_merchant();
  const Certificate& ca = network().ca.certificate;
  EXPECT_EQ(code_of_chain(network(), purchaser(), {ca}), ErrorCode::kInternal) << "accepted";
  EXPECT_EQ(code_of_chain(network(), purchaser(), {}), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_chain(network(), purchaser(), {other.certificate}), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_chain(network(), purchaser(), {ca, other.certificate}), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_chain(network(), purchaser(), {network().root.certificate, ca}), ErrorCode::kMalformed);
}

TEST_F(Cms, CarriesTheSignersCaAsAnyRootOfTheNetworkCertifiedIt) {
  const Issuer next = sample::make_root(network().now);
  const Certificate& ca = network().ca.certificate;
  const NameLimits& limits = *ca.extensions().name_limits;
  const Certificate anew = create_data_centre_ca(next, limits, ca.public_key(), network().now).value();
  const TrustAnchor told = network().anchor.with_other_roots({next.certificate});
  EXPECT_EQ(code_of_chain(network(), purchaser(), {anew}, &told), ErrorCode::kInternal) << "accepted";
  EXPECT_EQ(code_of_chain(network(), purchaser(), {anew}), ErrorCode::kCertificateUnknown)
      << "a root that the network does not pass to";
  EXPECT_EQ(code_of_chain(network(), purchaser(), {anew, ca}, &told), ErrorCode::kMalformed);
  EXPECT_EQ(code_of_chain(network(), purchaser(), {anew}, &told, next.certificate.not_after() + Seconds(1)),
            ErrorCode::kExpired);
  // That root certifies the name for another key.
  const Issuer thief = sample::make_ca(next, limits, network().now);
  EXPECT_EQ(code_of_chain(network(), purchaser(), {thief.certificate}, &told),
            ErrorCode::kCertificateUnknown);
  // And the key for another subtree.
  NameLimits wider = limits;
  wider.subtree = Name::from_text("OU=kr,O=Countersign Demo").value();
  const Certificate widened = create_data_centre_ca(next, wider, ca.public_key(), network().now).value();
  EXPECT_NE(code_of_chain(network(), purchaser(), {widened}, &told), ErrorCode::kInternal);
}

}  // namespace
}  // namespace countersign::x509
