// SPDX-License-Identifier: Apache-2.0
// OpenSSL 3.0 offers keys in a token through EC_KEY_METHOD, which it calls deprecated in favour of providers
// that Debian 12 does not have.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "card/token_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include <cstring>

#include "crypto/openssl.h"
#include "crypto/p256.h"

namespace countersign::card {
namespace {

using BigNumber = crypto::Handle<BIGNUM, BN_free>;
using EcKey = crypto::Handle<EC_KEY, EC_KEY_free>;
using EcPoint = crypto::Handle<EC_POINT, EC_POINT_free>;
using EcdsaSignature = crypto::Handle<ECDSA_SIG, ECDSA_SIG_free>;

constexpr std::uint8_t kP256Oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

// What an EC_KEY of ours carries: where its operations run.
struct TokenKey {
  std::shared_ptr<Session> session;
  Bytes key_id;

  Result<CK_OBJECT_HANDLE> find() const {
    Template wanted;
    wanted.number(CKA_CLASS, CKO_PRIVATE_KEY).bytes(CKA_ID, key_id);
    TRY(const auto found, session->find(wanted));
    if (found.empty()) return fail(ErrorCode::kNotFound, "token: no private key, or not logged in");
    return found.front();
  }
};

void free_token_key(void*, void* pointer, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<TokenKey*>(pointer);
}

int copy_token_key(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** pointer, int, long, void*) {
  if (*pointer != nullptr) *pointer = new TokenKey(*static_cast<TokenKey*>(*pointer));
  return 1;
}

int token_key_index() {
  static const int index =
      CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_EC_KEY, 0, nullptr, nullptr, copy_token_key, free_token_key);
  return index;
}

const TokenKey* token_key_of(const EC_KEY* key) {
  return static_cast<const TokenKey*>(EC_KEY_get_ex_data(key, token_key_index()));
}

// The token's own error survives as the text of the OpenSSL error that the caller reports.
void report(const Error& error) {
  ERR_raise_data(ERR_LIB_USER, ERR_R_INTERNAL_ERROR, "%s", error.detail.c_str());
}

ECDSA_SIG* sign_in_token(const unsigned char* digest, int size, const BIGNUM*, const BIGNUM*, EC_KEY* key) {
  const TokenKey* token = token_key_of(key);
  if (token == nullptr) return nullptr;
  const auto object = token->find();
  if (!object) return report(object.error()), nullptr;
  const auto raw = token->session->sign_digest(object.value(), {digest, static_cast<std::size_t>(size)});
  if (!raw) return report(raw.error()), nullptr;
  const auto half = static_cast<int>(raw.value().size() / 2);
  EcdsaSignature signature(ECDSA_SIG_new());
  BigNumber r(BN_bin2bn(raw.value().data(), half, nullptr));
  BigNumber s(BN_bin2bn(raw.value().data() + half, half, nullptr));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return nullptr;
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  return signature.release();
}

int derive_in_token(unsigned char** secret, std::size_t* size, const EC_POINT* peer, const EC_KEY* key) {
  const TokenKey* token = token_key_of(key);
  if (token == nullptr) return 0;
  std::uint8_t point[crypto::kP256PointSize];
  if (EC_POINT_point2oct(EC_KEY_get0_group(key), peer, POINT_CONVERSION_UNCOMPRESSED, point, sizeof point,
                         nullptr) != sizeof point) {
    return 0;
  }
  const auto object = token->find();
  if (!object) return report(object.error()), 0;
  const auto derived = token->session->derive(object.value(), point);
  if (!derived) return report(derived.error()), 0;
  const BytesView bytes = derived.value().reveal(crypto::SecretAccess());
  *secret = static_cast<unsigned char*>(OPENSSL_memdup(bytes.data(), bytes.size()));
  *size = bytes.size();
  return *secret != nullptr ? 1 : 0;
}

const EC_KEY_METHOD* token_method() {
  static const EC_KEY_METHOD* const method = [] {
    EC_KEY_METHOD* made = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
    if (made == nullptr) crypto::throw_openssl("EC_KEY_METHOD_new");
    int (*sign)(int, const unsigned char*, int, unsigned char*, unsigned int*, const BIGNUM*, const BIGNUM*,
                EC_KEY*);
    int (*setup)(EC_KEY*, BN_CTX*, BIGNUM**, BIGNUM**);
    EC_KEY_METHOD_get_sign(made, &sign, &setup, nullptr);
    EC_KEY_METHOD_set_sign(made, sign, setup, sign_in_token);
    EC_KEY_METHOD_set_compute_key(made, derive_in_token);
    return made;
  }();
  return method;
}

}  // namespace

Bytes ec_point_of(const crypto::PublicKey& key) {
  Bytes der{0x04, crypto::kP256PointSize};
  const BytesView point = crypto::p256_point(key);
  der.insert(der.end(), point.begin(), point.end());
  return der;
}

BytesView p256_parameters() {
  return kP256Oid;
}

Result<crypto::SecretBytes> private_scalar_of(const crypto::PrivateKey& key) {
  BIGNUM* number = nullptr;
  if (key.public_key().kind() != crypto::KeyKind::kP256 ||
      EVP_PKEY_get_bn_param(key.native(), OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
    crypto::openssl_text();
    return fail(ErrorCode::kUnsupported, "only P-256 keys in memory can be imported");
  }
  auto scalar = crypto::SecretBytes::of_size(32);
  const int written = BN_bn2binpad(number, scalar.writable(crypto::SecretAccess()).data(), 32);
  BN_clear_free(number);
  if (written != 32) return crypto::openssl_failure(ErrorCode::kInternal, "BN_bn2binpad");
  return scalar;
}

Result<crypto::PrivateKey> make_token_key(std::shared_ptr<Session> session, BytesView key_id,
                                          const crypto::PublicKey& public_key) {
  if (public_key.kind() != crypto::KeyKind::kP256) {
    return fail(ErrorCode::kUnsupported, "tokens hold P-256 keys only");
  }
  EcKey key(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  const BytesView point = crypto::p256_point(public_key);
  if (!key || EC_KEY_oct2key(key.get(), point.data(), point.size(), nullptr) != 1 ||
      EC_KEY_set_method(key.get(), token_method()) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "EC_KEY of a token");
  }
  auto token = std::make_unique<TokenKey>(TokenKey{std::move(session), to_bytes(key_id)});
  if (EC_KEY_set_ex_data(key.get(), token_key_index(), token.get()) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "EC_KEY_set_ex_data");
  }
  static_cast<void>(token.release());
  crypto::EvpKey native(EVP_PKEY_new());
  if (!native || EVP_PKEY_assign_EC_KEY(native.get(), key.get()) != 1) {
    return crypto::openssl_failure(ErrorCode::kInternal, "EVP_PKEY_assign_EC_KEY");
  }
  static_cast<void>(key.release());
  return crypto::PrivateKey::from_native(native.get());
}

Result<crypto::PublicKey> public_key_of_point(BytesView ec_point) {
  if (ec_point.size() < 2 || ec_point[0] != 0x04 || ec_point[1] != crypto::kP256PointSize)
    return fail(ErrorCode::kUnsupported, "token: not a P-256 point");
  return crypto::p256_key(ec_point.subspan(2));
}

}  // namespace countersign::card
