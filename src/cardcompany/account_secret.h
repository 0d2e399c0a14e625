// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/keys.h"
#include "crypto/secret.h"

namespace countersign::cardcompany {

inline constexpr std::size_t kAccountSecretSize = 32;

// wrap_account_secret seals the secret of the accounts to a P-256 key that may live in a token, as
// AuthEnvelopedData to the key's identifier (x509/cms_envelope.h). Without the private key nobody opens it.
// kUnsupported for keys of another kind.
Result<Bytes> wrap_account_secret(const crypto::SecretBytes& secret, const crypto::PublicKey& key);
// kMalformed where it was wrapped for another key, or altered; the token's errors.
Result<crypto::SecretBytes> unwrap_account_secret(BytesView wrapped, const crypto::PrivateKey& key);

}  // namespace countersign::cardcompany
