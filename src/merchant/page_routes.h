// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/rate_limit.h"
#include "http/router.h"
#include "merchant/context.h"
#include "merchant/pages.h"
#include "merchant/tokens.h"

namespace countersign::merchant {

struct PageOptions {
  int registrations_per_hour = 60;  // from one address
  FrontPage front = FrontPage::kRegistration;
};

// PageRoutes serves the gateway's pages to people: start page, registration, renewal. A form counts only with
// the token of its own page and the cookie of its own browser. Outlives the server.
class PageRoutes {
 public:
  PageRoutes(GatewayContext context, const Tokens& tokens, RegistrationDesk& registrations,
             PageOptions options);
  void add_to(http::Router& router);

 private:
  http::Response show_front(const http::Request& request) const;
  http::Response show_form(const http::Request& request, documents::ConsentKind kind) const;
  http::Response receive_form(const http::Request& request, documents::ConsentKind kind);
  PageFrame frame_for(const http::Request& request) const;
  // The page with a fresh form, and the cookie that belongs to it.
  http::Response respond_with(int status, const http::Request& request, FormPage page) const;

  const GatewayContext context_;
  const Tokens& tokens_;
  RegistrationDesk& registrations_;
  const FrontPage front_;
  RateLimit limit_;
};

}  // namespace countersign::merchant
