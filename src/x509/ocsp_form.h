// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "x509/certificate.h"
#include "x509/der.h"

// What requests and responses of RFC 6960 have in common.
namespace countersign::x509::ocsp_form {

inline constexpr std::string_view kNonceOid = "1.3.6.1.5.5.7.48.1.2";
// id-pkix-ocsp-basic.
inline constexpr std::array<std::uint8_t, 11> kBasicResponseOid{0x06, 0x09, 0x2b, 0x06, 0x01, 0x05,
                                                                0x05, 0x07, 0x30, 0x01, 0x01};
inline constexpr std::size_t kLongestNonce = 32;  // RFC 8954 §2.1

// CertID (RFC 6960 §4.1.1) as it stands in a message.
struct CertId {
  BytesView whole;
  SerialNumber serial;
  bool issuer_matches = false;  // name and key are those of the CA that was asked about
};
// Hashes other than SHA-1 and SHA-256 are read and match no issuer.
Result<CertId> read_cert_id(der::Reader& reader, const Certificate& ca);

// The bits of the subjectPublicKey, which RFC 6960 identifies issuers and responders by.
Result<BytesView> public_key_bits(const crypto::PublicKey& key);

// Extensions of a request or response: the nonce, or empty. Unknown extensions are kUnsupported when
// critical.
Result<Bytes> read_nonce(der::Reader extensions);
// Extensions with this nonce alone.
Bytes encode_nonce(BytesView nonce);

}  // namespace countersign::x509::ocsp_form
