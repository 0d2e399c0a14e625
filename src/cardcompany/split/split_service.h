// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/split/published_certificates.h"
#include "cardcompany/split/split_desk.h"
#include "http/router.h"

namespace countersign::cardcompany {

// add_split_routes adds, for merchants that show their certificate:
//   GET  /v1/certificates           → company-certificates
// and, where that is good at this moment:
//   POST /v1/split-authorizations   split-authorization-request → the signed review-result, approved or
//   declined POST /v1/captures               capture-request → movement POST /v1/refunds refund-request →
//   movement
// All may be repeated. What was approved is released as add_service_routes says. All outlive the router.
void add_split_routes(http::Router& router, const SplitDesk& desk, PartyStatus& status,
                      const PublishedCertificates& certificates);

}  // namespace countersign::cardcompany
