// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace countersign::card {

// Pkcs11Uri is an RFC 7512 URI of a private key, as far as we use it: which token and object, which module,
// and the file that holds the PIN. Attributes not listed here are refused; `pin-value` too, since a PIN does
// not belong there.
struct Pkcs11Uri {
  std::string token;        // label; empty: the first token
  std::string object;       // label of the key, or empty
  Bytes id;                 // CKA_ID, or empty; one of object and id is there
  std::string module_path;  // SoftHSM2 unless named
  std::string pin_file;     // path of pin-source, required
};
Result<Pkcs11Uri> parse_pkcs11_uri(std::string_view text);

}  // namespace countersign::card
