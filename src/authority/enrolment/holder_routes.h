// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/enrolment/address_changes.h"
#include "authority/enrolment/holder_requests.h"
#include "http/server.h"

namespace countersign::authority {

// The HTTP side of what holders ask for themselves, on the service listener.
class HolderRoutes {
 public:
  HolderRoutes(const AuthorityContext& context, HolderRequests& requests, AddressChanges& changes)
      : context_(context), requests_(requests), changes_(changes) {}
  // The object lives as long as the server.
  void register_routes(http::Router& router);

 private:
  Result<http::Response> handle(const http::Request& request);
  Result<http::Response> show_change(const http::Request& request);
  Result<http::Response> confirm_change(const http::Request& request);

  const AuthorityContext& context_;
  HolderRequests& requests_;
  AddressChanges& changes_;
  RateLimit guesses_{60, std::chrono::hours(1)};  // of tokens and codes, per remote address
};

}  // namespace countersign::authority
