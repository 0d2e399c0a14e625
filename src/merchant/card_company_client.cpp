// SPDX-License-Identifier: Apache-2.0
#include "merchant/card_company_client.h"

#include <boost/json/object.hpp>

namespace countersign::merchant {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestId = 100;
constexpr std::size_t kLongestCode = 64;
constexpr std::size_t kLongestReason = 500;
constexpr std::string_view kProblemMediaType = "application/problem+json";

crypto::SecretBytes write_question(const AuthorizationQuestion& question) {
  json::object body(documents::wiped_storage());
  body["type"] = "authorization-request";
  body["version"] = 1;
  body["reference"] = question.reference;
  body["orderDigest"] = hex_encode(question.order);
  body["amount"] = question.amount.minor_units;
  body["currency"] = question.amount.currency;
  documents::write_payment(question.payment, body["payment"].emplace_object());
  return documents::write_secret_json(body);
}

Result<PaymentReview> read_review(const http::Response& response) {
  if (response.status < 200 || response.status > 299) return fail(http::error_of(response), "card company");
  TRY(auto reader, documents::ObjectReader::parse(response.body, "authorization"));
  PaymentReview review;
  TRY(review.approved, reader.boolean("approved"));
  TRY(review.authorization, reader.text_or_null("authorization", kLongestId));
  TRY(review.code, reader.text_or_null("code", kLongestCode));
  TRY(reader.text_or_null("reason", kLongestReason));
  if (review.approved && review.authorization.empty())
    return fail(ErrorCode::kMalformed, "authorization.authorization: missing");
  if (!review.approved && review.code.empty())
    return fail(ErrorCode::kMalformed, "authorization.code: missing");
  return review;
}

// Whether a problem document says what went wrong: with a code of the network's, and not "later".
bool is_refusal(const http::Response& response) {
  if (response.header("Content-Type") != kProblemMediaType) return false;
  auto problem = documents::ObjectReader::parse(response.body, "problem");
  if (!problem) return false;
  const auto name = problem.value().text("code", kLongestCode);
  const auto code = name ? error_of_name(name.value()) : std::nullopt;
  return code && !is_temporary(*code);
}

// The peer is the company: its certificate and status were checked with the connection.
Result<CompanyRefusal> refusal_in(const http::Response& response) {
  if (is_refusal(response)) return CompanyRefusal{http::error_of(response)};
  return fail(http::error_of(response), "card company");
}

PeerRule with_staple(PeerRule rule) {
  rule.check.require_stapled_status = true;
  return rule;
}

http::ClientOptions limited(std::chrono::milliseconds answer_limit) {
  http::ClientOptions options;
  options.total_timeout = answer_limit;
  return options;
}

}  // namespace

CardCompanyClient::CardCompanyClient(std::string url, PeerRule peer, std::chrono::milliseconds answer_limit)
    : client_(std::move(url), with_staple(std::move(peer)), limited(answer_limit)) {}

Result<void> CardCompanyClient::identify(const x509::Signer& identity) {
  TRY(client_.identify(identity));
  is_identified_ = true;
  return ok();
}

Result<const PeerClient*> CardCompanyClient::client() const {
  if (!is_identified_) return fail(ErrorCode::kUnavailable, "card company: no certificate to speak with yet");
  return &client_;
}

Result<http::Response> CardCompanyClient::post(std::string path, const crypto::SecretBytes& body) const {
  TRY(const auto connection, client());
  http::Request request;
  request.method = "POST";
  request.path = std::move(path);
  request.headers["Content-Type"] = http::kJsonMediaType;
  request.body = to_bytes(body.reveal(crypto::SecretAccess()));
  auto response = connection->send(request);
  crypto::wipe(request.body);
  return response;
}

Result<PaymentReview> CardCompanyClient::authorize(const AuthorizationQuestion& question) {
  TRY(const auto response, post("/v1/authorizations", write_question(question)));
  return read_review(response);
}

Result<void> CardCompanyClient::release(std::string_view reference) {
  TRY(const auto response, post("/v1/authorizations/" + std::string(reference) + "/release",
                                crypto::SecretBytes::copy_of(as_bytes("{}"))));
  if (response.status < 200 || response.status > 299) return fail(http::error_of(response), "card company");
  return ok();
}

Result<documents::CompanyCertificates> CardCompanyClient::certificates() {
  TRY(const auto connection, client());
  TRY(const auto response, connection->get("/v1/certificates"));
  if (response.status != 200) return fail(http::error_of(response), "card company");
  return documents::parse_company_certificates(response.body);
}

Result<CompanyAnswer<Bytes>> CardCompanyClient::review(const documents::SplitAuthorizationRequest& request) {
  TRY(const auto connection, client());
  TRY(auto body, documents::write_split_authorization_request(request));
  TRY(auto response, connection->post("/v1/split-authorizations", std::move(body), http::kJsonMediaType));
  if (response.status != 200) {
    TRY(auto refusal, refusal_in(response));
    return CompanyAnswer<Bytes>(std::move(refusal));
  }
  if (!response.header("Content-Type").starts_with(http::kCmsMediaType))
    return fail(ErrorCode::kUnsupported, "card company: the answer is no review result");
  return CompanyAnswer<Bytes>(std::move(response.body));
}

Result<CompanyAnswer<documents::MovementAnswer>> CardCompanyClient::move(std::string_view path,
                                                                         Bytes body) const {
  TRY(const auto connection, client());
  TRY(const auto response, connection->post(path, std::move(body), http::kJsonMediaType));
  if (response.status < 200 || response.status > 299) {
    TRY(auto refusal, refusal_in(response));
    return CompanyAnswer<documents::MovementAnswer>(std::move(refusal));
  }
  TRY(auto answer, documents::parse_movement_answer(response.body));
  return CompanyAnswer<documents::MovementAnswer>(std::move(answer));
}

Result<CompanyAnswer<documents::MovementAnswer>> CardCompanyClient::capture(
    const documents::CaptureRequest& request) {
  TRY(auto body, documents::write_capture_request(request));
  return move("/v1/captures", std::move(body));
}

Result<CompanyAnswer<documents::MovementAnswer>> CardCompanyClient::refund(
    const documents::RefundRequest& request) {
  TRY(auto body, documents::write_refund_request(request));
  return move("/v1/refunds", std::move(body));
}

}  // namespace countersign::merchant
