// SPDX-License-Identifier: Apache-2.0
#include "merchant/card_company_client.h"

#include <gtest/gtest.h>

#include <latch>

#include "http/server.h"
#include "merchant/testing.h"
#include "x509/status_staple.h"

namespace countersign::merchant {
namespace {

using x509::code_of;

// A card company that takes every release, and staples what `staple` has.
struct CardCompanyClientTest : testing::Test {
  void start(std::function<Bytes()> stapled) {
    http::Router router;
    router.add_blocking("POST", "/v1/authorizations/{reference}/release", [this](const http::Request&) {
      ++requests;
      if (may_answer) may_answer->wait();
      return http::json_response(200, R"({"state":"released"})");
    });
    router.add_blocking("GET", "/v1/certificates", [this](const http::Request&) {
      return http::json_response(200, as_text(take(documents::write_company_certificates(certificates))));
    });
    router.add_blocking("POST", "/v1/split-authorizations", [this](const http::Request& request) {
      asked = request.body;
      if (failure) return *failure;
      http::Response response = http::json_response(200, "a review result");
      response.headers["Content-Type"] = review_type;
      return response;
    });
    router.add_blocking("POST", "/v1/captures", [this](const http::Request& request) {
      asked = request.body;
      if (failure) return *failure;
      return http::json_response(200, as_text(take(documents::write_movement_answer(movement))));
    });
    router.add_blocking("POST", "/v1/refunds", [this](const http::Request& request) {
      asked = request.body;
      if (failure) return *failure;
      return http::json_response(200, as_text(take(documents::write_movement_answer(movement))));
    });
    http::ServerOptions options;
    options.tls =
        http::TlsListener{company, std::move(stapled), shop.view.anchor(), {x509::Role::kMerchant}, clock};
    server = http::Server::start(std::move(options), std::move(router)).value();
    http::PeerCheck peer;
    peer.anchor = shop.view.anchor();
    peer.role = x509::Role::kCardCompany;
    peer.expected_subject = company.certificate.subject();
    peer.clock = clock;
    client = std::make_unique<CardCompanyClient>("https://127.0.0.1:" + std::to_string(server->port()),
                                                 PeerRule{std::move(peer)}, limit);
    ASSERT_TRUE(client->identify(*shop.identity->signer()));
  }

  TimePoint network_now() const { return whole_seconds(shop.clock.now()); }

  TestShop shop;
  std::shared_ptr<const Clock> clock{std::shared_ptr<const Clock>(), &shop.clock};
  crypto::PrivateKey key = x509::new_key();
  x509::Signer company{
      shop.network.issue(x509::Role::kCardCompany, key.public_key()), key, {shop.network.ca}};
  x509::StatusStaple staple{[this] { return shop.view.anchor(); }, shop.ask_status(), shop.clock};
  const documents::CompanyCertificates certificates{{1}, {2}, {3}, {4}};
  const documents::MovementAnswer movement{"m-1", "capture",       "order-1",
                                           "a-1", {12'000, "KRW"}, network_now()};
  std::string review_type = std::string(http::kCmsMediaType) + "; smime-type=signed-data";
  std::optional<http::Response> failure;  // instead of an answer
  Bytes asked;                            // the newest body
  std::atomic<int> requests = 0;
  std::chrono::milliseconds limit{15000};
  std::optional<std::latch> may_answer;  // before the company does
  std::unique_ptr<http::Server> server;
  std::unique_ptr<CardCompanyClient> client;
};

TEST_F(CardCompanyClientTest, SpeaksToACompanyThatStaplesAGoodStatus) {
  take(staple.refresh(company.certificate));
  start([this] { return staple.current(); });
  const auto released = client->release("order-1");
  EXPECT_TRUE(released) << released.error().detail;
  EXPECT_EQ(requests, 1);
}

TEST_F(CardCompanyClientTest, CarriesWhatConcernsSplitPayments) {
  take(staple.refresh(company.certificate));
  start([this] { return staple.current(); });
  EXPECT_EQ(take(client->certificates()), certificates);

  EXPECT_EQ(std::get<Bytes>(take(client->review({{1}, {2}, {3}}))), to_bytes("a review result"));
  EXPECT_EQ(asked, take(documents::write_split_authorization_request({{1}, {2}, {3}})));
  review_type = "text/plain";
  EXPECT_EQ(code_of(client->review({{1}, {2}, {3}})), ErrorCode::kUnsupported);

  const documents::CaptureRequest request{"order-1", {1}, {12'000, "KRW"}};
  EXPECT_EQ(std::get<documents::MovementAnswer>(take(client->capture(request))), movement);
  EXPECT_EQ(asked, take(documents::write_capture_request(request)));
  const documents::RefundRequest back{"r-1", "a-1", {12'000, "KRW"}};
  EXPECT_EQ(std::get<documents::MovementAnswer>(take(client->refund(back))), movement);
  EXPECT_EQ(asked, take(documents::write_refund_request(back)));
}

TEST_F(CardCompanyClientTest, TakesForARefusalOnlyWhatTheCompanyItselfStatesByAKnownCodeThatNoTimeChanges) {
  take(staple.refresh(company.certificate));
  start([this] { return staple.current(); });
  const documents::CaptureRequest capture{"order-1", {1}, {12'000, "KRW"}};
  const documents::RefundRequest refund{"r-1", "a-1", {12'000, "KRW"}};
  const documents::SplitAuthorizationRequest review{{1}, {2}, {3}};

  failure = http::problem_response({ErrorCode::kAmountMismatch, "too much"});
  const auto code_in = [](const auto& answer) { return std::get<CompanyRefusal>(answer).problem.code; };
  EXPECT_EQ(code_in(take(client->capture(capture))), ErrorCode::kAmountMismatch);
  EXPECT_EQ(code_in(take(client->refund(refund))), ErrorCode::kAmountMismatch);
  EXPECT_EQ(code_in(take(client->review(review))), ErrorCode::kAmountMismatch);

  const auto problem = [](int status, std::string_view body, std::string_view type) {
    auto response = http::json_response(status, std::string(body));
    response.headers["Content-Type"] = type;
    return response;
  };
  const std::vector<http::Response> no_refusals = {
      http::problem_response({ErrorCode::kUnavailable, "later"}),
      http::problem_response({ErrorCode::kCertificateOnHold, "later"}),
      problem(403, "<html>", "text/html"),
      problem(404, "", "text/plain"),
      problem(409, R"({"code":"conflict"})", "application/json"),
      problem(409, R"({"code":"proxy_says_no"})", "application/problem+json"),
      problem(409, R"({"title":"no code"})", "application/problem+json"),
      problem(409, "no JSON", "application/problem+json"),
  };
  for (const auto& response : no_refusals) {
    failure = response;
    EXPECT_FALSE(client->capture(capture)) << as_text(response.body);
    EXPECT_FALSE(client->refund(refund)) << as_text(response.body);
    EXPECT_FALSE(client->review(review)) << as_text(response.body);
  }
}

TEST_F(CardCompanyClientTest, WaitsForAnAnswerNoLongerThanItsLimit) {
  take(staple.refresh(company.certificate));
  limit = std::chrono::seconds(1);
  may_answer.emplace(1);
  start([this] { return staple.current(); });
  EXPECT_EQ(code_of(client->release("order-1")), ErrorCode::kUnavailable);
  EXPECT_EQ(requests, 1);
  may_answer->count_down();
}

TEST_F(CardCompanyClientTest, TellsNothingToACompanyWithoutAStapledStatus) {
  start({});
  EXPECT_EQ(code_of(client->release("order-1")), ErrorCode::kUnavailable);
  EXPECT_EQ(requests, 0);
}

TEST_F(CardCompanyClientTest, TellsNothingToACompanyWhoseCertificateIsSuspended) {
  shop.authority.statuses[company.certificate.serial().hex()] = {x509::StatusKind::kRevoked, shop.clock.now(),
                                                                 x509::RevocationReason::kCertificateHold};
  EXPECT_EQ(code_of(staple.refresh(company.certificate)), ErrorCode::kCertificateOnHold);
  start([this] { return staple.current(); });
  EXPECT_EQ(code_of(client->release("order-1")), ErrorCode::kCertificateOnHold);
  EXPECT_EQ(requests, 0);
}

}  // namespace
}  // namespace countersign::merchant
