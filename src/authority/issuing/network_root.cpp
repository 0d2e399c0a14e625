// SPDX-License-Identifier: Apache-2.0
#include "authority/issuing/network_root.h"

#include "authority/issuing/authority_keys.h"
#include "storage/secret_folder.h"

namespace countersign::authority {
namespace {

// What the root certifies is itself valid from a little before its issue; the root must be so from earlier
// on.
constexpr std::chrono::hours kRootBackdating{24};

}  // namespace

Result<x509::Certificate> create_root(const std::filesystem::path& folder, std::string_view network,
                                      const crypto::SecretBytes& passphrase, TimePoint now) {
  if (std::filesystem::exists(folder / "root.pem")) {
    return fail(ErrorCode::kConflict, folder.string() + ": there is a root already");
  }
  TRY(const auto name, x509::Name::from_attributes({{"O", std::string(network)}}));
  TRY(storage::make_private_folder(folder));
  TRY(const auto key, load_or_create_key((folder / "root.key").string(), passphrase, {}));
  TRY(auto certificate, x509::create_network_root(name, key, now - kRootBackdating));
  TRY(storage::write_file(folder / "root.pem", as_bytes(certificate.pem()), storage::FileMode::kPublic));
  return certificate;
}

Result<x509::Issuer> load_root(const std::filesystem::path& folder, const crypto::SecretBytes& passphrase) {
  TRY(auto certificate, read_certificate(folder / "root.pem"));
  TRY(auto key, load_key((folder / "root.key").string(), passphrase, {}));
  return x509::Issuer{std::move(certificate), std::move(key)};
}

}  // namespace countersign::authority
