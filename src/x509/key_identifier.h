// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/keys.h"

namespace countersign::x509 {

// key_identifier is the subjectKeyIdentifier of a P-256 key: RFC 5280 §4.2.1.2, method 1, SHA-1 of the key's
// bits. An identifier only; nothing relies on its strength.
Bytes key_identifier(const crypto::PublicKey& key);

}  // namespace countersign::x509
