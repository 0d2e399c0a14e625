// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/keys.h"

// How a P-256 key is written: an uncompressed point (SEC 1 §2.3.3) at the end of a SubjectPublicKeyInfo (RFC
// 5480 §2).
namespace countersign::crypto {

inline constexpr std::size_t kP256PointSize = 65;  // 04 ‖ X ‖ Y

// The point of a P-256 key, as long as the key lives.
BytesView p256_point(const PublicKey& key);
// The key with this point. kUnsupported for another form, kMalformed for no point of the curve.
Result<PublicKey> p256_key(BytesView point);

}  // namespace countersign::crypto
