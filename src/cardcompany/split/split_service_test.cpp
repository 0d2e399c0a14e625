// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/split/split_service.h"

#include "cardcompany/service.h"
#include "cardcompany/testing/sample_split.h"

namespace countersign::cardcompany {
namespace {

class SplitServiceTest : public SplitTest {
 protected:
  void SetUp() override {
    SplitTest::SetUp();
    add_service_routes(router, desk, *status);
    add_split_routes(router, *split, *status, certificates);
  }
  // What the service answers to whoever shows this certificate.
  http::Response ask(const std::string& method, const std::string& path, Bytes body,
                     std::optional<x509::Certificate> shown) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = std::move(body);
    request.client_certificate = std::move(shown);
    const auto match = router.match(request, false);
    if (match.route == nullptr) return match.refusal;
    return match.route->blocking(request);
  }
  http::Response post(const std::string& path, Bytes body) {
    return ask("POST", path, std::move(body), merchant.certificate);
  }
  static ErrorCode code_of(const http::Response& response) { return http::error_of(response).code; }
  Bytes written(const Split& sale) {
    return take(documents::write_split_authorization_request(request(sale)));
  }
  x509::AskStatus ask_authority = [this](BytesView request) { return status->ask_own(request); };
  x509::StatusStaple signing_status{[this] { return anchor; }, ask_authority, clock};
  x509::StatusStaple agreement_status{[this] { return anchor; }, ask_authority, clock};
  PublishedCertificates certificates{{signing.certificate, signing_status},
                                     {agreement.certificate, agreement_status}};
  http::Router router;
};

TEST_F(SplitServiceTest, GivesBothCertificatesWithTheirStatusBeforehand) {
  take(signing_status.refresh(signing.certificate));
  take(agreement_status.refresh(agreement.certificate));
  const auto answer = ask("GET", "/v1/certificates", {}, merchant.certificate);
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), http::kJsonMediaType);
  const auto given = take(documents::parse_company_certificates(answer.body));
  EXPECT_EQ(given.certificate, signing.certificate.der());
  EXPECT_EQ(given.agreement_certificate, agreement.certificate.der());
  for (const auto& [certificate, said] : {std::pair(signing.certificate, given.certificate_status),
                                          std::pair(agreement.certificate, given.agreement_status)}) {
    const auto stated =
        take(x509::verify_ocsp_response(said, certificate, *anchor, {}, clock.now(), Seconds{0}));
    EXPECT_EQ(stated.status.kind, x509::StatusKind::kGood);
  }
}

TEST_F(SplitServiceTest, GivesNoCertificatesWhileOneHasNoGoodStatusOfNow) {
  const auto get = [&] { return ask("GET", "/v1/certificates", {}, merchant.certificate); };
  EXPECT_EQ(get().status, 503);
  take(signing_status.refresh(signing.certificate));
  EXPECT_EQ(get().status, 503) << "that of the key agreement is missing";
  take(agreement_status.refresh(agreement.certificate));
  EXPECT_EQ(get().status, 200);
  clock.advance(Seconds{601});
  EXPECT_EQ(get().status, 503) << "their time is over";
  statuses[agreement.certificate.serial().hex()] = {x509::StatusKind::kRevoked, clock.now(),
                                                    x509::RevocationReason::kKeyCompromise};
  take(signing_status.refresh(signing.certificate));
  EXPECT_FALSE(agreement_status.refresh(agreement.certificate));
  EXPECT_EQ(get().status, 503) << "one is revoked";
}

TEST_F(SplitServiceTest, AnswersNobodyWithoutAMerchantsCertificate) {
  EXPECT_EQ(code_of(ask("GET", "/v1/certificates", {}, std::nullopt)), ErrorCode::kUnauthenticated);
  for (const char* path : {"/v1/split-authorizations", "/v1/captures", "/v1/refunds"})
    EXPECT_EQ(code_of(ask("POST", path, {}, std::nullopt)), ErrorCode::kUnauthenticated) << path;
}

TEST_F(SplitServiceTest, RefusesAMerchantThatIsNotGoodNow) {
  statuses[merchant.certificate.serial().hex()] = {x509::StatusKind::kRevoked, clock.now(),
                                                   x509::RevocationReason::kCertificateHold};
  for (const char* path : {"/v1/split-authorizations", "/v1/captures", "/v1/refunds"})
    EXPECT_EQ(code_of(post(path, {})), ErrorCode::kCertificateOnHold) << path;
}

TEST_F(SplitServiceTest, RefusesWhatIsNoRequest) {
  for (const char* path : {"/v1/split-authorizations", "/v1/captures", "/v1/refunds"})
    EXPECT_EQ(code_of(post(path, to_bytes("{}"))), ErrorCode::kMalformed) << path;
}

TEST_F(SplitServiceTest, AnswersWithTheSignedResultForApprovedAndDeclinedAlike) {
  for (const std::int64_t amount : {30'000, 100'001}) {
    const auto answer = post("/v1/split-authorizations", written(sale(amount)));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.header("Content-Type"), "application/pkcs7-mime; smime-type=signed-data");
    EXPECT_EQ(result_of(answer.body).approved, amount == 30'000);
  }
}

TEST_F(SplitServiceTest, AnswersAFailedCheckWithAProblem) {
  Split cheaper = sale();
  cheaper.sealed.amount.minor_units -= 1;
  const auto answer = post("/v1/split-authorizations", written(cheaper));
  EXPECT_EQ(answer.status, http::status_of(ErrorCode::kAmountMismatch));
  EXPECT_EQ(code_of(answer), ErrorCode::kAmountMismatch);
  EXPECT_EQ(decisions(), 0U);
}

TEST_F(SplitServiceTest, ReleasesByTheDigestOfTheInstruction) {
  const auto result = result_of(post("/v1/split-authorizations", written(sale())).body);
  const std::string path = "/v1/authorizations/" + hex_encode(result.instruction) + "/release";
  for (int time = 0; time < 2; ++time) EXPECT_EQ(post(path, to_bytes("{}")).status, 200);
  EXPECT_EQ(account().held, 0);
}

TEST_F(SplitServiceTest, CapturesAndGivesBackOverTheWire) {
  const auto approved = post("/v1/split-authorizations", written(sale()));
  const auto extract = extract_of(approved.body);
  const Bytes asked = take(documents::write_capture_request(capture_of(extract)));
  const auto captured = post("/v1/captures", asked);
  ASSERT_EQ(captured.status, 200);
  EXPECT_EQ(take(documents::parse_movement_answer(captured.body)).kind, "capture");
  EXPECT_EQ(post("/v1/captures", asked).body, captured.body);
  const Bytes refund = take(documents::write_refund_request({"f-1", extract.review->code, {30'000, "KRW"}}));
  const auto refunded = post("/v1/refunds", refund);
  ASSERT_EQ(refunded.status, 200);
  EXPECT_EQ(take(documents::parse_movement_answer(refunded.body)).kind, "refund");
  EXPECT_EQ(post("/v1/refunds", refund).body, refunded.body);
  EXPECT_EQ(account().owed, 0);
  expect_balance();
}

}  // namespace
}  // namespace countersign::cardcompany
