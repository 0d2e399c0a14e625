// SPDX-License-Identifier: Apache-2.0
#include "authority/enrolment/answers.h"

#include <boost/json/array.hpp>

#include "authority/enrolment/page_frame.h"

namespace countersign::authority {

namespace json = boost::json;

json::object describe_ticket(const AuthorityContext& context, const EnrolmentTicket& ticket) {
  json::object object{{"id", ticket.id},
                      {"token", nullptr},
                      {"expires", format_time(ticket.expires)},
                      {"authority", context.urls.service()},
                      {"dataCentre", context.keys.data_centre.text()},
                      {"rootFingerprint", hex_encode(context.keys.anchor->root().fingerprint())}};
  if (!ticket.token.empty()) object["token"] = ticket.token;
  return object;
}

void add_issued(json::object& object, const AuthorityContext& context, const IssuedPair& issued) {
  json::array certificates{issued.pair.signing.pem()};
  if (issued.sealed_agreement.empty())
    certificates.emplace_back(issued.pair.agreement.pem());
  else
    object["sealedAgreement"] = base64_encode(issued.sealed_agreement);
  object["certificates"] = std::move(certificates);
  json::array chain;
  for (const auto& authority : authorities_of(context.keys)) chain.emplace_back(authority.pem());
  object["chain"] = std::move(chain);
}

http::Response page_answer(const std::string& html) {
  auto response = http::html_response(200, html);
  response.headers["Referrer-Policy"] = "no-referrer";
  response.headers["Content-Security-Policy"] =
      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  return response;
}

http::Response stylesheet_answer() {
  auto response = http::text_response(200, page_stylesheet());
  response.headers["Content-Type"] = "text/css; charset=utf-8";
  response.headers["Cache-Control"] = "public, max-age=3600";
  return response;
}

}  // namespace countersign::authority
