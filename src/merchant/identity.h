// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include "crypto/secret.h"
#include "x509/cms.h"

namespace countersign::merchant {

// Identity is the gateway's own key and certificate on disk: `identity.pem` holds the key, encrypted under
// the gateway's passphrase, and, once issued, the certificate with its CA. The file is replaced as a whole,
// so key and certificate always belong together; its predecessor stays as `identity-previous.pem`.
// Thread-safe.
class Identity {
 public:
  // Makes a key in `folder`. kConflict when there is one.
  static Result<void> create(const std::filesystem::path& folder, const crypto::SecretBytes& passphrase);
  // kNotFound without a key, kWrongPassword.
  static Result<std::unique_ptr<Identity>> open(std::filesystem::path folder, crypto::SecretBytes passphrase);

  // Reads the files again when another process (renew) has changed them.
  Result<void> reload_if_changed();

  crypto::PrivateKey key() const;
  // Absent until a certificate was issued.
  std::optional<x509::Signer> signer() const;
  // The signer, or kUnavailable: what the gateway cannot do yet.
  Result<x509::Signer> require_signer() const;
  // The signer with this very certificate: the present one or the one before it, whose orders may still be
  // under way. kNotFound for any other.
  Result<x509::Signer> signer_of(const Sha256Digest& certificate) const;

  // The key for the next certificate: made once and kept until `install` uses it.
  Result<crypto::PrivateKey> next_key();
  // Stores the certificate with whichever key it was issued for, the present or the next one, and uses it
  // from here on. kConflict when it is for neither.
  Result<void> install(const x509::Certificate& certificate, const x509::Certificate& ca);
  // Signs with `ca` beside its certificate from here on, of the same CA as the one before it (kConflict): as
  // the root that the network has passed to certified it. The key and the certificate stay.
  Result<void> use_ca(const x509::Certificate& ca);

 private:
  // What the files hold.
  struct Content {
    std::filesystem::file_time_type changed;  // of identity.pem when it was read
    crypto::PrivateKey key;
    std::optional<x509::Signer> signer, previous;
    std::optional<crypto::PrivateKey> next_key;
  };
  static Result<Content> read(const std::filesystem::path& folder, const crypto::SecretBytes& passphrase);
  Identity(std::filesystem::path folder, crypto::SecretBytes passphrase, Content content);

  const std::filesystem::path folder_;
  const crypto::SecretBytes passphrase_;
  mutable std::mutex mutex_;  // guards what follows
  Content content_;
};

}  // namespace countersign::merchant
