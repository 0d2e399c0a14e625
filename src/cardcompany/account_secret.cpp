// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/account_secret.h"

#include "crypto/agreement.h"
#include "crypto/digest.h"
#include "crypto/key_wrap.h"
#include "crypto/p256.h"

namespace countersign::cardcompany {
namespace {

// Bound to both points, so that no wrapping stands for another.
Result<crypto::SecretBytes> wrapping_key(const crypto::PrivateKey& own, const crypto::PublicKey& peer,
                                         BytesView ephemeral, BytesView recipient) {
  TRY(const auto shared, crypto::agree(own, peer));
  Bytes points = to_bytes(ephemeral);
  points.insert(points.end(), recipient.begin(), recipient.end());
  return crypto::derive_key(shared, points, "account secret", crypto::kWrapKeySize);
}

}  // namespace

Result<Bytes> wrap_account_secret(const crypto::SecretBytes& secret, const crypto::PublicKey& key) {
  if (secret.size() != kAccountSecretSize)
    return fail(ErrorCode::kMalformed, "account secret: of another size");
  if (key.kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "account key: P-256 keys only");
  const auto ephemeral = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  Bytes wrapped = to_bytes(crypto::p256_point(ephemeral.public_key()));
  TRY(const auto wrapping, wrapping_key(ephemeral, key, wrapped, crypto::p256_point(key)));
  const Bytes sealed = crypto::wrap_key(wrapping, secret);
  wrapped.insert(wrapped.end(), sealed.begin(), sealed.end());
  return wrapped;
}

Result<crypto::SecretBytes> unwrap_account_secret(BytesView wrapped, const crypto::PrivateKey& key) {
  if (wrapped.size() != crypto::kP256PointSize + crypto::kWrappedKeySize)
    return fail(ErrorCode::kMalformed, "account secret: not a wrapped one");
  if (key.public_key().kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "account key: P-256 keys only");
  const BytesView point = wrapped.first(crypto::kP256PointSize);
  TRY(const auto ephemeral, crypto::p256_key(point));
  TRY(const auto wrapping, wrapping_key(key, ephemeral, point, crypto::p256_point(key.public_key())));
  auto secret = crypto::unwrap_key(wrapping, wrapped.subspan(crypto::kP256PointSize));
  if (!secret) return fail(secret.error().code, "account secret: wrapped for another key, or altered");
  return secret;
}

}  // namespace countersign::cardcompany
