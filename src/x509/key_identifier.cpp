// SPDX-License-Identifier: Apache-2.0
#include "x509/key_identifier.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/p256.h"

namespace countersign::x509 {

Bytes key_identifier(const crypto::PublicKey& key) {
  const BytesView spki = key.spki();
  return to_bytes(crypto::sha1(spki.last(std::min(crypto::kP256PointSize, spki.size()))));
}

}  // namespace countersign::x509
