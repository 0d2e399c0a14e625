// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "authority/issuing/application_store.h"
#include "authority/issuing/authority_keys.h"
#include "mail/mail.h"
#include "storage/secret_folder.h"

namespace countersign::authority {

// A merchant's key that the authority makes: sealed as PKCS#8 until the certificate is issued, then as
// PKCS#12 under a mailed password until it is fetched. In the clear it exists in memory only.

struct SealedKey {
  crypto::PublicKey public_key;
  Bytes sealed;
};
Result<SealedKey> make_sealed_key(const storage::SecretFolder& keys, std::string_view application);

struct SealedKeyFile {
  Bytes sealed;
  crypto::SecretBytes password;
};
Result<SealedKeyFile> make_merchant_key_file(const storage::SecretFolder& keys,
                                             const Application& application,
                                             const x509::Certificate& certificate,
                                             const AuthorityKeys& authority);
Result<Bytes> open_merchant_key_file(const storage::SecretFolder& keys, const Application& application);

// Destroys the short-lived keys of one application.
Result<void> destroy_merchant_keys(const storage::SecretFolder& keys, std::string_view application);

// Contact data at rest, under a key per application.
Result<Bytes> seal_contact(const storage::SecretFolder& keys, std::string_view application,
                           const MerchantContact& contact);
Result<MerchantContact> open_contact(const storage::SecretFolder& keys, std::string_view application,
                                     BytesView sealed);

struct MerchantPasswordMail {
  std::string from, from_name, to, subject_name;
  Sha256Digest root_fingerprint;
  TimePoint expires;  // unfetched by then: revoked
};
mail::Message write_password_mail(const MerchantPasswordMail& mail, const crypto::SecretBytes& password);

}  // namespace countersign::authority
