// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "card/pkcs11_session.h"
#include "crypto/keys.h"

namespace countersign::card {

// ec_point_of returns the uncompressed point of a P-256 public key as PKCS#11 keeps it: a DER OCTET STRING
// (CKA_EC_POINT).
Bytes ec_point_of(const crypto::PublicKey& key);
// p256_parameters is CKA_EC_PARAMS of P-256: the DER OBJECT IDENTIFIER of the curve.
BytesView p256_parameters();
// private_scalar_of reads the scalar of a P-256 key in memory, 32 octets big-endian; kUnsupported for other
// keys.
Result<crypto::SecretBytes> private_scalar_of(const crypto::PrivateKey& key);

// make_token_key returns a key whose operations run in the token: on the private key object with this CKA_ID,
// looked up when it is used. Keeps the session open as long as any copy lives. `public_key` is that of the
// pair.
Result<crypto::PrivateKey> make_token_key(std::shared_ptr<Session> session, BytesView key_id,
                                          const crypto::PublicKey& public_key);

// public_key_of_point decodes CKA_EC_POINT of a P-256 public key object.
Result<crypto::PublicKey> public_key_of_point(BytesView ec_point);

}  // namespace countersign::card
