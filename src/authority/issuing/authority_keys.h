// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "x509/cms.h"
#include "x509/issue.h"
#include "x509/path.h"

namespace countersign::authority {

// LoadTokenKey opens a private key that lives in a PKCS#11 token, by its URI (RFC 7512). Plugged in by the
// program.
using LoadTokenKey = std::function<Result<crypto::PrivateKey>(std::string_view uri)>;

// Where one data centre keeps its keys: each a path of an encrypted PEM file, or a "pkcs11:" URI. That is the
// place of the first key of its kind; later_key_file and token_uri_file say where those after it lie.
struct KeyPlaces {
  std::filesystem::path passphrase_file;  // of the PEM files; a trailing line break does not count
  std::string ca;
  std::string ocsp;
  std::string confirmation;
  std::string tls;
  std::string time_stamp = {};  // empty: this data centre makes no time-stamps
  std::string log = {};         // of the public log; empty: none is made
  std::string witness = {};     // with which the logs of others are cosigned; alike
};

// EarlierCa is a CA key that was in use before the present one and whose certificates live on. It certifies
// nobody any more.
struct EarlierCa {
  x509::Certificate certificate;
  std::optional<crypto::PrivateKey> key;  // while it is at hand: for its revocation list and its responder
  std::optional<x509::Issuer> ocsp;       // the responder that this CA key certified, while that is valid
};

// AuthorityKeys is what one data centre signs with, and whom it trusts. Immutable after loading.
struct AuthorityKeys {
  x509::Name data_centre;
  x509::Issuer ca;
  x509::Issuer ocsp;
  x509::Signer confirmation;
  x509::Signer tls;  // chain: its CA and root, so that a first contact can pin the root
  std::shared_ptr<const x509::TrustAnchor> anchor;  // the present CA, then the earlier ones
  std::vector<EarlierCa> earlier{};                 // oldest certificate first; none that has ended
  // The id of the CA key whose revocation list has the path without one; empty before the key was changed.
  std::string bare_crl_key{};
  // Chain: its CA. Nothing in a data centre that was made before there was this role, and where it is over:
  // all else goes on without.
  std::optional<x509::Signer> time_stamp{};
};

// issuer_of is the CA certificate above one that was issued here, which may be an earlier one by the time it
// is asked for; the present one for a certificate of none of them.
const x509::Certificate& issuer_of(const AuthorityKeys& keys, const x509::Certificate& certificate);

// load_authority_keys reads keys and certificates (`ca.pem`, `ocsp.pem`, `confirmation.pem`, `tls.pem` and
// `root.pem` below `certificates`) and checks that each certificate belongs to its key, its role and the root
// at `now`. `time-stamp.pem` may be missing or over. Earlier CAs are `ca-earlier-<id>.pem`, their responders
// `ocsp-by-<id>.pem`: each may be missing its private key, or have ended; kConflict and kNameNotPermitted for
// one that is not what its name says. kMalformed for a bare_crl_key_file that holds no id.
Result<AuthorityKeys> load_authority_keys(const KeyPlaces& places, const std::filesystem::path& certificates,
                                          const LoadTokenKey& load_token_key, TimePoint now);

// key_id is how a key is known in file names, URLs and commands: the first 16 digits of its key identifier.
std::string key_id(const crypto::PublicKey& key);
bool is_key_id(std::string_view text);
// Where a key lies that came after the first of its kind: `ca.key` is followed by `ca-<id>.key`. For a key in
// a token a file beside the certificates holds its URI.
std::filesystem::path later_key_file(std::string_view first_place, const crypto::PublicKey& key);
std::filesystem::path token_uri_file(const std::filesystem::path& certificates, std::string_view name,
                                     const crypto::PublicKey& key);
std::filesystem::path earlier_ca_file(const std::filesystem::path& certificates, const x509::Certificate& ca);
// The responder's certificate that this CA key signed, once the CA is an earlier one.
std::filesystem::path responder_file(const std::filesystem::path& certificates, const x509::Certificate& ca);

// KeyShelf is what it takes to find the private key of a certificate.
struct KeyShelf {
  std::filesystem::path certificates;
  crypto::SecretBytes passphrase;
  LoadTokenKey load_token_key;
};
// find_key looks for the private key of kind `name` ("ca", "ocsp", …) at all its places; nothing where it is
// gone. kConflict where a file of its name holds another key, kWrongPassword and what load_key says.
Result<std::optional<crypto::PrivateKey>> find_key(const KeyShelf& shelf, std::string_view name,
                                                   std::string_view first_place,
                                                   const crypto::PublicKey& key);

// Where it is written which CA key the revocation list without an id in its path belongs to, for good: one
// line, from the first change of the CA key on.
std::filesystem::path bare_crl_key_file(const std::filesystem::path& certificates);

// The path at which the status listener serves the revocation list of a CA key. That of the first one has no
// id in it: it stands in certificates that were issued before there was a second key. Where it is not written
// which one that is, it is the one whose certificate is the oldest.
std::string crl_path(const AuthorityKeys& keys, const x509::Certificate& ca);

// authorities_of is what a party needs to verify whatever it meets in this data centre: every CA key's
// certificate, the present one first, and the root's last.
std::vector<x509::Certificate> authorities_of(const AuthorityKeys& keys);

// load_key opens the key at a place; load_or_create_key makes one of that kind first where there is no file
// yet (tokens are never written to).
Result<crypto::PrivateKey> load_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                    const LoadTokenKey& load_token_key);
Result<crypto::PrivateKey> load_or_create_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                              const LoadTokenKey& load_token_key,
                                              crypto::KeyKind kind = crypto::KeyKind::kP256);
// Whether a place is a file that is not there.
bool is_missing_key_file(std::string_view place);

// read_certificate reads one PEM certificate.
Result<x509::Certificate> read_certificate(const std::filesystem::path& file);

}  // namespace countersign::authority
