// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "authority/confirmation/order_forwarding.h"
#include "documents/receipt.h"
#include "http/accept.h"

namespace countersign::authority {
namespace {

constexpr std::string_view kSignedDataType = "application/pkcs7-mime; smime-type=signed-data";

// The media type alone, without parameters (RFC 9110 §8.3.1: compared without case).
bool is_of(std::string_view content_type, std::string_view media_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return std::equal(type.begin(), type.end(), media_type.begin(), media_type.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

Result<void> judge_sender(const http::Request& request, std::string_view what) {
  if (!request.client_certificate) {
    return fail(ErrorCode::kUnauthenticated, std::string(what) + ": a merchant's TLS certificate is needed");
  }
  if (request.client_certificate->role() != x509::Role::kMerchant) {
    return fail(ErrorCode::kForbidden, std::string(what) + ": only merchants ask for them");
  }
  return ok();
}

// A countersigned order by itself, or in profile set a JSON object of it and the card company's review.
Result<Submission> read_submission(http::Request& request) {
  const std::string_view content_type = request.header("Content-Type");
  if (is_of(content_type, http::kCmsMediaType)) return Submission{std::move(request.body), std::nullopt};
  if (!is_of(content_type, http::kJsonMediaType)) {
    return fail(
        ErrorCode::kUnsupported,
        "confirmations: Content-Type must be application/pkcs7-mime, or application/json with a review");
  }
  TRY(auto asked, documents::parse_confirmation_request(request.body));
  return Submission{std::move(asked.countersigned_order), std::move(asked.review)};
}

// Which confirmation of a merchant an extract or a receipt is asked of.
Result<documents::ExtractRequest> read_question(const http::Request& request, std::string_view what) {
  TRY(judge_sender(request, what));
  if (!is_of(request.header("Content-Type"), http::kJsonMediaType))
    return fail(ErrorCode::kUnsupported, std::string(what) + ": Content-Type must be application/json");
  return documents::parse_extract_request(request.body);
}

Result<http::Response> make_extract(const http::Request& request, ConfirmationService& service) {
  TRY(const auto asked, read_question(request, "extracts"));
  TRY(Bytes extract, service.extract(asked, *request.client_certificate));
  return http::der_response(200, std::move(extract), kSignedDataType);
}

Result<http::Response> make_receipt(const http::Request& request, ConfirmationService& service) {
  TRY(const auto asked, read_question(request, "receipts"));
  TRY(Bytes receipt, service.receipt(asked, *request.client_certificate));
  return http::der_response(200, std::move(receipt), documents::kReceiptMediaType);
}

// By the thread that writes it: the sequencer's goes on with the next batch.
http::Response response_to_make(ConfirmationService::Maker make) {
  http::Response response;
  response.finish = [make = std::move(make)](http::Response& made) { made = response_of(make()); };
  return response;
}

}  // namespace

http::Response response_of(Result<Decision> decision) {
  if (!decision) return http::problem_response(decision.error());
  if (decision.value().form == Decision::Form::kReceipt)
    return http::der_response(200, std::move(decision.value().document), documents::kReceiptMediaType);
  const bool refused = decision.value().kind == Decision::Kind::kRefused;
  http::Response response = http::der_response(refused ? http::status_of(decision.value().reason) : 200,
                                               std::move(decision.value().document), kSignedDataType);
  if (refused) response.headers["Countersign-Document"] = "refusal";
  return response;
}

void add_confirmation_routes(http::Router& router, ConfirmationService& service,
                             OrderForwarding* forwarding) {
  router.add(
      "POST", "/v1/confirmations", [&service, forwarding](http::Request request, http::Respond respond) {
        if (const Result<void> judged = judge_sender(request, "confirmations"); !judged) {
          return respond(http::problem_response(judged.error()));
        }
        Result<Submission> submission = read_submission(request);
        if (!submission) return respond(http::problem_response(submission.error()));
        const x509::Certificate& merchant = *request.client_certificate;
        if (forwarding != nullptr && forwarding->is_elsewhere(merchant))
          return forwarding->forward(std::move(submission).value(), merchant, respond);
        if (http::accepts(request, documents::kReceiptMediaType)) {
          service.confirm_for_receipt(
              std::move(submission).value(), merchant,
              [respond](ConfirmationService::Maker make) { respond(response_to_make(std::move(make))); });
        } else {
          service.confirm(std::move(submission).value(), merchant, [respond](Result<Decision> decision) {
            respond(response_of(std::move(decision)));
          });
        }
      });
  router.add_blocking("POST", "/v1/extracts", [&service](const http::Request& request) {
    return http::answer(make_extract(request, service));
  });
  router.add_blocking("POST", "/v1/receipts", [&service](const http::Request& request) {
    return http::answer(make_receipt(request, service));
  });
}

}  // namespace countersign::authority
