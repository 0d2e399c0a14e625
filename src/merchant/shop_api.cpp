// SPDX-License-Identifier: Apache-2.0
#include "merchant/shop_api.h"

#include <boost/json/array.hpp>

#include "documents/fields.h"
#include "documents/json.h"
#include "documents/order_lines.h"
#include "http/json_answer.h"
#include "merchant/api_answers.h"
#include "merchant/api_keys.h"
#include "merchant/dialogue_store.h"
#include "merchant/webhook_store.h"

namespace countersign::merchant {
namespace {

namespace json = boost::json;

constexpr int kPage = 50;
constexpr int kLargestPage = 500;
constexpr std::size_t kLongestKey = 128;
constexpr std::size_t kMostFields = 8;
constexpr std::size_t kLongestField = 16;
constexpr std::size_t kLongestId = 64;
constexpr std::size_t kMostProfiles = 4;
constexpr std::int64_t kLargestAmount = 9'007'199'254'740'991;  // that JSON carries exactly
constexpr std::size_t kLongestProfile = 16;

json::object describe(const Checkout& checkout) {
  json::array profiles;
  for (const auto profile : checkout.profiles)
    profiles.emplace_back(json::string_view(documents::profile_name(profile)));
  return {{"id", checkout.id},
          {"reference", checkout.reference},
          {"profiles", std::move(profiles)},
          {"state", std::string(checkout_state_name(checkout.state))},
          {"origin", checkout.origin},
          {"total", checkout.total.minor_units},
          {"currency", checkout.total.currency},
          {"created", format_time(checkout.created)},
          {"expires", format_time(checkout.expires)}};
}

// What a person released: {"name":"…","overAge:19":true}, or null.
json::value describe(const std::vector<documents::AnsweredField>& information) {
  if (information.empty()) return nullptr;
  json::object object;
  for (const auto& answered : information) {
    const auto name = documents::field_name(answered.field);
    if (answered.field.field == documents::PersonalField::kOverAge)
      object[name] = answered.is_over;
    else
      object[name] = answered.text;
  }
  return object;
}

json::value describe(TerminalLink link) {
  if (link == TerminalLink::kNone) return nullptr;
  return link == TerminalLink::kLost ? "lost" : "connected";
}

// The state of the attempt, and of the capture once it ended.
std::string_view payment_state(const CheckoutView& view) {
  using State = StoredCapture::State;
  if (view.capture && view.capture->state == State::kCaptured) return "captured";
  if (view.capture && view.capture->state == State::kFailed) return "capture_failed";
  return attempt_state_name(view.payment->state);
}

json::value describe_payment(const CheckoutView& view) {
  if (!view.payment) return nullptr;
  const auto& method = view.payment->method;
  return json::object{{"method", documents::text_or_null(method ? documents::method_name(*method) : "")},
                      {"state", std::string(payment_state(view))},
                      {"company", documents::text_or_null(view.company)},
                      {"authorization", view.payment->authorization},
                      {"code", view.payment->code}};
}

json::object describe_identification(const Checkout& checkout) {
  json::array fields;
  for (const auto& field : checkout.fields) fields.emplace_back(documents::field_name(field));
  return {{"id", checkout.id},
          {"purpose", std::string(documents::purpose_name(checkout.purpose))},
          {"fields", std::move(fields)},
          {"reference", checkout.reference},
          {"state", std::string(told_state_of(checkout))},
          {"origin", checkout.origin},
          {"created", format_time(checkout.created)},
          {"expires", format_time(checkout.expires)}};
}

json::object describe(const Refund& refund) {
  return {{"id", refund.id},
          {"amount", refund.amount},
          {"state", std::string(refund_state_name(refund.state))},
          {"movement", documents::text_or_null(refund.movement)},
          {"code", documents::text_or_null(refund.code)}};
}

json::object describe(const CheckoutView& view) {
  json::object object = describe(view.checkout);
  object["information"] = describe(view.information);
  object["payment"] = describe_payment(view);
  json::array refunds;
  for (const auto& refund : view.refunds) refunds.push_back(describe(refund));
  object["refunds"] = std::move(refunds);
  object["orderId"] = nullptr;
  if (!view.order_id.empty()) object["orderId"] = view.order_id;
  if (!view.answer) return object;
  const bool confirmed = view.answer->answer.kind == SignedAnswer::Kind::kConfirmation;
  object[confirmed ? "confirmation" : "refusal"] = base64_encode(view.answer->answer.document);
  if (!confirmed) object["refusalCode"] = view.answer->code;
  return object;
}

json::object describe(const Webhook& webhook) {
  const auto state = webhook.next_attempt ? "waiting" : webhook.delivered ? "delivered" : "given_up";
  return {{"id", webhook.id},
          {"event", webhook.event},
          {"checkout", webhook.checkout},
          {"state", state},
          {"attempts", webhook.attempts},
          {"created", format_time(webhook.created)},
          {"lastError", webhook.last_error}};
}

json::object describe(const Registration& registration) {
  return {{"id", registration.id},
          {"enrolment", json::object{{"id", registration.enrolment},
                                     {"link", registration.link},
                                     {"expires", format_time(registration.expires)}}}};
}

// A page of items with the cursor of the next: the last id while the page is full, null at the end.
template <typename Item>
http::Response page_of(std::string_view name, const std::vector<Item>& items, int limit) {
  json::array array;
  for (const auto& item : items) array.push_back(describe(item));
  json::object body{{std::string(name), std::move(array)}, {"nextCursor", nullptr}};
  if (static_cast<int>(items.size()) == limit) body["nextCursor"] = items.back().id;
  return http::json_answer(200, body);
}

Result<std::string> idempotency_key(const http::Request& request) {
  const auto key = request.header("Idempotency-Key");
  if (key.size() > kLongestKey) return fail(ErrorCode::kTooLarge, "Idempotency-Key");
  return key.empty() ? "" : "api:" + std::string(key);
}

// What checkouts and identifications have in common.
Result<void> read_common(documents::ObjectReader& body, const http::Request& request,
                         CheckoutRequest& checkout) {
  if (body.has("fields")) {
    TRY(const auto names, body.texts("fields", kMostFields, kLongestField));
    TRY(checkout.fields, documents::fields_of_names(names));
  }
  TRY(auto origin, body.optional_text("origin", 300));
  TRY(auto reference, body.optional_text("reference", 64));
  TRY(body.finish());
  checkout.origin = origin.value_or("");
  checkout.reference = reference.value_or("");
  TRY(checkout.request_key, idempotency_key(request));
  return ok();
}

Result<CheckoutRequest> read_checkout(const http::Request& request) {
  TRY(require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "checkout"));
  CheckoutRequest checkout;
  TRY(checkout.lines, documents::read_order_lines(body));
  TRY(checkout.currency, body.text("currency", 3));
  TRY(auto identification, body.optional_text("identification", kLongestId));
  checkout.identification = identification.value_or("");
  if (body.has("profiles")) {
    TRY(const auto names, body.texts("profiles", kMostProfiles, kLongestProfile));
    checkout.profiles.emplace();
    for (const auto& name : names) {
      TRY(const auto profile, documents::profile_of_name(name));
      checkout.profiles->push_back(profile);
    }
  }
  TRY(read_common(body, request, checkout));
  return checkout;
}

Result<CheckoutRequest> read_identification(const http::Request& request) {
  TRY(require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "identification"));
  CheckoutRequest checkout;
  TRY(const auto purpose, body.text("purpose", 16));
  TRY(checkout.purpose, documents::purpose_of_name(purpose));
  if (checkout.purpose == documents::DialoguePurpose::kPurchase)
    return fail(ErrorCode::kUnsupported, "identification.purpose: a purchase is a checkout");
  checkout.fields.emplace();
  TRY(read_common(body, request, checkout));
  return checkout;
}

Result<RegistrationRequest> read_registration(const http::Request& request, documents::ConsentKind kind) {
  TRY(require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "registration"));
  RegistrationRequest registration;
  registration.kind = kind;
  TRY(registration.email, body.text("email", 254));
  TRY(registration.locale, body.text("locale", 8));
  if (!body.has("consent")) return fail(ErrorCode::kConsentMissing, "registration.consent");
  TRY(auto consent, body.object("consent"));
  TRY(const bool accepted, consent.boolean("accepted"));
  TRY(registration.text_version, consent.text("textVersion", 32));
  TRY(registration.given, consent.time("given"));
  TRY(consent.finish());
  TRY(body.finish());
  if (accepted) registration.consent = RegistrationRequest::Answer::kAccepted;
  TRY(registration.request_key, idempotency_key(request));
  return registration;
}

}  // namespace

ShopApi::ShopApi(GatewayContext context, CheckoutDesk& checkouts, RefundDesk& refunds,
                 RegistrationDesk& registrations, const ReceiptDesk& receipts)
    : context_(context),
      checkouts_(checkouts),
      refunds_(refunds),
      registrations_(registrations),
      receipts_(receipts) {}

void ShopApi::add_to(http::Router& router) {
  const auto add = [this, &router](std::string_view method, std::string_view pattern,
                                   Answer (ShopApi::*handler)(const http::Request&)) {
    router.add_blocking(method, pattern, [this, handler](const http::Request& request) {
      const auto authorized = [&]() -> Answer {
        TRY(const auto key, bearer_token(request));
        TRY(verify_api_key(context_.database, key));
        return (this->*handler)(request);
      };
      return http::answer(authorized());
    });
  };
  add("POST", "/v1/checkouts", &ShopApi::open_checkout);
  add("GET", "/v1/checkouts", &ShopApi::list_checkouts);
  add("GET", "/v1/checkouts/{id}", &ShopApi::show_checkout);
  add("DELETE", "/v1/checkouts/{id}", &ShopApi::cancel_checkout);
  add("POST", "/v1/checkouts/{id}/refunds", &ShopApi::refund_checkout);
  add("DELETE", "/v1/checkouts/{id}/information", &ShopApi::forget_information);
  add("POST", "/v1/identifications", &ShopApi::open_identification);
  add("GET", "/v1/identifications/{id}", &ShopApi::show_identification);
  add("GET", "/v1/confirmations/{orderId}", &ShopApi::show_confirmation);
  add("GET", "/v1/receipts/{orderId}", &ShopApi::show_receipt);
  add("POST", "/v1/registrations", &ShopApi::register_customer);
  add("POST", "/v1/renewals", &ShopApi::renew_customer);
  add("GET", "/v1/registrations/{id}", &ShopApi::show_registration);
  add("POST", "/v1/registrations/{id}/restart", &ShopApi::restart_registration);
  add("GET", "/v1/consent-text", &ShopApi::show_consent_text);
  add("GET", "/v1/webhooks", &ShopApi::list_webhooks);
  add("POST", "/v1/webhooks/{id}/replay", &ShopApi::replay_webhook);
}

ShopApi::Answer ShopApi::open_checkout(const http::Request& request) {
  TRY(context_.identity.require_signer());
  TRY(const auto asked, read_checkout(request));
  TRY(const auto checkout, checkouts_.open(asked));
  auto body = describe(checkout);
  body["link"] = checkouts_.link_to(checkout.id);
  body["tag"] = checkouts_.tag_of(checkout);
  return http::json_answer(201, body);
}

ShopApi::Answer ShopApi::show_checkout(const http::Request& request) {
  TRY(const auto view, checkouts_.view(request.parameter("id")));
  auto body = describe(view);
  body["terminal"] = nullptr;
  if (is_unsigned(view.checkout.state) && context_.terminals != nullptr)
    body["terminal"] = describe(context_.terminals->link_of(view.checkout.id));
  return http::json_answer(200, body);
}

ShopApi::Answer ShopApi::cancel_checkout(const http::Request& request) {
  TRY(checkouts_.cancel(request.parameter("id")));
  return show_checkout(request);
}

ShopApi::Answer ShopApi::refund_checkout(const http::Request& request) {
  TRY(require_media_type(request, http::kJsonMediaType));
  TRY(auto body, documents::ObjectReader::parse(request.body, "refund"));
  RefundRequest asked{std::string(request.parameter("id")), 0, ""};
  TRY(asked.amount, body.integer("amount", 1, kLargestAmount));
  TRY(body.finish());
  TRY(asked.request_key, idempotency_key(request));
  TRY(const auto refund, refunds_.refund(asked));
  auto answer = describe(refund);
  answer["checkout"] = asked.checkout;
  return http::json_answer(201, answer);
}

ShopApi::Answer ShopApi::forget_information(const http::Request& request) {
  TRY(const auto view, checkouts_.view(request.parameter("id")));
  TRY(context_.database.write(
      [&](storage::Transaction& transaction) { return erase_statement(transaction, view.checkout.id); }));
  return http::json_answer(200, {{"id", view.checkout.id}, {"information", nullptr}});
}

ShopApi::Answer ShopApi::open_identification(const http::Request& request) {
  TRY(context_.identity.require_signer());
  TRY(const auto asked, read_identification(request));
  TRY(const auto checkout, checkouts_.open(asked));
  auto body = describe_identification(checkout);
  body["tag"] = checkouts_.tag_of(checkout);
  return http::json_answer(201, body);
}

ShopApi::Answer ShopApi::show_identification(const http::Request& request) {
  TRY(const auto view, checkouts_.view(request.parameter("id")));
  if (view.checkout.purpose == documents::DialoguePurpose::kPurchase)
    return fail(ErrorCode::kNotFound, "identification " + view.checkout.id);
  auto body = describe_identification(view.checkout);
  body["information"] = describe(view.information);
  body["holder"] = nullptr;
  if (!view.holder.empty()) body["holder"] = view.holder;
  return http::json_answer(200, body);
}

ShopApi::Answer ShopApi::list_checkouts(const http::Request& request) {
  TRY(const int limit, limit_of(request, kPage, kLargestPage));
  std::vector<Checkout> checkouts;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(checkouts, merchant::list_checkouts(reader, request.query_value("cursor"), limit));
    return ok();
  }));
  return page_of("checkouts", checkouts, limit);
}

ShopApi::Answer ShopApi::show_confirmation(const http::Request& request) {
  std::optional<StoredAnswer> found;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, find_answer(reader, request.parameter("orderId")));
    return ok();
  }));
  if (!found) return fail(ErrorCode::kNotFound, "no answer to this order yet");
  return signed_answer(*found);
}

ShopApi::Answer ShopApi::show_receipt(const http::Request& request) {
  TRY(auto receipt, receipts_.receipt_of_order(request.parameter("orderId")));
  return http::der_response(200, std::move(receipt), documents::kReceiptMediaType);
}

ShopApi::Answer ShopApi::register_customer(const http::Request& request) {
  return apply(request, documents::ConsentKind::kEnrolment);
}

ShopApi::Answer ShopApi::renew_customer(const http::Request& request) {
  return apply(request, documents::ConsentKind::kRenewal);
}

ShopApi::Answer ShopApi::apply(const http::Request& request, documents::ConsentKind kind) {
  TRY(const auto asked, read_registration(request, kind));
  TRY(const auto registration, registrations_.apply(asked));
  return http::json_answer(201, describe(registration));
}

ShopApi::Answer ShopApi::show_registration(const http::Request& request) {
  TRY(const auto progress, registrations_.progress(request.parameter("id")));
  json::object body{{"id", request.parameter("id")}};
  body["enrolment"] =
      json::object{{"id", progress.id},
                   {"state", progress.state},
                   {"mail", progress.mail_state},
                   {"certificates", json::array(progress.certificates.begin(), progress.certificates.end())}};
  return http::json_answer(200, body);
}

ShopApi::Answer ShopApi::restart_registration(const http::Request& request) {
  TRY(const auto registration, registrations_.restart(request.parameter("id")));
  return http::json_answer(200, describe(registration));
}

ShopApi::Answer ShopApi::show_consent_text(const http::Request& request) {
  TRY(const auto language, language_of_code(request.query_value("locale")));
  TRY(const auto text, registrations_.text(language));
  return http::json_answer(200, {{"locale", std::string(language_code(language))},
                                 {"text", text},
                                 {"textVersion", std::string(kConsentTextVersion)}});
}

ShopApi::Answer ShopApi::list_webhooks(const http::Request& request) {
  TRY(const int limit, limit_of(request, kPage, kLargestPage));
  std::vector<Webhook> webhooks;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(webhooks, merchant::list_webhooks(reader, request.query_value("cursor"), limit));
    return ok();
  }));
  return page_of("webhooks", webhooks, limit);
}

ShopApi::Answer ShopApi::replay_webhook(const http::Request& request) {
  TRY(context_.database.write([&](storage::Transaction& transaction) {
    return merchant::replay_webhook(transaction, request.parameter("id"), context_.clock.now());
  }));
  return http::json_answer(202, {{"id", request.parameter("id")}, {"state", "waiting"}});
}

}  // namespace countersign::merchant
