// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/authorization_desk.h"
#include "cardcompany/party_status.h"
#include "http/router.h"

namespace countersign::cardcompany {

// add_service_routes adds, for merchants with a client certificate that is good at this moment:
//   POST /v1/authorizations               authorization-request → {approved, authorization, code, reason}
//   POST /v1/authorizations/{id}/release  {} → {state: "released"}
// Both may be repeated. The desk and the status outlive the router.
void add_service_routes(http::Router& router, AuthorizationDesk& desk, PartyStatus& status);

}  // namespace countersign::cardcompany
