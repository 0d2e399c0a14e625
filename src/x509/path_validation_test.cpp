// SPDX-License-Identifier: Apache-2.0
// What NIST's paths (pkits_test.cpp) do not try.
#include "x509/path_validation.h"

#include <gtest/gtest.h>
#include <openssl/x509.h>

#include "crypto/openssl.h"
#include "x509/crl.h"
#include "x509/test_network.h"

namespace countersign::x509 {
namespace {

using Crl = crypto::Handle<X509_CRL, X509_CRL_free>;

Crl crl_of(const Bytes& der) {
  const std::uint8_t* cursor = der.data();
  return Crl(d2i_X509_CRL(nullptr, &cursor, static_cast<long>(der.size())));
}

crypto::X509Handle certificate_of(const Bytes& der) {
  const std::uint8_t* cursor = der.data();
  return crypto::X509Handle(d2i_X509(nullptr, &cursor, static_cast<long>(der.size())));
}

class ValidatePath : public testing::Test {
 protected:
  Result<void> validate(const std::vector<X509*>& path, const Certificate& anchor) const {
    return validate_path({path, anchor.native()}, {network_.now});
  }

  TestNetwork network_;
  Certificate leaf_ = network_.issue(Role::kMerchant);
};

TEST_F(ValidatePath, AcceptsAPathThatEndsBelowOrAtTheAnchor) {
  X509* const leaf = leaf_.native();
  X509* const ca = network_.ca.native();
  EXPECT_TRUE(validate({leaf, ca}, network_.root));
  EXPECT_TRUE(validate({leaf, ca, network_.root.native()}, network_.root));
  EXPECT_TRUE(validate({leaf}, network_.ca));
  EXPECT_TRUE(validate({network_.root.native()}, network_.root));
}

TEST_F(ValidatePath, KnowsAnAnchorThatWasParsedTwice) {
  const Certificate again = Certificate::from_der(network_.root.der()).value();
  EXPECT_TRUE(validate({again.native()}, network_.root));
  EXPECT_TRUE(validate({leaf_.native(), network_.ca.native(), again.native()}, network_.root));
}

TEST_F(ValidatePath, RefusesAnEmptyPath) {
  EXPECT_EQ(code_of(validate({}, network_.root)), ErrorCode::kMalformed);
}

TEST_F(ValidatePath, RefusesAPathWithACertificateTooFewOrTooMany) {
  X509* const leaf = leaf_.native();
  X509* const ca = network_.ca.native();
  const Certificate stray = network_.issue(Role::kPurchaser);
  EXPECT_EQ(code_of(validate({leaf}, network_.root)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(validate({leaf, stray.native(), ca}, network_.root)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(validate({leaf, ca, stray.native()}, network_.root)), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(code_of(validate({ca, leaf}, network_.root)), ErrorCode::kCertificateUnknown);
}

TEST_F(ValidatePath, HeedsACertificateThatDemandsAPolicyAlsoWhereNobodyAsksForOne) {
  using namespace der;
  const Bytes demand = sequence({oid("2.5.29.36"), boolean(true),  // policyConstraints
                                 wrap(Tag::kOctetString, sequence({wrap(context(0), Bytes{0})}))});
  Extensions bare;
  bare.authority_key_id = network_.ca.extensions().subject_key_id;
  bare.key_usage.digital_signature = true;
  bare.policies = {{"1.2.3.4", {}}};  // not one that its CA may issue
  const Bytes without = encode_extensions(bare).value();
  Reader inside = read_only(without, Tag::kSequence).value();
  Bytes with;
  while (!inside.at_end()) with = concatenate({with, inside.element(Tag::kSequence).value().whole});
  with = sequence({with, demand});
  const auto forged = [&](const Bytes& extensions) {
    return certificate_of(network_.forge(leaf_.subject().der(), new_key().public_key(), extensions));
  };
  X509* const ca = network_.ca.native();
  EXPECT_TRUE(validate({forged(without).get(), ca}, network_.root));
  EXPECT_EQ(code_of(validate({forged(with).get(), ca}, network_.root)), ErrorCode::kWrongRole);
}

// A leaf, and CRLs of its CA and of the root.
class Revocation : public ValidatePath {
 protected:
  Bytes signed_by(const Issuer& issuer, const std::vector<RevokedEntry>& entries) const {
    return sign_crl(issuer, entries, 1, network_.now, network_.now + Seconds(3600)).value();
  }
  Bytes of_the_ca(const std::vector<RevokedEntry>& entries = {}) const {
    return signed_by(network_.issuer(), entries);
  }
  Bytes of_the_root(const std::vector<RevokedEntry>& entries = {}) const {
    return signed_by({network_.root, network_.root_key}, entries);
  }
  RevokedEntry entry(const Certificate& certificate, RevocationReason reason) const {
    return {certificate.serial(), network_.now, reason};
  }
  ErrorCode judged_with(const std::vector<Bytes>& crls, Seconds later = Seconds(0)) const {
    std::vector<Crl> owned;
    std::vector<X509_CRL*> views;
    for (const Bytes& der : crls) views.push_back(owned.emplace_back(crl_of(der)).get());
    const std::vector<X509*> path{leaf_.native(), network_.ca.native()};
    const CrlEvidence revocation{views, {}};
    return code_of(validate_path({path, network_.root.native()}, {network_.now + later}, &revocation));
  }
};

TEST_F(Revocation, IsNotWhatCrlsOfEachIssuerDoNotState) {
  EXPECT_EQ(judged_with({of_the_ca(), of_the_root()}), ErrorCode::kInternal);
  const Certificate other = network_.issue(Role::kMerchant);
  EXPECT_EQ(judged_with({of_the_ca({entry(other, RevocationReason::kKeyCompromise)}), of_the_root()}),
            ErrorCode::kInternal);
}

TEST_F(Revocation, OfAnyCertificateOfThePathIsRefused) {
  for (const RevocationReason reason : {RevocationReason::kUnspecified, RevocationReason::kKeyCompromise,
                                        RevocationReason::kCertificateHold}) {
    EXPECT_EQ(judged_with({of_the_ca({entry(leaf_, reason)}), of_the_root()}),
              ErrorCode::kCertificateRevoked);
    EXPECT_EQ(judged_with({of_the_ca(), of_the_root({entry(network_.ca, reason)})}),
              ErrorCode::kCertificateRevoked);
  }
}

TEST_F(Revocation, MustBeToldByACrlOfEachIssuer) {
  EXPECT_EQ(judged_with({}), ErrorCode::kUnavailable);
  EXPECT_EQ(judged_with({of_the_ca()}), ErrorCode::kUnavailable);
  EXPECT_EQ(judged_with({of_the_root()}), ErrorCode::kUnavailable);
}

TEST_F(Revocation, IsNotToldByACrlBeforeOrAfterItsTime) {
  EXPECT_EQ(judged_with({of_the_ca(), of_the_root()}, Seconds(3600)), ErrorCode::kExpired);
  const Bytes early =
      sign_crl(network_.issuer(), {}, 1, network_.now + Seconds(60), network_.now + Seconds(3600)).value();
  EXPECT_EQ(judged_with({early, of_the_root()}), ErrorCode::kNotYetValid);
}

TEST_F(Revocation, IsNotToldByACrlUnderAnotherKey) {
  EXPECT_EQ(judged_with({signed_by({network_.ca, new_key()}, {}), of_the_root()}),
            ErrorCode::kSignatureInvalid);
}

TEST_F(Revocation, IsNotToldByACrlThatWouldHoldForEver) {
  using namespace der;
  const Bytes honest = of_the_ca();
  Reader fields(read_only(honest, Tag::kSequence).value().element(Tag::kSequence).value().contents);
  std::vector<Bytes> parts{integer(fields.small_integer().value())};
  for (int part = 0; part < 2; ++part)  // algorithm, issuer
    parts.push_back(to_bytes(fields.element(Tag::kSequence).value().whole));
  parts.push_back(time(fields.time().value()));
  (void)fields.time().value();  // nextUpdate
  parts.push_back(to_bytes(fields.element(context_constructed(0)).value().whole));
  const Bytes to_be_signed = sequence({parts[0], parts[1], parts[2], parts[3], parts[4]});
  const Bytes eternal = sign_structure(to_be_signed, network_.ca_key).value();
  ASSERT_TRUE(crl_of(eternal));
  EXPECT_EQ(judged_with({eternal, of_the_root()}), ErrorCode::kUnavailable);
  EXPECT_EQ(judged_with({eternal, honest, of_the_root()}), ErrorCode::kInternal);
}

}  // namespace
}  // namespace countersign::x509
