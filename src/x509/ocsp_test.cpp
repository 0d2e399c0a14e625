// SPDX-License-Identifier: Apache-2.0
#include "x509/ocsp.h"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

#include "x509/der_tree.h"
#include "x509/sample_network.h"

namespace countersign::x509 {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

const Bytes kNonce(16, 0x5a);

class Ocsp : public testing::Test {
 protected:
  static const SampleNetwork& network() {
    static const SampleNetwork network;
    return network;
  }
  static const Issuer& responder() {
    static const Issuer responder = network().issue_responder();
    return responder;
  }
  static const Issuer& subject() {
    static const Issuer subject = network().issue_purchaser();
    return subject;
  }
  // A day after the network was made, so that its certificates are valid some time before and after.
  static TimePoint now() { return network().now + hours(24); }
  static OcspAnswer answer(CertificateStatus status) {
    return {make_cert_id(network().ca.certificate, subject().certificate.serial()), status, now(),
            now() + hours(1)};
  }
  static Bytes response(CertificateStatus status, const Issuer& signer = responder(),
                        BytesView nonce = kNonce) {
    const OcspAnswer answers[] = {answer(status)};
    return sign_ocsp_response(signer, answers, nonce, now()).value();
  }
  static Result<OcspAnswer> verify(BytesView der, TimePoint at = now(), BytesView nonce = kNonce) {
    return verify_ocsp_response(der, subject().certificate, network().anchor, nonce, at, Seconds(60));
  }
};

constexpr CertificateStatus kGood{StatusKind::kGood, {}, RevocationReason::kUnspecified};

TEST_F(Ocsp, VerifiesWhatTheResponderSigned) {
  const Result<OcspAnswer> good = verify(response(kGood));
  ASSERT_TRUE(good) << good.error().detail;
  EXPECT_EQ(good.value().status.kind, StatusKind::kGood);
  EXPECT_EQ(good.value().this_update, now());
  EXPECT_EQ(good.value().next_update, now() + hours(1));
  EXPECT_EQ(verify(response({StatusKind::kUnknown, {}, {}})).value().status.kind, StatusKind::kUnknown);
}

TEST_F(Ocsp, StatesTimeAndReasonOfARevocation) {
  for (const RevocationReason reason : {RevocationReason::kUnspecified, RevocationReason::kKeyCompromise,
                                        RevocationReason::kCertificateHold}) {
    const Result<OcspAnswer> revoked = verify(response({StatusKind::kRevoked, now() - hours(2), reason}));
    ASSERT_TRUE(revoked) << revoked.error().detail;
    EXPECT_EQ(revoked.value().status.kind, StatusKind::kRevoked);
    EXPECT_EQ(revoked.value().status.revoked_at, now() - hours(2));
    EXPECT_EQ(revoked.value().status.reason, reason);
  }
}

TEST_F(Ocsp, RefusesAnAnswerOutsideOfItsTime) {
  const Bytes der = response(kGood);
  EXPECT_TRUE(verify(der, now() - Seconds(60)));
  EXPECT_TRUE(verify(der, now() + hours(1) + Seconds(60)));
  EXPECT_EQ(verify(der, now() + hours(1) + Seconds(61)).error().code, ErrorCode::kExpired);
  const OcspAnswer later[] = {{answer(kGood).cert_id, kGood, now() + hours(1), now() + hours(2)}};
  const Bytes early = sign_ocsp_response(responder(), later, kNonce, now()).value();
  EXPECT_EQ(verify(early).error().code, ErrorCode::kNotYetValid);
}

TEST_F(Ocsp, RefusesAnotherNonceAndNone) {
  EXPECT_EQ(verify(response(kGood, responder(), Bytes(16, 1))).error().code, ErrorCode::kSignatureInvalid);
  EXPECT_EQ(verify(response(kGood, responder(), {})).error().code, ErrorCode::kSignatureInvalid);
  EXPECT_TRUE(verify(response(kGood), now(), {})) << "who sent no nonce expects none";
}

TEST_F(Ocsp, RefusesWhoIsNoResponder) {
  EXPECT_EQ(verify(response(kGood, network().issue_purchaser("p-9"))).error().code, ErrorCode::kWrongRole);
  EXPECT_EQ(verify(response(kGood, network().issue_merchant())).error().code, ErrorCode::kWrongRole);
  const SampleNetwork other;
  EXPECT_FALSE(verify(response(kGood, other.issue_responder())));
}

TEST_F(Ocsp, RefusesAnAnswerAboutAnotherCertificate) {
  const Bytes der = response(kGood);
  const Issuer other = network().issue_purchaser("p-2");
  const Result<OcspAnswer> verified =
      verify_ocsp_response(der, other.certificate, network().anchor, kNonce, now(), Seconds(60));
  EXPECT_EQ(verified.error().code, ErrorCode::kCertificateUnknown);
}

TEST_F(Ocsp, RefusesTwoAnswersAboutOneCertificate) {
  const OcspAnswer answers[] = {answer(kGood), answer({StatusKind::kRevoked, now(), {}})};
  EXPECT_EQ(verify(sign_ocsp_response(responder(), answers, kNonce, now()).value()).error().code,
            ErrorCode::kMalformed);
}

TEST_F(Ocsp, NamesWhatAResponderThatCouldNotAnswerSaid) {
  EXPECT_EQ(verify(ocsp_error_response(1)).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(verify(ocsp_error_response(3)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(verify(ocsp_error_response(6)).error().code, ErrorCode::kCertificateUnknown);
}

TEST_F(Ocsp, NeverAcceptsATruncatedOrAlteredResponse) {
  const Bytes der = response(kGood);
  for (std::size_t i = 0; i < der.size(); ++i) {
    EXPECT_FALSE(verify(BytesView(der).first(i))) << i;
    if (i % 7 != 0) continue;
    Bytes altered = der;
    altered[i] ^= 0x01;
    EXPECT_FALSE(verify(altered)) << i;
  }
}

TEST_F(Ocsp, ReadsTheRequestsItMakes) {
  const Bytes der = make_ocsp_request(subject().certificate, network().ca.certificate, kNonce).value();
  const Result<OcspRequest> request = parse_ocsp_request(der, network().ca.certificate);
  ASSERT_TRUE(request) << request.error().detail;
  ASSERT_EQ(request.value().questions.size(), 1U);
  EXPECT_TRUE(request.value().questions[0].issuer_matches);
  EXPECT_EQ(request.value().questions[0].serial, subject().certificate.serial());
  EXPECT_EQ(request.value().questions[0].cert_id, answer(kGood).cert_id);
  EXPECT_EQ(request.value().nonce, kNonce);
  EXPECT_FALSE(make_ocsp_request(subject().certificate, network().root.certificate, kNonce))
      << "another issuer";
}

TEST_F(Ocsp, KnowsQuestionsAboutAnotherIssuer) {
  const SampleNetwork other;
  const Bytes der = make_ocsp_request(subject().certificate, network().ca.certificate, {}).value();
  const Result<OcspRequest> request = parse_ocsp_request(der, other.ca.certificate);
  ASSERT_TRUE(request);
  EXPECT_FALSE(request.value().questions[0].issuer_matches) << "same name, another key";
  EXPECT_TRUE(request.value().nonce.empty());
}

TEST_F(Ocsp, RefusesRequestsItCannotAnswer) {
  const Bytes good = make_ocsp_request(subject().certificate, network().ca.certificate, kNonce).value();
  const auto code_of = [&](const auto& bend) {
    DerTree request = DerTree::read(good);
    bend(request);
    const Result<OcspRequest> parsed = parse_ocsp_request(request.write(), network().ca.certificate);
    return parsed ? std::nullopt : std::optional(parsed.error().code);
  };
  EXPECT_EQ(code_of([](DerTree&) {}), std::nullopt);
  EXPECT_EQ(code_of([](DerTree& r) { r[0][0].children.clear(); }), ErrorCode::kMalformed) << "no question";
  EXPECT_EQ(code_of([](DerTree& r) { r[0][0].children.resize(17, r[0][0][0]); }), ErrorCode::kTooLarge);
  EXPECT_EQ(code_of([](DerTree& r) { r[0][0].children.resize(16, r[0][0][0]); }), std::nullopt);
  EXPECT_EQ(code_of([](DerTree& r) { r[0][0][0][0][3].contents = {0x80}; }), ErrorCode::kMalformed)
      << "negative";
  EXPECT_EQ(code_of([](DerTree& r) {
              r[0][1][0][0][1].contents = Bytes{0x04, 0x00};
            }),
            ErrorCode::kMalformed)
      << "empty nonce";
  EXPECT_EQ(code_of([](DerTree& r) {
              r[0][1][0][0][1].contents = der::wrap(der::Tag::kOctetString, Bytes(33, 1));
            }),
            ErrorCode::kMalformed)
      << "long nonce";
  EXPECT_EQ(code_of([](DerTree& r) {
              r[0][1][0][0][0].contents.back() = 9;
              r[0][1][0][0].children.insert(r[0][1][0][0].children.begin() + 1,
                                            DerTree::primitive(1, {0xff}));
            }),
            ErrorCode::kUnsupported)
      << "critical extension";
  EXPECT_EQ(parse_ocsp_request(Bytes(5000, 0), network().ca.certificate).error().code, ErrorCode::kTooLarge);
  for (std::size_t i = 0; i < good.size(); ++i)
    EXPECT_FALSE(parse_ocsp_request(BytesView(good).first(i), network().ca.certificate)) << i;
}

class OcspWithOpenssl : public Ocsp {
 protected:
  OcspWithOpenssl() {
    folder_.write_pem("root.pem", network().root.certificate);
    folder_.write_pem("ca.pem", network().ca.certificate);
    folder_.write_pem("subject.pem", subject().certificate);
  }
  ExchangeFolder folder_;
};

TEST_F(OcspWithOpenssl, ReadsItsRequestsWithEitherHash) {
  for (const char* hash : {"-sha1", "-sha256"}) {
    ASSERT_TRUE(folder_.run(std::string("openssl ocsp ") + hash +
                            " -issuer ca.pem -cert subject.pem -serial 0x4711 -nonce -reqout request.der"))
        << folder_.output();
    const Result<OcspRequest> request =
        parse_ocsp_request(folder_.read("request.der"), network().ca.certificate);
    ASSERT_TRUE(request) << request.error().detail;
    ASSERT_EQ(request.value().questions.size(), 2U);
    EXPECT_TRUE(request.value().questions[0].issuer_matches) << hash;
    EXPECT_EQ(request.value().questions[0].serial, subject().certificate.serial());
    EXPECT_EQ(request.value().questions[1].serial.hex(), "4711");
    EXPECT_EQ(request.value().nonce.size(), 16U);
  }
}

TEST_F(OcspWithOpenssl, HasItsResponsesVerifiedInAnswerToTheSameRequest) {
  ASSERT_TRUE(folder_.run("openssl ocsp -sha1 -issuer ca.pem -cert subject.pem -nonce -reqout request.der"));
  const OcspRequest request =
      parse_ocsp_request(folder_.read("request.der"), network().ca.certificate).value();
  // openssl compares the times of the answer with the clock of the machine.
  const TimePoint today = SystemClock().now();
  const std::string verify =
      "openssl ocsp -sha1 -issuer ca.pem -cert subject.pem -no_nonce -reqin request.der -respin response.der "
      "-CAfile root.pem -verify_other ca.pem -attime " +
      std::to_string(unix_seconds(network().now) + 60);
  const struct {
    CertificateStatus status;
    const char* says;
  } rows[] = {{kGood, "subject.pem: good"},
              {{StatusKind::kRevoked, today, RevocationReason::kKeyCompromise}, "Reason: keyCompromise"},
              {{StatusKind::kUnknown, {}, {}}, "subject.pem: unknown"}};
  for (const auto& row : rows) {
    const OcspAnswer answers[] = {{request.questions[0].cert_id, row.status, today, today + hours(1)}};
    folder_.write("response.der", sign_ocsp_response(responder(), answers, request.nonce, today).value());
    ASSERT_TRUE(folder_.run(verify)) << folder_.output();
    EXPECT_THAT(folder_.output(), HasSubstr("Response verify OK"));
    EXPECT_THAT(folder_.output(), HasSubstr(row.says));
  }
  EXPECT_FALSE(
      folder_.run("openssl ocsp -respin response.der -issuer root.pem -cert subject.pem -CAfile ca.pem"));
}

}  // namespace
}  // namespace countersign::x509
