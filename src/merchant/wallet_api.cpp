// SPDX-License-Identifier: Apache-2.0
#include "merchant/wallet_api.h"

#include "documents/json.h"
#include "http/json_answer.h"
#include "merchant/api_answers.h"
#include "merchant/qr.h"

namespace countersign::merchant {
namespace {

constexpr std::size_t kLargestCertificate = 8 << 10;
constexpr std::size_t kLongestToken = 100;

}  // namespace

WalletApi::WalletApi(const Tokens& tokens, CheckoutDesk& checkouts, ConfirmationDesk& confirmations,
                     DialogueDesk& dialogues, const ReceiptDesk& receipts)
    : tokens_(tokens),
      checkouts_(checkouts),
      confirmations_(confirmations),
      dialogues_(dialogues),
      receipts_(receipts) {}

void WalletApi::add_to(http::Router& router) {
  const auto add = [this, &router](std::string_view method, std::string_view pattern,
                                   Result<http::Response> (WalletApi::*handler)(const http::Request&)) {
    router.add_blocking(method, pattern, [this, handler](const http::Request& request) {
      return http::answer((this->*handler)(request));
    });
  };
  add("POST", "/v1/checkouts/{id}/order", &WalletApi::take_order);
  add("POST", "/v1/checkouts/{id}/signed-order", &WalletApi::accept_signed_order);
  add("POST", "/v1/checkouts/{id}/dialogue", &WalletApi::lead_dialogue);
  add("POST", "/v1/checkouts/{id}/cancel", &WalletApi::cancel);
  add("GET", "/v1/checkouts/{id}/qr", &WalletApi::qr_code);
  add("GET", "/v1/checkouts/{id}/receipt", &WalletApi::show_receipt);
}

Result<void> WalletApi::require_token(const http::Request& request, std::string_view token) const {
  if (tokens_.is_checkout_token(request.parameter("id"), token)) return ok();
  return fail(ErrorCode::kUnauthenticated, "not the token of this checkout");
}

Result<http::Response> WalletApi::take_order(const http::Request& request) {
  TRY(require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "request"));
  TRY(const auto token, body.text("token", kLongestToken));
  TRY(const auto certificate, body.base64("certificate", kLargestCertificate));
  TRY(body.finish());
  TRY(require_token(request, token));
  TRY(const auto order, checkouts_.take(request.parameter("id"), certificate));
  return http::json_response(200, as_text(order));
}

Result<http::Response> WalletApi::accept_signed_order(const http::Request& request) {
  TRY(const auto token, bearer_token(request));
  TRY(require_token(request, token));
  TRY(require_media_type(request, http::kCmsMediaType));
  TRY(const auto checked, confirmations_.accept(request.parameter("id"), request.body));
  return signed_answer(checked.answer);
}

Result<http::Response> WalletApi::lead_dialogue(const http::Request& request) {
  TRY(const auto token, bearer_token(request));
  TRY(require_token(request, token));
  TRY(require_media_type(request, http::kJsonMediaType));
  TRY(const auto reply, dialogues_.answer(request.parameter("id"), request.body, request.tls_exporter));
  return http::json_response(200, as_text(reply));
}

Result<http::Response> WalletApi::cancel(const http::Request& request) {
  TRY(require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "request"));
  TRY(const auto token, body.text("token", kLongestToken));
  TRY(body.finish());
  TRY(require_token(request, token));
  TRY(checkouts_.cancel(request.parameter("id")));
  return http::json_answer(200, {{"state", "cancelled"}});
}

Result<http::Response> WalletApi::qr_code(const http::Request& request) {
  TRY(require_token(request, request.query_value("token")));
  TRY(const auto svg, qr_svg(checkouts_.link_to(request.parameter("id")), "QR code of the checkout"));
  auto response = http::text_response(200, svg);
  response.headers["Content-Type"] = "image/svg+xml";
  return response;
}

Result<http::Response> WalletApi::show_receipt(const http::Request& request) {
  TRY(const auto token, bearer_token(request));
  TRY(require_token(request, token));
  TRY(auto receipt, receipts_.receipt_of_checkout(request.parameter("id")));
  return http::der_response(200, std::move(receipt), documents::kReceiptMediaType);
}

}  // namespace countersign::merchant
