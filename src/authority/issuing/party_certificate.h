// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "authority/issuing/context.h"

namespace countersign::authority {

// PartyRequest is a request (PKCS#10 in DER) for a certificate of that role.
struct PartyRequest {
  x509::Role role;
  BytesView pkcs10;
};

// certify_party certifies, at an operator's word, the keys of a party that applies by no form: an operator
// (who searches the directory over HTTPS) or a card company, which has one for signatures and one for key
// agreement. The subject of all becomes `CN=<name>,OU=<the roles'>,<data centre>`. Of a PKCS#10, whose proof
// of possession must hold, count the key and, where the role may name hosts, the DNS names and addresses
// (kNameNotPermitted for origins and for what the CA may not name). One certificate for each request, in the
// same order, or none at all. kConflict when the name holds a usable certificate, or for a key that two of
// the requests name.
Result<std::vector<x509::Certificate>> certify_party(const AuthorityContext& context, std::string_view name,
                                                     const std::vector<PartyRequest>& requests,
                                                     std::string_view actor);

}  // namespace countersign::authority
