// SPDX-License-Identifier: Apache-2.0
// Time-stamps between the module and the `openssl ts` command, in both directions.
#include <gtest/gtest.h>

#include <fstream>

#include "crypto/digest.h"
#include "x509/sample_network.h"
#include "x509/stamp_token.h"
#include "x509/time_stamp.h"

namespace countersign::x509 {
namespace {

using crypto::HashAlgorithm;

const Bytes kNonce{0x8f, 1, 2, 3, 4, 5, 6, 7};

class OpenSslTimeStamps : public testing::Test {
 protected:
  OpenSslTimeStamps() {
    folder_.write("data", as_bytes(kData));
    folder_.write_pem("root.pem", network_.root.certificate);
  }
  // Around the system's time, which `openssl ts -reply` states.
  static SampleNetwork make_network() {
    return SampleNetwork{.now = whole_seconds(SystemClock().now()) - std::chrono::hours(1)};
  }
  TimeStampRequest parse(const char* file) const {
    return std::get<TimeStampRequest>(parse_time_stamp_request(folder_.read(file)));
  }
  void answer(const char* query, const char* response) const {
    const CmsSigner signer = CmsSigner::create(network_.signer_of(stamper_)).value();
    folder_.write(
        response,
        make_time_stamp_response(signer, parse(query), {SerialNumber::random(), now_, Seconds(1)}).value());
  }
  bool verifies(const std::string& what) const {
    return folder_.run("openssl ts -verify -CAfile root.pem -attime " + std::to_string(unix_seconds(now_)) +
                       ' ' + what);
  }
  // A reply to query.tsq by this signer, in response.tsr.
  bool openssl_replies(const Issuer& signer) const {
    folder_.write_pem("signer.pem", signer.certificate);
    folder_.write_pem("ca.pem", network_.ca.certificate);
    folder_.write_key("key.der", signer.key);
    folder_.write("ts.cnf", as_bytes("[tsa]\nserial = serial\ndigests = sha256\nsigner_digest = sha256\n"
                                     "ess_cert_id_alg = sha256\naccuracy = secs:1\ntsa_name = yes\n"
                                     "default_policy = " +
                                     std::string(kTimeStampPolicy) + "\n"));
    return folder_.run("openssl pkey -inform DER -in key.der -out key.pem") &&
           folder_.run(
               "openssl ts -reply -config ts.cnf -section tsa -queryfile query.tsq -signer "
               "signer.pem -inkey key.pem -chain ca.pem -out response.tsr");
  }

  static constexpr std::string_view kData = "checkpoint";
  const SampleNetwork network_ = make_network();
  const TimePoint now_ = network_.now + std::chrono::hours(1);
  const Issuer stamper_ = network_.issue_time_stamper();
  const ExchangeFolder folder_;
};

TEST_F(OpenSslTimeStamps, AreVerifiedByItUnderTheNetworkRootAlone) {
  ASSERT_TRUE(folder_.run("openssl ts -query -data data -sha256 -cert -out query.tsq")) << folder_.output();
  answer("query.tsq", "response.tsr");
  EXPECT_TRUE(verifies("-queryfile query.tsq -in response.tsr")) << folder_.output();
  EXPECT_TRUE(verifies("-data data -in response.tsr")) << folder_.output();
  folder_.write("token.tst", read_time_stamp_response(folder_.read("response.tsr")).value());
  EXPECT_TRUE(verifies("-data data -in token.tst -token_in")) << folder_.output();
  folder_.write("other", as_bytes("another checkpoint"));
  EXPECT_FALSE(verifies("-data other -in response.tsr"));
  ASSERT_TRUE(folder_.run("openssl ts -query -data data -sha256 -cert -out other.tsq"));
  EXPECT_FALSE(verifies("-queryfile other.tsq -in response.tsr")) << "another nonce";
}

TEST_F(OpenSslTimeStamps, AreVerifiedByItForARequestOfOurs) {
  folder_.write("query.tsq", make_time_stamp_request(crypto::sha256(as_bytes(kData)), kNonce).value());
  answer("query.tsq", "response.tsr");
  EXPECT_TRUE(verifies("-queryfile query.tsq -in response.tsr")) << folder_.output();
  ASSERT_TRUE(folder_.run("openssl ts -query -in query.tsq -text"));
  for (const char* text : {"Version: 1", "sha256", "Nonce: 0x8F01020304050607", "Certificate required: yes"})
    EXPECT_NE(folder_.output().find(text), std::string::npos) << text << "\n" << folder_.output();
}

TEST_F(OpenSslTimeStamps, NeedTheCertificatesBesideThemWhereNoneWereAskedFor) {
  ASSERT_TRUE(folder_.run("openssl ts -query -data data -sha256 -out query.tsq")) << folder_.output();
  EXPECT_FALSE(parse("query.tsq").wants_certificates);
  answer("query.tsq", "response.tsr");
  EXPECT_FALSE(verifies("-queryfile query.tsq -in response.tsr"));
  folder_.write("chain.pem", as_bytes(stamper_.certificate.pem() + network_.ca.certificate.pem()));
  EXPECT_TRUE(verifies("-queryfile query.tsq -in response.tsr -untrusted chain.pem")) << folder_.output();
}

TEST_F(OpenSslTimeStamps, AreReadByItAsTheyWereMeant) {
  folder_.write("query.tsq", make_time_stamp_request(crypto::sha256(as_bytes(kData)), kNonce).value());
  answer("query.tsq", "response.tsr");
  ASSERT_TRUE(folder_.run("openssl ts -reply -in response.tsr -text")) << folder_.output();
  for (const char* text : {"Status: Granted.", "Policy OID: 2.25.5029185730381929265412404197190874440.4.1",
                           "Accuracy: 0x01 seconds", "Ordering: no", "Nonce: 0x8F01020304050607"})
    EXPECT_NE(folder_.output().find(text), std::string::npos) << text << "\n" << folder_.output();
}

TEST_F(OpenSslTimeStamps, AreRefusedInWordsAndBitsThatItReads) {
  folder_.write("refused.tsr", make_time_stamp_refusal(
                                   {TimeStampFailure::kBadAlgorithm, "the hash algorithm must be SHA-256"}));
  ASSERT_TRUE(folder_.run("openssl ts -reply -in refused.tsr -text")) << folder_.output();
  for (const char* text : {"Status: Rejected.", "the hash algorithm must be SHA-256",
                           "unrecognized or unsupported algorithm identifier"})
    EXPECT_NE(folder_.output().find(text), std::string::npos) << text << "\n" << folder_.output();
  folder_.write("refused.tsr", make_time_stamp_refusal({TimeStampFailure::kTimeNotAvailable, "later"}));
  ASSERT_TRUE(folder_.run("openssl ts -reply -in refused.tsr -text"));
  EXPECT_NE(folder_.output().find("the TSA's time source is not available"), std::string::npos)
      << folder_.output();
}

TEST_F(OpenSslTimeStamps, OfItsOwnAreVerifiedByUs) {
  const Sha256Digest digest = crypto::sha256(as_bytes(kData));
  folder_.write("query.tsq", make_time_stamp_request(digest, kNonce).value());
  ASSERT_TRUE(openssl_replies(stamper_)) << folder_.output();
  const TimePoint later = SystemClock().now();
  const Bytes token = read_time_stamp_response(folder_.read("response.tsr")).value();
  const StampAuthorities trust{{network_.root.certificate}, {}};
  const auto stamp = verify_stamp_token(token, HashAlgorithm::kSha256, digest, trust, kNonce);
  ASSERT_TRUE(stamp) << stamp.error().detail;
  EXPECT_GE(stamp.value().time, now_);
  EXPECT_LE(stamp.value().time, later);
  EXPECT_EQ(stamp.value().latest, stamp.value().time + Seconds(1));
  EXPECT_EQ(stamp.value().authority, stamper_.certificate.subject().text());
  EXPECT_EQ(verify_stamp_token(token, HashAlgorithm::kSha256, digest, trust, Bytes{1}).error().code,
            ErrorCode::kSignatureInvalid);
  const Sha256Digest other = crypto::sha256(as_bytes("another checkpoint"));
  EXPECT_EQ(verify_stamp_token(token, HashAlgorithm::kSha256, other, trust).error().code,
            ErrorCode::kConflict);
}

TEST_F(OpenSslTimeStamps, ArePutIntoItsRepliesWithTheCertificatesOfThisRoleAlone) {
  folder_.write("query.tsq", make_time_stamp_request(crypto::sha256(as_bytes(kData)), kNonce).value());
  EXPECT_FALSE(
      openssl_replies(network_.issue(Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority")));
}

TEST_F(OpenSslTimeStamps, OfAnotherHashAreAskedForByItAndRefused) {
  for (const char* hash : {"sha1", "sha384", "sha512", "sha3-256"}) {
    ASSERT_TRUE(folder_.run("openssl ts -query -data data -" + std::string(hash) + " -out query.tsq"))
        << folder_.output();
    const auto parsed = parse_time_stamp_request(folder_.read("query.tsq"));
    ASSERT_TRUE(std::holds_alternative<TimeStampRefusal>(parsed)) << hash;
    EXPECT_EQ(std::get<TimeStampRefusal>(parsed).failure, TimeStampFailure::kBadAlgorithm) << hash;
  }
  ASSERT_TRUE(folder_.run("openssl ts -query -data data -sha256 -tspolicy 1.2.3 -out query.tsq"));
  EXPECT_EQ(parse("query.tsq").policy, "1.2.3");
}

TEST_F(OpenSslTimeStamps, AreNotVerifiedByItFromACertificateWithoutTheRole) {
  folder_.write("query.tsq", make_time_stamp_request(crypto::sha256(as_bytes(kData)), kNonce).value());
  const Issuer other = network_.issue(Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
  const CmsSigner signer = CmsSigner::create(network_.signer_of(other)).value();
  folder_.write("response.tsr", make_time_stamp_response(signer, parse("query.tsq"),
                                                         {SerialNumber::random(), now_, Seconds(1)})
                                    .value());
  EXPECT_FALSE(verifies("-queryfile query.tsq -in response.tsr"));
}

Bytes vector_file(const std::string& name) {
  std::ifstream file(COUNTERSIGN_TIME_STAMP_VECTORS "/" + name, std::ios::binary);
  return to_bytes(std::string(std::istreambuf_iterator<char>(file), {}));
}

TEST(TimeStampVectors, OfOpenSslAreVerifiedByUsAndForNothingElse) {
  const TimePoint time = from_unix_seconds(1'795'449'104);
  const StampAuthorities trust{
      {Certificate::from_pem(as_text(vector_file("of-openssl/network-root.pem"))).value()}, {}};
  const Sha256Digest digest = crypto::sha256(vector_file("data"));
  const auto query =
      std::get<TimeStampRequest>(parse_time_stamp_request(vector_file("of-openssl/query.tsq")));
  EXPECT_EQ(query.digest, digest);
  const Bytes token = read_time_stamp_response(vector_file("of-openssl/response.tsr")).value();
  const auto stamp = verify_stamp_token(token, HashAlgorithm::kSha256, digest, trust, query.nonce);
  ASSERT_TRUE(stamp) << stamp.error().detail;
  EXPECT_EQ(stamp.value().time, time);
  EXPECT_EQ(stamp.value().latest, time + Seconds(1));
  const auto other = verify_stamp_token(token, HashAlgorithm::kSha256,
                                        crypto::sha256(as_bytes("another checkpoint")), trust);
  EXPECT_EQ(other.error().code, ErrorCode::kConflict);
}

TEST(TimeStampVectors, AreAskedForByOpenSslInTheFormThatWeRead) {
  const auto query =
      std::get<TimeStampRequest>(parse_time_stamp_request(vector_file("of-countersign/query.tsq")));
  EXPECT_EQ(query.digest, crypto::sha256(vector_file("data")));
  EXPECT_TRUE(query.wants_certificates);
  EXPECT_TRUE(read_time_stamp_response(vector_file("of-countersign/response.tsr")));
}

}  // namespace
}  // namespace countersign::x509
