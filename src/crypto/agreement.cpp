// SPDX-License-Identifier: Apache-2.0
#include "crypto/agreement.h"

#include "crypto/openssl.h"

namespace countersign::crypto {

Result<SecretBytes> agree(const PrivateKey& key, const PublicKey& peer) {
  if (key.public_key().kind() != KeyKind::kP256 || peer.kind() != KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "agreement: keys are not both P-256");
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.native(), nullptr));
  SecretBytes shared = SecretBytes::of_size(kSharedSecretSize);
  std::size_t size = shared.size();
  if (!context || EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), peer.native()) != 1 ||
      EVP_PKEY_derive(context.get(), shared.writable(SecretAccess{}).data(), &size) != 1 ||
      size != kSharedSecretSize)
    return openssl_failure(ErrorCode::kUnavailable, "agreement");
  return shared;
}

}  // namespace countersign::crypto
