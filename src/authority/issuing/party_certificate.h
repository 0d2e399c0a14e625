// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/issuing/context.h"

namespace countersign::authority {

// certify_party certifies, at an operator's word, the key of a party that applies by no form: an operator
// (who searches the directory over HTTPS) or a card company. The subject becomes `CN=<name>,OU=<the role's>,
// <data centre>`. Of the PKCS#10, whose proof of possession must hold, count the key and, where the role may
// name hosts, the DNS names and addresses (kNameNotPermitted for origins and for what the CA may not name).
// kConflict when the name holds a usable certificate.
Result<x509::Certificate> certify_party(const AuthorityContext& context, x509::Role role,
                                        std::string_view name, BytesView pkcs10, std::string_view actor);

}  // namespace countersign::authority
