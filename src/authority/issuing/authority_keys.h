// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "x509/cms.h"
#include "x509/issue.h"
#include "x509/path.h"

namespace countersign::authority {

// LoadTokenKey opens a private key that lives in a PKCS#11 token, by its URI (RFC 7512). Plugged in by the
// program.
using LoadTokenKey = std::function<Result<crypto::PrivateKey>(std::string_view uri)>;

// Where one data centre keeps its keys: each a path of an encrypted PEM file, or a "pkcs11:" URI.
struct KeyPlaces {
  std::filesystem::path passphrase_file;  // of the PEM files; a trailing line break does not count
  std::string ca;
  std::string ocsp;
  std::string confirmation;
  std::string tls;
};

// AuthorityKeys is what one data centre signs with, and whom it trusts. Immutable after loading.
struct AuthorityKeys {
  x509::Name data_centre;
  x509::Issuer ca;
  x509::Issuer ocsp;
  x509::Signer confirmation;
  x509::Signer tls;  // chain: CA and root, so that a first contact can pin the root
  std::shared_ptr<const x509::TrustAnchor> anchor;
};

// load_authority_keys reads keys and certificates (`ca.pem`, `ocsp.pem`, `confirmation.pem`, `tls.pem` and
// `root.pem` below `certificates`) and checks that each certificate belongs to its key, its role and the root
// at `now`.
Result<AuthorityKeys> load_authority_keys(const KeyPlaces& places, const std::filesystem::path& certificates,
                                          const LoadTokenKey& load_token_key, TimePoint now);

// load_key opens the key at a place; load_or_create_key makes one first where there is no file yet (tokens
// are never written to).
Result<crypto::PrivateKey> load_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                    const LoadTokenKey& load_token_key);
Result<crypto::PrivateKey> load_or_create_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                              const LoadTokenKey& load_token_key);

// read_certificate reads one PEM certificate.
Result<x509::Certificate> read_certificate(const std::filesystem::path& file);

}  // namespace countersign::authority
