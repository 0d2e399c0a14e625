// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/issuing/merchant_applications.h"
#include "authority/issuing/merchant_renewal.h"
#include "http/server.h"

namespace countersign::authority {

// The HTTP side of issuing on the service listener: merchant applications, merchant renewal, search of the
// directory by operators, certificates by fingerprint, `/v1/network`.
class IssuingRoutes {
 public:
  IssuingRoutes(const AuthorityContext& context, MerchantApplications& applications,
                MerchantRenewals& renewals, int applications_per_hour)
      : context_(context),
        applications_(applications),
        renewals_(renewals),
        all_applications_(applications_per_hour, std::chrono::hours(1)) {}
  // The object lives as long as the server.
  void register_routes(http::Router& router);

 private:
  Result<http::Response> apply(const http::Request& request);
  Result<http::Response> prove_control(const http::Request& request);
  Result<http::Response> show_application(const http::Request& request);
  Result<http::Response> fetch_key_file(const http::Request& request);
  Result<http::Response> renew(const http::Request& request);
  Result<http::Response> search(const http::Request& request);
  Result<http::Response> certificate(const http::Request& request);
  Result<http::Response> network(const http::Request& request);

  const AuthorityContext& context_;
  MerchantApplications& applications_;
  MerchantRenewals& renewals_;
  RateLimit new_applications_{20, std::chrono::hours(1)};  // per remote address
  RateLimit all_applications_;  // over all addresses: each costs a row, sealed contact data, perhaps a key
};

}  // namespace countersign::authority
