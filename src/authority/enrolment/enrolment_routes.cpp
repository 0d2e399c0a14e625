// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/enrolment_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "authority/enrolment/answers.h"
#include "authority/enrolment/letter_pages.h"
#include "authority/enrolment/page_frame.h"
#include "authority/enrolment/suspension_page.h"
#include "authority/issuing/client_identity.h"
#include "authority/issuing/issuing_routes.h"
#include "documents/fields.h"
#include "documents/json.h"
#include "http/address_key.h"
#include "http/form.h"
#include "http/json_answer.h"

namespace countersign::authority {

namespace {

namespace json = boost::json;

constexpr std::size_t kMostSecret = 200;
constexpr std::size_t kMostRequest = 8 << 10;

// The body {"token": "…"}.
Result<std::string> token_of(const http::Request& request) {
  TRY(auto reader, documents::ObjectReader::parse(request.body, "request"));
  TRY(auto token, reader.text("token", kMostSecret));
  TRY(reader.finish());
  return token;
}

}  // namespace

void EnrolmentRoutes::register_routes(http::Router& router) {
  using Step = Result<http::Response> (EnrolmentRoutes::*)(const http::Request&);
  const auto add = [&](std::string_view method, std::string_view pattern, Step step) {
    router.add_blocking(method, pattern, [this, step](const http::Request& request) {
      return http::answer((this->*step)(request));
    });
  };
  // Steps that a token or code opens.
  const auto add_guarded = [&](std::string_view method, std::string_view pattern, Step step) {
    router.add_blocking(method, pattern, [this, step](const http::Request& request) {
      return http::answer(guesses_.guard(http::address_key(request.remote_address), context_.clock.now(),
                                         [&] { return (this->*step)(request); }));
    });
  };
  add("POST", "/v1/enrolments", &EnrolmentRoutes::apply);
  add("GET", "/v1/enrolments/{id}", &EnrolmentRoutes::view);
  add("POST", "/v1/enrolments/{id}/restart", &EnrolmentRoutes::restart);
  add_guarded("POST", "/v1/enrolments/{id}/key-file", &EnrolmentRoutes::key_file);
  add_guarded("POST", "/v1/enrolments/{id}/consent", &EnrolmentRoutes::consent);
  add_guarded("POST", "/v1/enrolments/{id}/requests", &EnrolmentRoutes::wallet_keys);
  add("POST", "/v1/enrolments/{id}/completion", &EnrolmentRoutes::complete);
  add_guarded("GET", "/v1/enrolments/{id}/objection", &EnrolmentRoutes::show_objection);
  add_guarded("POST", "/v1/enrolments/{id}/objection", &EnrolmentRoutes::object);
  add("POST", "/v1/suspensions", &EnrolmentRoutes::suspend);
  router.add_blocking("GET", "/suspension",
                      [this](const http::Request& request) { return show_suspension(request); });
  router.add_blocking("POST", "/suspension",
                      [this](const http::Request& request) { return suspend_by_page(request); });
  router.add_blocking("GET", kStylesheetPath, [](const http::Request&) { return stylesheet_answer(); });
}

Result<x509::Certificate> EnrolmentRoutes::merchant(const http::Request& request) {
  return authenticate_client(request, context_.directory, context_.database, x509::Role::kMerchant);
}

Result<http::Response> EnrolmentRoutes::apply(const http::Request& request) {
  TRY(const auto client, merchant(request));
  TRY(const auto applied, enrolments_.apply(request.body, client));
  return http::json_answer(applied.is_repeat ? 200 : 201, describe_ticket(context_, applied));
}

Result<http::Response> EnrolmentRoutes::view(const http::Request& request) {
  TRY(const auto client, merchant(request));
  TRY(const auto view, enrolments_.view(request.parameter("id"), client));
  json::array serials;
  for (const auto& serial : view.serials) serials.emplace_back(serial);
  return http::json_answer(200, {{"id", view.id},
                                 {"state", std::string(enrolment_state_name(view.state))},
                                 {"mail", json::object{{"state", view.mail_state}}},
                                 {"certificates", std::move(serials)}});
}

Result<http::Response> EnrolmentRoutes::restart(const http::Request& request) {
  TRY(const auto client, merchant(request));
  TRY(const auto restarted, enrolments_.restart(request.parameter("id"), client));
  return http::json_answer(201, describe_ticket(context_, restarted));
}

Result<http::Response> EnrolmentRoutes::key_file(const http::Request& request) {
  TRY(const auto token, token_of(request));
  TRY(auto file, enrolments_.fetch_key_file(request.parameter("id"), token));
  return http::der_response(200, std::move(file), "application/x-pkcs12");
}

Result<http::Response> EnrolmentRoutes::consent(const http::Request& request) {
  TRY(const auto token, token_of(request));
  TRY(auto cms, enrolments_.consent(request.parameter("id"), token));
  return http::der_response(200, std::move(cms), http::kCmsMediaType);
}

Result<http::Response> EnrolmentRoutes::wallet_keys(const http::Request& request) {
  TRY(auto reader, documents::ObjectReader::parse(request.body, "request"));
  Enrolments::WalletKeys keys;
  TRY(keys.token, reader.text("token", kMostSecret));
  TRY(keys.code, reader.text("code", kMostSecret));
  TRY(keys.signing, reader.base64("signing", kMostRequest));
  TRY(auto agreement, documents::read_base64_or_null(reader, "agreement", kMostRequest));
  keys.agreement = std::move(agreement).value_or(Bytes{});
  TRY(reader.finish());
  TRY(const auto issued, enrolments_.certify_wallet_keys(request.parameter("id"), keys));
  json::object object;
  add_issued(object, context_, issued);
  return http::json_answer(200, object);
}

Result<http::Response> EnrolmentRoutes::complete(const http::Request& request) {
  TRY(const auto completed, enrolments_.complete(request.parameter("id"), request.body));
  return http::json_answer(200, {{"state", "active"}, {"suspensionCode", completed.suspension_code}});
}

Result<http::Response> EnrolmentRoutes::show_objection(const http::Request& request) {
  TRY(const auto locale, enrolments_.objection_locale(request.parameter("id"), request.query_value("code")));
  return page_answer(objection_page(locale));
}

Result<http::Response> EnrolmentRoutes::object(const http::Request& request) {
  const auto code = request.query_value("code");
  TRY(enrolments_.object(request.parameter("id"), code));
  TRY(const auto locale, enrolments_.objection_locale(request.parameter("id"), code));
  return page_answer(objection_done_page(locale));
}

Result<http::Response> EnrolmentRoutes::suspend(const http::Request& request) {
  TRY(auto reader, documents::ObjectReader::parse(request.body, "request"));
  TRY(const auto serial, reader.text("serial", 64));
  TRY(const auto code, reader.text("code", kMostSecret));
  TRY(reader.finish());
  TRY(suspensions_.suspend_by_code(serial, code, request.remote_address));
  return http::json_answer(200, {{"state", "on_hold"}});
}

http::Response EnrolmentRoutes::show_suspension(const http::Request& request) {
  return page_answer(suspension_page(http::preferred_language(request, {"en", "ko"}), {}));
}

// No token binds the form to its page: whoever has the code may suspend, from wherever.
http::Response EnrolmentRoutes::suspend_by_page(const http::Request& request) {
  const auto locale = http::preferred_language(request, {"en", "ko"});
  SuspensionForm form;
  const auto act = [&]() -> Result<void> {
    TRY(const auto fields, http::read_form(request));
    form.serial = http::field(fields, "serial").substr(0, kMostSecret);
    const auto code = http::field(fields, "code").substr(0, kMostSecret);
    return suspensions_.suspend_by_code(typed_serial(form.serial), code, request.remote_address);
  };
  const auto done = act();
  if (done) return page_answer(suspension_done_page(locale));
  form.trouble = done.error().code;
  auto response = page_answer(suspension_page(locale, form));
  response.status = http::status_of(done.error().code);
  return response;
}

}  // namespace countersign::authority
