// SPDX-License-Identifier: Apache-2.0
#include "x509/status_check.h"

#include <gtest/gtest.h>

#include "x509/test_responder.h"

namespace countersign::x509 {
namespace {

struct FetchStatus : testing::Test {
  Result<FetchedStatus> fetch(StatusAge age) {
    return fetch_status(
        subject, network.anchor,
        [this](BytesView request) -> Result<Bytes> {
          nonces.push_back(parse_ocsp_request(request, network.ca).value().nonce);
          return is_prepared ? responder.state(subject, network.now)
                             : responder.respond(request, network.now);
        },
        age, network.now);
  }

  TestNetwork network;
  TestResponder responder{network};
  Certificate subject = network.issue(Role::kMerchant);
  bool is_prepared = false;  // whether the answer was made before the question
  std::vector<Bytes> nonces;
};

TEST_F(FetchStatus, BringsTheVerifiedResponseAndWhatItStates) {
  const auto fetched = fetch(StatusAge::kPrepared);
  ASSERT_TRUE(fetched) << fetched.error().detail;
  EXPECT_EQ(fetched.value().answer.status.kind, StatusKind::kGood);
  EXPECT_EQ(fetched.value().answer.next_update, network.now + TestResponder::kLife);
  EXPECT_TRUE(
      verify_ocsp_response(fetched.value().response, subject, network.anchor, {}, network.now, Seconds(0)));
}

TEST_F(FetchStatus, AsksWithANewNonceEachTimeWhereTheAnswerMustBeOfThisQuestion) {
  ASSERT_TRUE(fetch(StatusAge::kOfThisQuestion));
  ASSERT_TRUE(fetch(StatusAge::kOfThisQuestion));
  ASSERT_TRUE(fetch(StatusAge::kPrepared));
  EXPECT_EQ(nonces.at(0).size(), 32U);
  EXPECT_NE(nonces.at(0), nonces.at(1));
  EXPECT_TRUE(nonces.at(2).empty());
}

TEST_F(FetchStatus, TakesAPreparedAnswerOnlyWhereOneIsGoodEnough) {
  is_prepared = true;
  EXPECT_TRUE(fetch(StatusAge::kPrepared));
  EXPECT_EQ(code_of(fetch(StatusAge::kOfThisQuestion)), ErrorCode::kSignatureInvalid);
}

TEST_F(FetchStatus, AsksNobodyAboutACertificateOfAnotherNetwork) {
  subject = TestNetwork().issue(Role::kMerchant);
  EXPECT_EQ(code_of(fetch(StatusAge::kPrepared)), ErrorCode::kCertificateUnknown);
  EXPECT_TRUE(nonces.empty());
}

TEST_F(FetchStatus, SaysWhyNoAnswerCame) {
  const auto silent = [](BytesView) -> Result<Bytes> { return fail(ErrorCode::kUnavailable, "silent"); };
  EXPECT_EQ(code_of(fetch_status(subject, network.anchor, silent, StatusAge::kPrepared, network.now)),
            ErrorCode::kUnavailable);
}

struct StatusRow {
  std::string_view name;
  CertificateStatus status;
  ErrorCode code;
};
const StatusRow kWrong[] = {
    {"revoked", {StatusKind::kRevoked, {}, RevocationReason::kKeyCompromise}, ErrorCode::kCertificateRevoked},
    {"on hold",
     {StatusKind::kRevoked, {}, RevocationReason::kCertificateHold},
     ErrorCode::kCertificateOnHold},
    {"never issued", {StatusKind::kUnknown, {}, {}}, ErrorCode::kCertificateUnknown},
};

TEST(RequireGood, NamesWhatIsWrongAndWithWhat) {
  EXPECT_TRUE(require_good({StatusKind::kGood, {}, {}}, "purchaser"));
  for (const StatusRow& row : kWrong) {
    const auto refused = require_good(row.status, "purchaser");
    EXPECT_EQ(code_of(refused), row.code) << row.name;
    EXPECT_TRUE(refused.error().detail.starts_with("purchaser: ")) << row.name;
  }
}

}  // namespace
}  // namespace countersign::x509
