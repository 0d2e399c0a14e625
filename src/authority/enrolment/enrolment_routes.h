// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/enrolment/enrolments.h"
#include "authority/enrolment/suspension.h"
#include "http/server.h"

namespace countersign::authority {

// The HTTP side of enrolment on the service listener (docs/protocols/enrolment.md).
class EnrolmentRoutes {
 public:
  EnrolmentRoutes(const AuthorityContext& context, Enrolments& enrolments, Suspensions& suspensions)
      : context_(context), enrolments_(enrolments), suspensions_(suspensions) {}
  // The object lives as long as the server.
  void register_routes(http::Router& router);

 private:
  Result<http::Response> apply(const http::Request& request);
  Result<http::Response> view(const http::Request& request);
  Result<http::Response> restart(const http::Request& request);
  Result<http::Response> key_file(const http::Request& request);
  Result<http::Response> consent(const http::Request& request);
  Result<http::Response> wallet_keys(const http::Request& request);
  Result<http::Response> complete(const http::Request& request);
  Result<http::Response> show_objection(const http::Request& request);
  Result<http::Response> object(const http::Request& request);
  Result<http::Response> suspend(const http::Request& request);
  http::Response show_suspension(const http::Request& request);
  http::Response suspend_by_page(const http::Request& request);
  Result<x509::Certificate> merchant(const http::Request& request);

  const AuthorityContext& context_;
  Enrolments& enrolments_;
  Suspensions& suspensions_;
  RateLimit guesses_{60, std::chrono::hours(1)};  // of tokens and codes, per remote address
};

}  // namespace countersign::authority
