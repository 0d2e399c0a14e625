// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "x509/certificate.h"

namespace countersign::x509 {

struct KeyWithCertificate {
  crypto::PrivateKey key;
  Certificate certificate;
};

// KeyFile is what an enrolment delivers: the holder's keys with their certificates, and the certificates
// above them, the network root among them. Who opened the file with the mailed password may trust that root:
// the MAC covers it.
struct KeyFile {
  std::vector<KeyWithCertificate> keys;
  std::vector<Certificate> authorities;
};

// PKCS#12 (RFC 7292) with PBES2, AES-256-CBC, PBKDF2-HMAC-SHA256 for keys and certificates, HMAC-SHA256 MAC.
Result<Bytes> make_pkcs12(const KeyFile& file, const crypto::SecretBytes& password,
                          std::string_view friendly_name);
// Opens only after the MAC verifies; kWrongPassword, kMalformed, kTooLarge (over 64 KiB), kUnsupported
// (weaker algorithms, or keys without their certificate).
Result<KeyFile> open_pkcs12(BytesView der, const crypto::SecretBytes& password);

}  // namespace countersign::x509
