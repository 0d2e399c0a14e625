// SPDX-License-Identifier: Apache-2.0
#include "enterprise/purchase_api.h"

#include <boost/json/array.hpp>

#include "documents/fields.h"
#include "documents/json.h"
#include "documents/order_lines.h"
#include "http/json_answer.h"
#include "http/url.h"
#include "merchant/api_answers.h"
#include "wallet/link.h"

namespace countersign::enterprise {
namespace {

namespace json = boost::json;

constexpr int kPage = 50;
constexpr int kLargestPage = 500;
constexpr std::size_t kLongestKey = 128;
constexpr std::size_t kLongestLink = 2048;
constexpr std::size_t kLongestName = 1000;
constexpr std::size_t kLongestReason = 200;

json::value document_or_null(BytesView document) {
  if (document.empty()) return nullptr;
  return json::string(base64_encode(document));
}

json::value digest_or_null(const PurchaseOrder& order) {
  const auto digest = digest_of(order);
  if (!digest) return nullptr;
  return json::string(hex_encode(*digest));
}

json::object describe_offer(const documents::Order& order) {
  return {{"origin", order.origin},
          {"authority", order.authority.text()},
          {"purchaser", order.purchaser.subject.text()},
          {"lines", documents::write_order_lines(order.lines)},
          {"total", order.total.minor_units},
          {"currency", order.total.currency},
          {"expires", format_time(order.expires)}};
}

}  // namespace

json::object describe_purchase(const PurchaseOrder& order) {
  const auto& asked = order.request;
  return {{"id", order.id},
          {"state", std::string(state_name(order.state))},
          {"gateway", asked.gateway},
          {"checkout", asked.checkout},
          {"merchant", asked.merchant},
          {"total", asked.total.minor_units},
          {"currency", asked.total.currency},
          {"reference", asked.reference},
          {"requestedBy", documents::text_or_null(asked.requester.person)},
          {"created", format_time(order.created)},
          {"validUntil", format_time(order.valid_until)},
          {"needsApproval", order.needs_approval},
          {"orderId", documents::text_or_null(order.order_id)},
          {"digest", digest_or_null(order)},
          {"lastError", order.code.empty()
                            ? json::value(nullptr)
                            : json::value(json::object{{"code", order.code}, {"detail", order.detail}})}};
}

Result<json::object> describe_purchase(const PurchaseView& view) {
  json::object object = describe_purchase(view.order);
  object["order"] = nullptr;
  if (!view.order.order.empty()) {
    TRY(const auto order, documents::parse_order(view.order.order));
    object["order"] = describe_offer(order);
  }
  json::array approvals;
  for (const auto& approval : view.approvals)
    approvals.push_back(json::object{{"person", approval.person},
                                     {"digest", hex_encode(approval.digest)},
                                     {"at", format_time(approval.at)},
                                     {"counts", approval.counts}});
  object["approvals"] = std::move(approvals);
  json::array events;
  for (const auto& event : view.events)
    events.push_back(json::object{
        {"at", format_time(event.at)}, {"act", event.act}, {"who", event.who}, {"detail", event.detail}});
  object["events"] = std::move(events);
  object["confirmation"] = document_or_null(view.order.confirmation);
  object["fetchedFromAuthority"] = view.order.fetched_itself;
  object["refusal"] = document_or_null(view.order.refusal);
  return object;
}

Requester requester_of(const Credential& credential) {
  return {credential.id, credential.bearer == Bearer::kPerson ? credential.name : ""};
}

Result<PurchaseRequest> read_purchase_request(BytesView text, std::string_view request_key,
                                              const Credential& by) {
  if (!by.rights.ask) return fail(ErrorCode::kForbidden, "credential: may not ask for purchase orders");
  if (request_key.empty()) return fail(ErrorCode::kMalformed, "Idempotency-Key: is needed");
  if (request_key.size() > kLongestKey) return fail(ErrorCode::kTooLarge, "Idempotency-Key");
  Requester requester = requester_of(by);
  TRY(auto body, documents::ObjectReader::parse(text, "purchaseOrder"));
  TRY(const auto link_text, body.text("link", kLongestLink));
  TRY(const auto merchant, body.text("merchant", kLongestName));
  Amount total;
  TRY(total.minor_units, body.integer("total", 0, kLargestInteger));
  TRY(total.currency, body.text("currency", 3));
  TRY(auto reference, body.optional_text("reference", 64));
  TRY(auto person, body.optional_text("requestedBy", 64));
  TRY(body.finish());
  if (!is_currency_code(total.currency))
    return fail(ErrorCode::kMalformed, "purchaseOrder.currency: three capital letters");
  if (person && !requester.person.empty() && *person != requester.person)
    return fail(ErrorCode::kForbidden, "purchaseOrder.requestedBy: the credential is another person's");
  if (person) requester.person = std::move(*person);
  TRY(auto link, wallet::parse_payment_link(link_text));
  TRY(const auto gateway, http::parse_url(link.gateway));
  TRY(const auto name, x509::Name::from_text(merchant));
  return PurchaseRequest{
      gateway.origin(), std::move(link.checkout),          std::move(link.token),    name.text(),
      std::move(total), std::move(reference).value_or(""), std::string(request_key), std::move(requester)};
}

void PurchaseApi::add_to(http::Router& router) {
  const auto add = [this, &router](std::string_view method, std::string_view pattern,
                                   Answer (PurchaseApi::*handler)(const http::Request&, const Credential&)) {
    router.add_blocking(method, pattern, [this, handler](const http::Request& request) {
      const auto authorized = [&]() -> Answer {
        TRY(const auto token, merchant::bearer_token(request));
        TRY(const auto by, verify_credential(database_, token));
        return (this->*handler)(request, by);
      };
      return http::answer(authorized());
    });
  };
  add("POST", "/v1/purchase-orders", &PurchaseApi::ask);
  add("GET", "/v1/purchase-orders", &PurchaseApi::list);
  add("GET", "/v1/purchase-orders/{id}", &PurchaseApi::show);
  add("DELETE", "/v1/purchase-orders/{id}", &PurchaseApi::withdraw);
  add("POST", "/v1/purchase-orders/{id}/approvals", &PurchaseApi::approve);
  add("POST", "/v1/purchase-orders/{id}/rejection", &PurchaseApi::reject);
  add("GET", "/v1/purchase-orders/{id}/confirmation", &PurchaseApi::confirmation);
}

PurchaseApi::Answer PurchaseApi::ask(const http::Request& request, const Credential& by) {
  TRY(merchant::require_media_type(request, http::kJsonMediaType));
  if (buying_ == Buying::kOff)
    return fail(ErrorCode::kForbidden, "this gateway buys nothing: purchasing.enabled");
  const auto key = request.header("Idempotency-Key");
  TRY(const auto asked, read_purchase_request(request.body, key, by));
  TRY(const auto order, book_.ask(asked));
  return http::json_answer(201, describe_purchase(order));
}

PurchaseApi::Answer PurchaseApi::list(const http::Request& request, const Credential&) {
  TRY(const int limit, merchant::limit_of(request, kPage, kLargestPage));
  std::optional<PurchaseState> state;
  if (const auto text = request.query_value("state"); !text.empty()) {
    state = state_of_name(text);
    if (!state) return fail(ErrorCode::kMalformed, "state: unknown");
  }
  TRY(const auto orders, book_.list(state, request.query_value("cursor"), limit));
  json::array listed;
  for (const auto& order : orders) listed.push_back(describe_purchase(order));
  json::object body{{"purchaseOrders", std::move(listed)}, {"nextCursor", nullptr}};
  if (static_cast<int>(orders.size()) == limit) body["nextCursor"] = orders.back().id;
  return http::json_answer(200, body);
}

PurchaseApi::Answer PurchaseApi::show(const http::Request& request, const Credential&) {
  TRY(const auto view, book_.find(request.parameter("id")));
  TRY(const auto body, describe_purchase(view));
  return http::json_answer(200, body);
}

PurchaseApi::Answer PurchaseApi::withdraw(const http::Request& request, const Credential& by) {
  TRY(book_.withdraw(request.parameter("id"), requester_of(by)));
  return show(request, by);
}

PurchaseApi::Answer PurchaseApi::approve(const http::Request& request, const Credential& by) {
  TRY(merchant::require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "approval"));
  TRY(const auto digest, body.digest("digest"));
  TRY(body.finish());
  TRY(book_.approve(request.parameter("id"), by, digest));
  return show(request, by);
}

PurchaseApi::Answer PurchaseApi::reject(const http::Request& request, const Credential& by) {
  TRY(merchant::require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "rejection"));
  TRY(const auto reason, body.text("reason", kLongestReason));
  TRY(body.finish());
  TRY(book_.reject(request.parameter("id"), by, reason));
  return show(request, by);
}

PurchaseApi::Answer PurchaseApi::confirmation(const http::Request& request, const Credential&) {
  TRY(const auto view, book_.find(request.parameter("id")));
  if (view.order.confirmation.empty()) return fail(ErrorCode::kNotFound, "no confirmation of this order yet");
  return http::der_response(200, view.order.confirmation,
                            std::string(http::kCmsMediaType) + "; smime-type=signed-data");
}

}  // namespace countersign::enterprise
