// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/issuing/context.h"

namespace countersign::authority {

// issue_operator_certificate certifies an operator's key, `CN=<name>,OU=operators,<data centre>`, from a
// PKCS#10 with proof of possession; nothing else in the request counts. For searching the directory over
// HTTPS. kConflict when the name holds a usable certificate.
Result<x509::Certificate> issue_operator_certificate(const AuthorityContext& context, std::string_view name,
                                                     BytesView pkcs10, std::string_view actor);

}  // namespace countersign::authority
