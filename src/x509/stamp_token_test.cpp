// SPDX-License-Identifier: Apache-2.0
// Tokens of the network's time-stampers, and of another authority that is nothing but the `openssl` command.
#include "x509/stamp_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "x509/der_tree.h"
#include "x509/sample_network.h"
#include "x509/time_stamp.h"

namespace countersign::x509 {
namespace {

using crypto::HashAlgorithm;
using std::chrono::days;
using testing::ElementsAre;

const BytesView kData = as_bytes("checkpoint");
const Bytes kNonce{0x8f, 1, 2, 3, 4, 5, 6, 7};

Bytes digest_of(HashAlgorithm hash) {
  return crypto::hash(hash, kData);
}

class StampTokens : public testing::Test {
 protected:
  static const SampleNetwork& network() {
    static const SampleNetwork network;
    return network;
  }
  static const Issuer& stamper() {
    static const Issuer stamper = network().issue_time_stamper();
    return stamper;
  }
  static TimePoint now() { return network().now + days(1); }
  static StampAuthorities trust() { return {{network().root.certificate}, {}}; }
  // A request for any hash, as an authority that takes it would read it.
  static TimeStampRequest request(HashAlgorithm hash) {
    DerTree asked = DerTree::read(make_time_stamp_request(hash, digest_of(hash), kNonce).value());
    TimeStampRequest read;
    read.imprint = asked[1].write();
    read.nonce = kNonce;
    read.wants_certificates = true;
    return read;
  }
  static Bytes token_of(const Issuer& signer, HashAlgorithm hash = HashAlgorithm::kSha256,
                        TimePoint time = now(), Seconds accuracy = Seconds(1)) {
    const CmsSigner prepared = CmsSigner::create(network().signer_of(signer)).value();
    const TimeStampGrant grant{SerialNumber::random(), time, accuracy};
    return read_time_stamp_response(make_time_stamp_response(prepared, request(hash), grant).value()).value();
  }
  static Result<StampToken> verify(BytesView token, const StampAuthorities& authorities = trust(),
                                   HashAlgorithm hash = HashAlgorithm::kSha256, BytesView nonce = kNonce) {
    return verify_stamp_token(token, hash, digest_of(hash), authorities, nonce);
  }
  static ErrorCode error_of(BytesView token, const StampAuthorities& authorities = trust()) {
    const auto verified = verify(token, authorities);
    return verified ? ErrorCode::kInternal : verified.error().code;
  }
};

TEST_F(StampTokens, OfTheNetworkSayWhenUntilWhenAndOnWhat) {
  const auto token = verify(token_of(stamper(), HashAlgorithm::kSha256, now(), Seconds(5)));
  ASSERT_TRUE(token) << token.error().detail;
  EXPECT_EQ(token.value().time, now());
  EXPECT_EQ(token.value().latest, now() + Seconds(5));
  EXPECT_EQ(token.value().until, stamper().certificate.not_after());
  EXPECT_EQ(token.value().authority, stamper().certificate.subject().text());
  EXPECT_THAT(token.value().algorithms, ElementsAre("ecdsa-p256", "sha-256"));
}

TEST_F(StampTokens, MayBeOverLongerHashes) {
  for (const auto hash : {HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    const auto token = verify(token_of(stamper(), hash), trust(), hash);
    ASSERT_TRUE(token) << token.error().detail;
    EXPECT_THAT(token.value().algorithms,
                ElementsAre("ecdsa-p256", "sha-256", std::string(crypto::hash_name(hash))));
  }
}

TEST_F(StampTokens, OverSomethingElseAreRefused) {
  const Bytes token = token_of(stamper());
  const Bytes other = crypto::hash(HashAlgorithm::kSha256, as_bytes("another checkpoint"));
  EXPECT_EQ(verify_stamp_token(token, HashAlgorithm::kSha256, other, trust()).error().code,
            ErrorCode::kConflict);
  EXPECT_EQ(verify(token, trust(), HashAlgorithm::kSha512).error().code, ErrorCode::kConflict);
}

TEST_F(StampTokens, WithTheNonceOfAnotherRequestAreRefused) {
  const Bytes token = token_of(stamper());
  EXPECT_EQ(verify(token, trust(), HashAlgorithm::kSha256, Bytes{1, 2}).error().code,
            ErrorCode::kSignatureInvalid);
  EXPECT_TRUE(verify(token, trust(), HashAlgorithm::kSha256, {})) << "who keeps it has none";
}

TEST_F(StampTokens, AreRefusedOfCertificatesThatAreForSomethingElse) {
  for (const Issuer& other :
       {network().issue(Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority"),
        network().issue_responder(), network().issue_merchant()})
    EXPECT_EQ(error_of(token_of(other)), ErrorCode::kWrongRole) << other.certificate.subject().text();
}

TEST_F(StampTokens, AreRefusedUnderOtherRoots) {
  const SampleNetwork stranger;
  EXPECT_EQ(error_of(token_of(stamper()), {{stranger.root.certificate}, {}}), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(error_of(token_of(stamper()), {}), ErrorCode::kCertificateUnknown);
  EXPECT_EQ(error_of(token_of(stamper()), {{}, {stranger.root.certificate.der()}}),
            ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(verify(token_of(stamper()), {{stranger.root.certificate}, {network().root.certificate.der()}}));
}

TEST_F(StampTokens, AreJudgedByTheTimeThatTheyState) {
  const TimePoint end = stamper().certificate.not_after();
  EXPECT_TRUE(verify(token_of(stamper(), HashAlgorithm::kSha256, end - Seconds(1))));
  for (const TimePoint late : {end, end + days(1)})
    EXPECT_EQ(error_of(token_of(stamper(), HashAlgorithm::kSha256, late)), ErrorCode::kExpired);
  for (const TimePoint early : {network().now - Seconds(1), network().now - days(1)})
    EXPECT_EQ(error_of(token_of(stamper(), HashAlgorithm::kSha256, early)), ErrorCode::kNotYetValid);
}

TEST_F(StampTokens, AreRefusedWhereTheyAreAlteredOrNone) {
  const Bytes good = token_of(stamper());
  EXPECT_EQ(error_of(as_bytes("no token")), ErrorCode::kMalformed);
  EXPECT_EQ(error_of({}), ErrorCode::kMalformed);
  EXPECT_EQ(error_of(Bytes((64 << 10) + 1)), ErrorCode::kTooLarge);
  for (std::size_t size = 0; size < good.size(); size += 7)
    EXPECT_FALSE(verify(BytesView(good).first(size))) << "cut at " << size;
  Bytes more = good;
  more.push_back(0);
  EXPECT_EQ(error_of(more), ErrorCode::kMalformed);
  Bytes bent = good;
  bent.back() ^= 1;  // of the signature
  EXPECT_EQ(error_of(bent), ErrorCode::kSignatureInvalid);
  const Bytes document = sign_cms(network().signer_of(stamper()), kData, {ContentType::kData, now()}).value();
  EXPECT_EQ(error_of(document), ErrorCode::kMalformed);
}

TEST_F(StampTokens, AreRefusedWhereTheClockIsSaidToBeOffByADay) {
  EXPECT_EQ(error_of(token_of(stamper(), HashAlgorithm::kSha256, now(), Seconds(86'400))),
            ErrorCode::kUnsupported);
}

TEST(StampRoots, AreReadFromPem) {
  const SampleNetwork one, two;
  const auto roots =
      stamp_roots_from_pem("a comment\n" + one.root.certificate.pem() + two.root.certificate.pem());
  ASSERT_TRUE(roots) << roots.error().detail;
  EXPECT_THAT(roots.value(), ElementsAre(one.root.certificate.der(), two.root.certificate.der()));
  for (const std::string& text : {std::string(), std::string("no PEM"),
                                  one.root.certificate.pem() + "-----BEGIN CERTIFICATE-----\nAAAA\n"})
    EXPECT_EQ(stamp_roots_from_pem(text).error().code, ErrorCode::kMalformed) << text;
  EXPECT_EQ(stamp_roots_from_pem(as_text(Bytes())).error().code, ErrorCode::kMalformed) << "an empty file";
}

// A root, and a signer whose certificate `extension` describes.
class ForeignStampTokens : public testing::Test {
 protected:
  bool make(const std::string& key, const std::string& extension, const std::string& config,
            const std::string& root_key = "rsa:3072 -sha512") const {
    folder_.write("data", kData);
    folder_.write("extension", as_bytes(extension + "\n"));
    folder_.write(
        "ts.cnf",
        as_bytes("[tsa]\nserial = serial\ndigests = sha256, sha512\ndefault_policy = 1.2.3\n" + config));
    return folder_.run(
               "openssl req -x509 -nodes -keyout root.key -out root.pem -subj '/O=Notary' -days 9000 "
               "-newkey " +
               root_key) &&
           folder_.run(
               "openssl req -nodes -keyout tsa.key -out tsa.csr -subj '/CN=Stamps/O=Notary' -newkey " +
               key) &&
           folder_.run(
               "openssl x509 -req -in tsa.csr -CA root.pem -CAkey root.key -CAcreateserial -days 4000 "
               "-sha384 -extfile extension -out tsa.pem") &&
           folder_.run("openssl ts -query -data data -sha512 -cert -out query.tsq") &&
           folder_.run(
               "openssl ts -reply -config ts.cnf -section tsa -queryfile query.tsq -signer tsa.pem "
               "-inkey tsa.key -out response.tsr");
  }
  Result<StampToken> verify() const {
    TRY(const Bytes token, read_time_stamp_response(folder_.read("response.tsr")));
    TRY(std::vector<Bytes> roots, stamp_roots_from_pem(as_text(folder_.read("root.pem"))));
    return verify_stamp_token(token, HashAlgorithm::kSha512, digest_of(HashAlgorithm::kSha512),
                              {{}, std::move(roots)});
  }
  static constexpr const char* kP384 = "ec -pkeyopt ec_paramgen_curve:P-384";
  static constexpr const char* kUse = "extendedKeyUsage=critical,timeStamping";
  static constexpr const char* kStrong =
      "signer_digest = sha512\ness_cert_id_alg = sha512\naccuracy = secs:2, millisecs:5\n";
  const ExchangeFolder folder_;
};

TEST_F(ForeignStampTokens, AreVerifiedWithAlgorithmsThatTheNetworkDoesNotUse) {
  ASSERT_TRUE(make(kP384, kUse, kStrong)) << folder_.output();
  const auto token = verify();
  ASSERT_TRUE(token) << token.error().detail;
  EXPECT_THAT(token.value().algorithms, ElementsAre("ecdsa-p384", "rsa-3072", "sha-384", "sha-512"));
  EXPECT_EQ(token.value().latest, token.value().time + Seconds(3)) << "rounded up";
  EXPECT_EQ(token.value().authority, "O=Notary,CN=Stamps");
  EXPECT_GT(token.value().until, token.value().time + days(3999));
}

TEST_F(ForeignStampTokens, AreRefusedWhereSha1NamesTheSigner) {
  ASSERT_TRUE(make(kP384, kUse, "signer_digest = sha512\ness_cert_id_alg = sha1\n")) << folder_.output();
  EXPECT_EQ(verify().error().code, ErrorCode::kUnsupported);
}

TEST_F(ForeignStampTokens, RestOnTheHashThatNamesTheSigner) {
  ASSERT_TRUE(make(kP384, kUse, "signer_digest = sha512\ness_cert_id_alg = sha256\n")) << folder_.output();
  const auto token = verify();
  ASSERT_TRUE(token) << token.error().detail;
  EXPECT_THAT(token.value().algorithms,
              ElementsAre("ecdsa-p384", "rsa-3072", "sha-256", "sha-384", "sha-512"));
  ASSERT_TRUE(make(kP384, kUse, "signer_digest = sha512\ness_cert_id_alg = sha224\n")) << folder_.output();
  EXPECT_EQ(verify().error().code, ErrorCode::kUnsupported);
}

TEST_F(ForeignStampTokens, AreRefusedWithKeysThatNobodyShouldTrust) {
  ASSERT_TRUE(make("rsa:1024", kUse, kStrong)) << folder_.output();
  EXPECT_FALSE(verify());
  ASSERT_TRUE(make("ec -pkeyopt ec_paramgen_curve:brainpoolP256r1", kUse, kStrong)) << folder_.output();
  EXPECT_EQ(verify().error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace countersign::x509
