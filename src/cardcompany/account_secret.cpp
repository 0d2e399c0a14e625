// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/account_secret.h"

#include "x509/cms_envelope.h"

namespace countersign::cardcompany {

Result<Bytes> wrap_account_secret(const crypto::SecretBytes& secret, const crypto::PublicKey& key) {
  if (secret.size() != kAccountSecretSize)
    return fail(ErrorCode::kMalformed, "account secret: of another size");
  return x509::seal_to_key(key, secret);
}

Result<crypto::SecretBytes> unwrap_account_secret(BytesView wrapped, const crypto::PrivateKey& key) {
  auto secret = x509::open_sealed_to_key(key.public_key(), x509::agreement_by(key), wrapped);
  if (!secret && secret.error().code == ErrorCode::kMalformed)
    return fail(ErrorCode::kMalformed, "account secret: wrapped for another key, or altered");
  if (secret && secret.value().size() != kAccountSecretSize)
    return fail(ErrorCode::kMalformed, "account secret: of another size");
  return secret;
}

}  // namespace countersign::cardcompany
