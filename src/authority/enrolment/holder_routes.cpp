// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/holder_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "authority/enrolment/answers.h"
#include "authority/issuing/issuing_routes.h"
#include "documents/json.h"
#include "documents/receipt.h"
#include "http/accept.h"
#include "http/address_key.h"
#include "http/json_answer.h"

namespace countersign::authority {

namespace {

namespace json = boost::json;

json::object describe_listed(const DirectoryEntry& entry) {
  const auto& certificate = entry.certificate;
  const auto role = certificate.role();
  const auto origin = certificate.key_origin();
  return {{"serial", certificate.serial().hex()},
          {"role", role ? std::string(x509::profile_of(*role).name) : std::string()},
          {"state", std::string(state_name(entry.state))},
          {"notBefore", format_time(certificate.not_before())},
          {"notAfter", format_time(certificate.not_after())},
          {"registeredBy", certificate.registered_by()},
          {"keyOrigin", !origin                                  ? ""
                        : *origin == x509::KeyOrigin::kAuthority ? "authority"
                                                                 : "holder"}};
}

struct AnswerWriter {
  const AuthorityContext& context;

  http::Response operator()(const FoundConfirmation& found) const {
    auto document = found.document;
    const bool is_receipt = found.form == ConfirmationForm::kReceipt;
    return http::der_response(200, std::move(document),
                              is_receipt ? documents::kReceiptMediaType : http::kCmsMediaType);
  }
  http::Response operator()(const ListedCertificates& listed) const {
    json::array certificates;
    for (const auto& entry : listed.entries) certificates.push_back(describe_listed(entry));
    return http::json_answer(200, {{"certificates", std::move(certificates)}});
  }
  http::Response operator()(const SuspendedPair&) const {
    return http::json_answer(200, {{"state", "on_hold"}});
  }
  http::Response operator()(const Enrolments::OwnRenewalTicket& renewal) const {
    auto object = describe_ticket(context, renewal.ticket);
    if (renewal.certificates) add_issued(object, context, *renewal.certificates);
    return http::json_answer(200, object);
  }
  http::Response operator()(const AddressChangeRequested&) const {
    return http::json_answer(202, {{"state", "awaiting_confirmation"}});
  }
};

}  // namespace

void HolderRoutes::register_routes(http::Router& router) {
  const auto add = [&](std::string_view method, std::string_view pattern,
                       Result<http::Response> (HolderRoutes::*handler)(const http::Request&)) {
    router.add_blocking(method, pattern, [this, handler](const http::Request& request) {
      return http::answer((this->*handler)(request));
    });
  };
  add("POST", "/v1/holder-requests", &HolderRoutes::handle);
  add("GET", "/v1/address-changes/{id}", &HolderRoutes::show_change);
  add("POST", "/v1/address-changes/{id}", &HolderRoutes::confirm_change);
}

Result<http::Response> HolderRoutes::handle(const http::Request& request) {
  const bool wants_receipt = http::accepts(request, documents::kReceiptMediaType);
  TRY(const auto answered,
      requests_.answer(request.body, wants_receipt ? ConfirmationForm::kReceipt : ConfirmationForm::kCms));
  return std::visit(AnswerWriter{context_}, answered);
}

Result<http::Response> HolderRoutes::show_change(const http::Request& request) {
  TRY(const auto locale, guesses_.guard(http::address_key(request.remote_address), context_.clock.now(), [&] {
    return changes_.locale_of(request.parameter("id"), request.query_value("code"));
  }));
  return page_answer(address_page(locale));
}

Result<http::Response> HolderRoutes::confirm_change(const http::Request& request) {
  const auto id = request.parameter("id");
  const auto code = request.query_value("code");
  TRY(const auto progress, guesses_.guard(http::address_key(request.remote_address), context_.clock.now(),
                                          [&] { return changes_.confirm(id, code); }));
  TRY(const auto locale, changes_.locale_of(id, code));
  return page_answer(address_done_page(locale, progress));
}

}  // namespace countersign::authority
