// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/issuing_routes.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>

#include "authority/issuing/client_identity.h"
#include "authority/issuing/describe_entry.h"
#include "documents/json.h"
#include "http/address_key.h"
#include "http/json_answer.h"

namespace countersign::authority {

namespace {

namespace json = boost::json;

Result<DirectoryQuery> directory_query(const http::Request& request) {
  DirectoryQuery query;
  query.subject = request.query_value("subject");
  query.serial_hex = request.query_value("serial");
  query.email = request.query_value("email");
  query.registered_by = request.query_value("registeredBy");
  query.cursor = request.query_value("cursor");
  if (const auto role = request.query_value("role"); !role.empty()) {
    query.role = x509::role_of_name(role);
    if (!query.role) return fail(ErrorCode::kMalformed, "role: unknown");
  }
  if (const auto state = request.query_value("state"); !state.empty()) {
    query.state = state_of_name(state);
    if (!query.state) return fail(ErrorCode::kMalformed, "state: active, on_hold or revoked");
  }
  if (const auto limit = request.query_value("limit"); !limit.empty()) {
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), query.limit);
    if (error != std::errc{} || end != limit.data() + limit.size())
      return fail(ErrorCode::kMalformed, "limit");
  }
  return query;
}

}  // namespace

json::object describe_entry(const DirectoryEntry& entry) {
  const auto& certificate = entry.certificate;
  const auto role = certificate.role();
  json::object object{{"serial", certificate.serial().hex()},
                      {"subject", certificate.subject().text()},
                      {"role", role ? std::string(x509::profile_of(*role).name) : std::string()},
                      {"state", std::string(state_name(entry.state))},
                      {"changed", format_time(entry.changed)},
                      {"notBefore", format_time(certificate.not_before())},
                      {"notAfter", format_time(certificate.not_after())},
                      {"fingerprint", hex_encode(certificate.fingerprint())}};
  if (entry.state != CertificateState::kActive)
    object["reason"] = std::string(x509::reason_name(entry.reason));
  if (!certificate.registered_by().empty()) object["registeredBy"] = certificate.registered_by();
  if (const auto origin = certificate.key_origin()) {
    object["keyOrigin"] = *origin == x509::KeyOrigin::kAuthority ? "authority" : "holder";
  }
  return object;
}

void IssuingRoutes::register_routes(http::Router& router) {
  const auto add = [&](std::string_view method, std::string_view pattern,
                       Result<http::Response> (IssuingRoutes::*handler)(const http::Request&)) {
    router.add_blocking(method, pattern, [this, handler](const http::Request& request) {
      return http::answer((this->*handler)(request));
    });
  };
  add("POST", "/v1/merchant-applications", &IssuingRoutes::apply);
  add("POST", "/v1/merchant-applications/{id}/challenge", &IssuingRoutes::prove_control);
  add("GET", "/v1/merchant-applications/{id}", &IssuingRoutes::show_application);
  add("POST", "/v1/merchant-applications/{id}/key-file", &IssuingRoutes::fetch_key_file);
  add("POST", "/v1/merchant-certificates/renewal", &IssuingRoutes::renew);
  add("GET", "/v1/certificates", &IssuingRoutes::search);
  add("GET", "/v1/certificates/{fingerprint}", &IssuingRoutes::certificate);
  add("GET", "/v1/network", &IssuingRoutes::network);
}

Result<http::Response> IssuingRoutes::apply(const http::Request& request) {
  const auto now = context_.clock.now();
  TRY(new_applications_.admit(http::address_key(request.remote_address), now));
  TRY(all_applications_.admit("all", now));
  TRY(const auto receipt, applications_.apply(request.body));
  return http::json_answer(201, {{"id", receipt.id},
                                 {"secret", receipt.secret},
                                 {"challenge", json::object{{"token", receipt.challenge_token},
                                                            {"keyAuthorization", receipt.challenge_answer}}},
                                 {"state", std::string(application_state_name(receipt.state))}});
}

Result<http::Response> IssuingRoutes::prove_control(const http::Request& request) {
  TRY(const auto secret, bearer_token(request));
  TRY(const auto application, applications_.prove_control(request.parameter("id"), secret));
  return http::json_answer(200, {{"state", std::string(application_state_name(application.state))}});
}

Result<http::Response> IssuingRoutes::show_application(const http::Request& request) {
  TRY(const auto secret, bearer_token(request));
  TRY(const auto application, applications_.find(request.parameter("id"), secret));
  json::object object{{"state", std::string(application_state_name(application.state))}};
  if (!application.reason.empty()) object["reason"] = application.reason;
  if (application.state == ApplicationState::kIssued) {
    TRY(const auto certificate, applications_.certificate_of(application));
    object["certificate"] = certificate.pem();
    object["chain"] = issuer_of(context_.keys, certificate).pem();
    object["root"] = context_.keys.anchor->root().pem();
  }
  return http::json_answer(200, object);
}

Result<http::Response> IssuingRoutes::fetch_key_file(const http::Request& request) {
  TRY(const auto secret, bearer_token(request));
  TRY(auto file, applications_.fetch_key_file(request.parameter("id"), secret));
  return http::der_response(200, std::move(file), "application/x-pkcs12");
}

Result<http::Response> IssuingRoutes::renew(const http::Request& request) {
  TRY(const auto renewed, renewals_.renew(request.body));
  if (!renewed.certificate) {
    return http::json_answer(202, {{"challenge", json::object{{"token", renewed.challenge_token}}}});
  }
  return http::json_answer(200, {{"certificate", renewed.certificate->pem()},
                                 {"chain", issuer_of(context_.keys, *renewed.certificate).pem()}});
}

Result<http::Response> IssuingRoutes::search(const http::Request& request) {
  TRY(authenticate_client(request, context_.directory, context_.database, x509::Role::kOperator));
  TRY(const auto query, directory_query(request));
  DirectoryPage page;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(page, context_.directory.search(reader, query));
    return ok();
  }));
  json::array certificates;
  for (const auto& entry : page.entries) certificates.push_back(describe_entry(entry));
  json::object object{{"certificates", std::move(certificates)}, {"nextCursor", nullptr}};
  if (!page.next_cursor.empty()) object["nextCursor"] = page.next_cursor;
  return http::json_answer(200, object);
}

Result<http::Response> IssuingRoutes::certificate(const http::Request& request) {
  if (!authenticate_client(request, context_.directory, context_.database, x509::Role::kMerchant)) {
    TRY(authenticate_client(request, context_.directory, context_.database, x509::Role::kOperator));
  }
  TRY(const auto bytes, hex_decode(request.parameter("fingerprint")));
  if (bytes.size() != 32) return fail(ErrorCode::kMalformed, "fingerprint: 64 hexadecimal digits");
  Sha256Digest digest;
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  std::optional<DirectoryEntry> entry;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(entry, context_.directory.find_by_fingerprint(reader, digest));
    return ok();
  }));
  if (!entry) return fail(ErrorCode::kNotFound, "no such certificate");
  return http::der_response(200, entry->certificate.der(), "application/pkix-cert");
}

Result<http::Response> IssuingRoutes::network(const http::Request&) {
  json::array cas;
  for (const auto& ca : context_.keys.anchor->data_centre_cas()) cas.emplace_back(ca.pem());
  return http::json_answer(200, {{"dataCentre", context_.keys.data_centre.text()},
                                 {"root", context_.keys.anchor->root().pem()},
                                 {"ca", context_.keys.ca.certificate.pem()},
                                 {"authorities", std::move(cas)},
                                 {"service", context_.urls.service()},
                                 {"status", context_.urls.status()}});
}

}  // namespace countersign::authority
