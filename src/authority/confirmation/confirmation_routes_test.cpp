// SPDX-License-Identifier: Apache-2.0
// POST /v1/confirmations and /v1/extracts as a server calls them.
#include <gtest/gtest.h>

#include <future>

#include "authority/testing/split_payment.h"
#include "crypto/digest.h"
#include "documents/extract.h"

namespace countersign::authority {
namespace {

constexpr std::string_view kConfirmations = "/v1/confirmations";
constexpr std::string_view kExtracts = "/v1/extracts";
constexpr std::string_view kCms = "application/pkcs7-mime";
constexpr std::string_view kJson = "application/json";

class ConfirmationRoutesTest : public ::testing::Test {
 protected:
  ConfirmationRoutesTest() { add_confirmation_routes(router_, *world_.service); }

  http::Response post(std::string_view path, Bytes body, std::string_view media_type) {
    return post(path, std::move(body), media_type, world_.merchant->certificate);
  }
  http::Response post(std::string_view path, Bytes body, std::string_view media_type,
                      std::optional<x509::Certificate> client) {
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.headers["Content-Type"] = media_type;
    request.body = std::move(body);
    request.client_certificate = std::move(client);
    const auto match = router_.match(request, false);
    if (match.route == nullptr) return match.refusal;
    if (match.route->blocking) return match.route->blocking(request);
    std::promise<http::Response> answered;
    match.route->handler(std::move(request),
                         [&](http::Response response) { answered.set_value(std::move(response)); });
    return answered.get_future().get();
  }
  Bytes request_of(const SplitPayment& split) const {
    return take(documents::write_confirmation_request({split.countersigned(), split.review()}));
  }
  Bytes extract_request(const documents::Order& order) const {
    return take(
        documents::write_extract_request({order.id, crypto::sha256(take(documents::write_order(order)))}));
  }
  static bool is_problem(const http::Response& response, ErrorCode code) {
    return response.header("Content-Type") == "application/problem+json" &&
           http::error_of(response).code == code && response.status == http::status_of(code);
  }

  TestWorld world_;
  SplitPayment split_{world_};
  http::Router router_;
};

TEST_F(ConfirmationRoutesTest, TakeACountersignedOrderByItself) {
  const Bytes request = world_.countersigned(world_.new_order());
  const auto response = post(kConfirmations, request, "Application/PKCS7-mime ; smime-type=signed-data");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("Content-Type"), "application/pkcs7-mime; smime-type=signed-data");
  EXPECT_EQ(world_.check(), 1);
}

TEST_F(ConfirmationRoutesTest, TakeACountersignedOrderWithItsReview) {
  const auto response = post(kConfirmations, request_of(split_), "application/json; charset=utf-8");
  ASSERT_EQ(response.status, 200) << to_text(response.body);
  const auto confirmation =
      world_.confirmation_of({Decision::Kind::kConfirmed, response.body, ErrorCode::kInternal});
  EXPECT_EQ(confirmation.review->code, "authorization-1");
}

TEST_F(ConfirmationRoutesTest, AnswerARefusalWithTheStatusOfItsFirstReason) {
  const auto alone = post(kConfirmations, split_.countersigned(), kCms);
  EXPECT_EQ(alone.status, 403);
  EXPECT_EQ(alone.header("Countersign-Document"), "refusal");
  split_.result.terms.amount.minor_units += 1;
  const auto dearer = post(kConfirmations, request_of(split_), kJson);
  EXPECT_EQ(dearer.status, 422);
  EXPECT_EQ(dearer.header("Countersign-Document"), "refusal");
  EXPECT_EQ(world_.check(), 0);
}

TEST_F(ConfirmationRoutesTest, RefuseWhatIsNoRequest) {
  EXPECT_TRUE(is_problem(post(kConfirmations, split_.countersigned(), kJson), ErrorCode::kMalformed));
  EXPECT_TRUE(is_problem(post(kConfirmations, request_of(split_), kCms), ErrorCode::kMalformed));
  EXPECT_TRUE(
      is_problem(post(kConfirmations, extract_request(split_.order), kJson), ErrorCode::kUnsupported));
  EXPECT_TRUE(is_problem(post(kConfirmations, request_of(split_), "text/json"), ErrorCode::kUnsupported));
  Bytes endless = request_of(split_);
  endless.resize(600 << 10, ' ');
  EXPECT_TRUE(is_problem(post(kConfirmations, endless, kJson), ErrorCode::kTooLarge));
  EXPECT_EQ(world_.check(), 0);
}

TEST_F(ConfirmationRoutesTest, AnswerAnExtractOfWhatWasConfirmed) {
  take(split_.confirm());
  const auto response = post(kExtracts, extract_request(split_.order), kJson);
  ASSERT_EQ(response.status, 200) << to_text(response.body);
  EXPECT_EQ(response.header("Content-Type"), "application/pkcs7-mime; smime-type=signed-data");
  const auto document = take(x509::verify_signed_document(
      response.body, *world_.network.anchor, x509::Role::kConfirmationSigner, world_.clock.now()));
  EXPECT_EQ(take(documents::parse_extract(document.cms.content)).order_id, split_.order.id);
}

TEST_F(ConfirmationRoutesTest, RefuseAnExtractWithTheCodeThatSaysWhy) {
  EXPECT_TRUE(is_problem(post(kExtracts, extract_request(split_.order), kJson), ErrorCode::kNotFound));
  take(split_.confirm());
  documents::Order other = split_.order;
  other.checkout = "checkout-2";
  EXPECT_TRUE(is_problem(post(kExtracts, extract_request(other), kJson), ErrorCode::kConflict));
  EXPECT_TRUE(is_problem(post(kExtracts, extract_request(split_.order), kCms), ErrorCode::kUnsupported));
  EXPECT_TRUE(is_problem(post(kExtracts, request_of(split_), kJson), ErrorCode::kUnsupported));
  EXPECT_TRUE(is_problem(post(kExtracts, to_bytes("{"), kJson), ErrorCode::kMalformed));
}

TEST_F(ConfirmationRoutesTest, AreForMerchantsThatTheirTlsCertificateProves) {
  for (const auto& [path, body] :
       {std::pair{kConfirmations, request_of(split_)}, std::pair{kExtracts, extract_request(split_.order)}}) {
    EXPECT_TRUE(is_problem(post(path, body, kJson, std::nullopt), ErrorCode::kUnauthenticated));
    EXPECT_TRUE(is_problem(post(path, body, kJson, split_.company.certificate), ErrorCode::kForbidden));
  }
  EXPECT_EQ(world_.check(), 0);
}

}  // namespace
}  // namespace countersign::authority
