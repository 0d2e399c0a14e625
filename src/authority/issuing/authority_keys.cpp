// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/authority_keys.h"

#include "storage/passphrase.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

namespace {

constexpr std::size_t kMostKeyFile = 64 << 10;

bool is_token_uri(std::string_view place) {
  return place.starts_with("pkcs11:");
}

// A certificate with its key, after both were found to belong together and to the role.
struct Checked {
  x509::Certificate certificate;
  crypto::PrivateKey key;
};

Result<Checked> load_pair(const std::filesystem::path& file, std::string_view place,
                          const crypto::SecretBytes& passphrase, const LoadTokenKey& load_token_key) {
  TRY(auto certificate, read_certificate(file));
  TRY(auto key, load_key(place, passphrase, load_token_key));
  if (!(key.public_key() == certificate.public_key())) {
    return fail(ErrorCode::kConflict, file.string() + ": certificate of another key");
  }
  return Checked{std::move(certificate), std::move(key)};
}

}  // namespace

Result<crypto::PrivateKey> load_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                    const LoadTokenKey& load_token_key) {
  if (is_token_uri(place)) {
    if (!load_token_key) return fail(ErrorCode::kUnsupported, "keys in tokens are not available");
    return load_token_key(place);
  }
  TRY(const auto pem, storage::read_file(std::filesystem::path(place), kMostKeyFile));
  auto key = crypto::decrypt_private_key(as_text(pem), passphrase);
  if (!key) return fail(key.error(), place);
  return key;
}

Result<crypto::PrivateKey> load_or_create_key(std::string_view place, const crypto::SecretBytes& passphrase,
                                              const LoadTokenKey& load_token_key) {
  const std::filesystem::path file(place);
  if (is_token_uri(place) || std::filesystem::exists(file))
    return load_key(place, passphrase, load_token_key);
  auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  TRY(const auto pem, crypto::encrypt_private_key(key, passphrase));
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  if (error) return fail(ErrorCode::kUnavailable, file.parent_path().string() + ": " + error.message());
  TRY(storage::write_file(file, as_bytes(pem), storage::FileMode::kPrivate));
  return key;
}

Result<x509::Certificate> read_certificate(const std::filesystem::path& file) {
  TRY(const auto pem, storage::read_file(file, kMostKeyFile));
  auto certificate = x509::Certificate::from_pem(as_text(pem));
  if (!certificate) return fail(certificate.error(), file.string());
  return certificate;
}

Result<AuthorityKeys> load_authority_keys(const KeyPlaces& places, const std::filesystem::path& certificates,
                                          const LoadTokenKey& load_token_key, TimePoint now) {
  TRY(const auto passphrase, storage::read_passphrase(places.passphrase_file));
  TRY(auto root, read_certificate(certificates / "root.pem"));
  TRY(auto ca, load_pair(certificates / "ca.pem", places.ca, passphrase, load_token_key));
  TRY(auto ocsp, load_pair(certificates / "ocsp.pem", places.ocsp, passphrase, load_token_key));
  TRY(auto confirmation,
      load_pair(certificates / "confirmation.pem", places.confirmation, passphrase, load_token_key));
  TRY(auto tls, load_pair(certificates / "tls.pem", places.tls, passphrase, load_token_key));
  TRY(auto data_centre, x509::permitted_subtree(ca.certificate));
  TRY(auto anchor, x509::TrustAnchor::create(root, {ca.certificate}, now));
  TRY(x509::verify_path(ocsp.certificate, anchor, x509::Role::kOcspResponder, now));
  TRY(x509::verify_path(confirmation.certificate, anchor, x509::Role::kConfirmationSigner, now));
  TRY(x509::verify_path(tls.certificate, anchor, x509::Role::kAuthorityServer, now));
  return AuthorityKeys{std::move(data_centre),
                       {ca.certificate, ca.key},
                       {ocsp.certificate, ocsp.key},
                       {confirmation.certificate, confirmation.key, {ca.certificate}},
                       {tls.certificate, tls.key, {ca.certificate, root}},
                       std::make_shared<const x509::TrustAnchor>(std::move(anchor))};
}

}  // namespace countersign::authority
