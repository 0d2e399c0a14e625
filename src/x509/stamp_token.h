// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "crypto/digest.h"
#include "x509/certificate.h"

// Tokens of RFC 3161 as evidence that is kept for decades: of the network's time-stampers, and of any other
// time-stamping authority that whoever verifies trusts, with algorithms that the network itself does not use.
// Form and signature are judged by OpenSSL, as `openssl ts -verify` does, and so in BER, too: two tokens that
// differ may say the same.
namespace countersign::x509 {

// Whose tokens count.
struct StampAuthorities {
  // Under these the signer must have had the role kTimeStamper (verify_path).
  std::vector<Certificate> network_roots;
  // DER of other roots. Below them every certificate counts whose only extended key usage is time-stamping,
  // stated critical (RFC 3161 §2.3).
  std::vector<Bytes> other_roots;
};

// stamp_roots_from_pem reads one or more certificates, each to be trusted as a root. kMalformed also for text
// without any.
Result<std::vector<Bytes>> stamp_roots_from_pem(std::string_view pem);

// StampToken is what a verified token says, and what it rests on.
struct StampToken {
  TimePoint time;         // as stated, but for parts of a second
  TimePoint latest;       // the same with them and with the stated accuracy: it was there by then
  TimePoint until;        // when the first certificate of the signer's path ends, the root included
  std::string authority;  // subject of the signer, RFC 4514
  // Names of all hashes and keys that token and path rest on (is_known_algorithm), each once, sorted.
  std::vector<std::string> algorithms;
};

// The names of algorithms: sha-256, sha-384, sha-512, ecdsa-p256, ecdsa-p384, ecdsa-p521, ed25519, and
// rsa-2048, rsa-3072, rsa-4096 for keys of at least so many bits.
bool is_known_algorithm(std::string_view name);

// verify_stamp_token checks form and signature of a token, that it was signed as one and not as another kind
// of message, that it stamps `digest` under that hash (kConflict), repeats the nonce where one is given
// (kSignatureInvalid), names its signer by signing-certificate-v2, and that the signer had a path to one of
// the roots at the time that the token states; the certificates may have ended since. Whether that time is
// past, the caller decides. Says nothing about revocation, nor whether token and certificates can still be
// relied on: `until` and `algorithms` are for that.
//
// kMalformed, kTooLarge (over 64 KiB), kUnsupported (an algorithm that has no name here, no
// signing-certificate-v2, no certificate of the signer, a critical extension, an accuracy of a day or more),
// kSignatureInvalid (also another version, or a stated name that is not the signer's), kCertificateUnknown
// (no path to any of the roots), kExpired, kNotYetValid (a certificate, at that time), kWrongRole.
Result<StampToken> verify_stamp_token(BytesView token, crypto::HashAlgorithm hash, BytesView digest,
                                      const StampAuthorities& authorities, BytesView nonce = {});

}  // namespace countersign::x509
