// SPDX-License-Identifier: Apache-2.0
#include "crypto/keys.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "crypto/openssl.h"
#include "crypto/p256.h"

namespace countersign::crypto {
namespace {

// The one accepted SubjectPublicKeyInfo of each kind up to the key itself: P-256 as named curve with an
// uncompressed point (RFC 5480 §2), Ed25519 (RFC 8410 §4). What begins otherwise is another curve, explicit
// parameters or a second encoding.
constexpr std::array<std::uint8_t, 27> kP256Prefix{0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                   0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                   0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr std::size_t kP256CoordinatesSize = 64;
constexpr std::array<std::uint8_t, 12> kEd25519Prefix{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                      0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::size_t kLargestSignature = 80;  // ECDSA P-256: at most 72 octets of DER; Ed25519: 64

// Errors that a PKCS#11 module leaves in the queue, as libp11 reports them (PKCS #11 v2.40 §2, CKR_*).
constexpr int kCkrPinIncorrect = 0xa0;
constexpr int kCkrPinLocked = 0xa4;

std::shared_ptr<EVP_PKEY> owned(EVP_PKEY* key) {
  return {key, Freed<EVP_PKEY_free>{}};
}

std::shared_ptr<EVP_PKEY> shared_reference(EVP_PKEY* key) {
  if (EVP_PKEY_up_ref(key) != 1) throw_openssl("EVP_PKEY_up_ref");
  return owned(key);
}

template <std::size_t size>
bool begins_with(BytesView bytes, const std::array<std::uint8_t, size>& prefix) {
  return bytes.size() >= size && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// fromdata checks that the point lies on the curve.
EVP_PKEY* decode_p256(BytesView point) {
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  std::string group = "prime256v1";
  Bytes encoded = to_bytes(point);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded.data(), encoded.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
    return nullptr;
  return key;
}

// For keys in memory: cheaper than EVP_DigestSign, which looks up both algorithms anew for each message.
bool sign_digest(EVP_PKEY* key, const Sha256Digest& digest, std::uint8_t* out, std::size_t& size) {
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return context && EVP_PKEY_sign_init(context.get()) == 1 &&
         EVP_PKEY_sign(context.get(), out, &size, digest.data(), digest.size()) == 1;
}

static_assert(crypto_sign_BYTES == kEd25519SignatureSize && crypto_sign_PUBLICKEYBYTES == kEd25519KeySize);
static_assert(crypto_sign_SECRETKEYBYTES == crypto_sign_SEEDBYTES + kEd25519KeySize);

// By libsodium, which gives the same octets in less than half of OpenSSL's time
// (docs/decisions/ed25519-by-libsodium.md). False for a key that does not leave its token.
bool sign_ed25519(EVP_PKEY* key, const PublicKey& public_key, BytesView message, std::uint8_t* out) {
  static const bool kReady = sodium_init() >= 0;
  if (!kReady) throw std::runtime_error("libsodium does not start");
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> seed_and_key;
  std::size_t seed_size = crypto_sign_SEEDBYTES;
  if (EVP_PKEY_get_raw_private_key(key, seed_and_key.data(), &seed_size) != 1) {
    ERR_clear_error();
    return false;
  }
  std::ranges::copy(ed25519_octets(public_key), seed_and_key.begin() + crypto_sign_SEEDBYTES);
  crypto_sign_detached(out, nullptr, message.data(), message.size(), seed_and_key.data());
  wipe(seed_and_key);
  return true;
}

// EVP_DigestSign is what the keys of PKCS#11 tokens (EC_KEY_METHOD) implement.
bool sign_message(EVP_PKEY* key, KeyKind kind, BytesView message, std::uint8_t* out, std::size_t& size) {
  const EvpDigestContext context(EVP_MD_CTX_new());
  const EVP_MD* digest = kind == KeyKind::kP256 ? EVP_sha256() : nullptr;
  return context && EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestSign(context.get(), out, &size, message.data(), message.size()) == 1;
}

Error signing_failure() {
  const unsigned long last = ERR_peek_last_error();
  const bool from_token = ERR_GET_LIB(last) >= ERR_LIB_USER;
  const int reason = ERR_GET_REASON(last);
  const std::string detail = "signing: " + openssl_text();
  if (from_token && reason == kCkrPinIncorrect) return {ErrorCode::kWrongPin, detail};
  if (from_token && reason == kCkrPinLocked) return {ErrorCode::kPinLocked, detail};
  return {ErrorCode::kUnavailable, detail};
}

}  // namespace

Result<PublicKey> PublicKey::from_spki(BytesView der) {
  PublicKey out;
  if (begins_with(der, kP256Prefix) && der.size() == kP256Prefix.size() + kP256CoordinatesSize) {
    out.kind_ = KeyKind::kP256;
    out.key_ = owned(decode_p256(der.subspan(kP256Prefix.size() - 1)));
  } else if (begins_with(der, kEd25519Prefix) && der.size() == kEd25519Prefix.size() + kEd25519KeySize) {
    out.kind_ = KeyKind::kEd25519;
    out.key_ = owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                 der.data() + kEd25519Prefix.size(), kEd25519KeySize));
  } else {
    return fail(ErrorCode::kUnsupported, "public key: neither P-256 (named curve, uncompressed) nor Ed25519");
  }
  if (!out.key_) return openssl_failure(ErrorCode::kMalformed, "public key");
  out.spki_ = std::make_shared<const Bytes>(to_bytes(der));
  return out;
}

Result<PublicKey> PublicKey::from_native(evp_pkey_st* key) {
  std::uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return openssl_failure(ErrorCode::kUnsupported, "public key");
  const Handle<std::uint8_t, [](std::uint8_t* p) { OPENSSL_free(p); }> owner(der);
  return from_spki({der, static_cast<std::size_t>(size)});
}

Result<void> PublicKey::verify(BytesView message, BytesView signature) const {
  bool verified = false;
  if (kind_ == KeyKind::kP256) {
    // Digest and verification apart: EVP_DigestVerify would look up both algorithms anew for each message.
    const Sha256Digest digest = sha256(message);
    const EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    if (!context || EVP_PKEY_verify_init(context.get()) != 1) throw_openssl("EVP_PKEY_verify_init");
    verified =
        EVP_PKEY_verify(context.get(), signature.data(), signature.size(), digest.data(), digest.size()) == 1;
  } else {
    const EvpDigestContext context(EVP_MD_CTX_new());
    if (!context || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1)
      throw_openssl("EVP_DigestVerifyInit");
    verified = EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                message.size()) == 1;
  }
  if (verified) return ok();
  ERR_clear_error();
  return fail(ErrorCode::kSignatureInvalid,
              "signature does not verify under key " + hex_encode(spki_digest()));
}

Sha256Digest PublicKey::spki_digest() const {
  return sha256(*spki_);
}

PrivateKey PrivateKey::generate(KeyKind kind) {
  const auto key =
      owned(kind == KeyKind::kP256 ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key) throw_openssl("key generation");
  Result<PublicKey> public_key = PublicKey::from_native(key.get());
  if (!public_key) throw_openssl("key generation");
  return PrivateKey(key, std::move(public_key).value());
}

Result<PrivateKey> PrivateKey::from_pkcs8(const SecretBytes& der) {
  const BytesView bytes = der.reveal(SecretAccess{});
  const std::uint8_t* cursor = bytes.data();
  const Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(bytes.size())));
  if (!info || cursor != bytes.data() + bytes.size())
    return openssl_failure(ErrorCode::kMalformed, "private key: not PKCS#8");
  const EvpKey key(EVP_PKCS82PKEY(info.get()));
  if (!key) return openssl_failure(ErrorCode::kMalformed, "private key");
  TRY(PrivateKey out, from_native(key.get()));
  const EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (!context || EVP_PKEY_pairwise_check(context.get()) != 1)
    return openssl_failure(ErrorCode::kMalformed, "private key: its public key is another's");
  return out;
}

Result<PrivateKey> PrivateKey::from_native(evp_pkey_st* key) {
  TRY(PublicKey public_key, PublicKey::from_native(key));
  return PrivateKey(shared_reference(key), std::move(public_key));
}

Result<Bytes> PrivateKey::sign(BytesView message) const {
  const bool is_in_memory = EVP_PKEY_get0_provider(key_.get()) != nullptr;
  Bytes signature(kLargestSignature);
  std::size_t size = signature.size();
  bool done = false;
  if (!is_in_memory) {
    done = sign_message(key_.get(), public_key_.kind(), message, signature.data(), size);
  } else if (public_key_.kind() == KeyKind::kP256) {
    done = sign_digest(key_.get(), sha256(message), signature.data(), size);
  } else if (sign_ed25519(key_.get(), public_key_, message, signature.data())) {
    done = true;
    size = kEd25519SignatureSize;
  } else {  // of a provider's token
    done = sign_message(key_.get(), public_key_.kind(), message, signature.data(), size);
  }
  if (!done) return fail(signing_failure());
  signature.resize(size);
  return signature;
}

Result<SecretBytes> PrivateKey::to_pkcs8() const {
  const Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> info(EVP_PKEY2PKCS8(key_.get()));
  if (!info) return openssl_failure(ErrorCode::kUnsupported, "private key does not leave its token");
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), nullptr);
  if (size <= 0) return openssl_failure(ErrorCode::kUnsupported, "private key");
  SecretBytes der = SecretBytes::of_size(static_cast<std::size_t>(size));
  std::uint8_t* cursor = der.writable(SecretAccess{}).data();
  if (i2d_PKCS8_PRIV_KEY_INFO(info.get(), &cursor) != size) throw_openssl("i2d_PKCS8_PRIV_KEY_INFO");
  return der;
}

BytesView p256_point(const PublicKey& key) {
  return BytesView(key.spki()).last(kP256PointSize);
}

Result<PublicKey> p256_key(BytesView point) {
  Bytes spki(kP256Prefix.begin(), kP256Prefix.end() - 1);  // the point has its own 04
  spki.insert(spki.end(), point.begin(), point.end());
  return PublicKey::from_spki(spki);
}

BytesView ed25519_octets(const PublicKey& key) {
  return BytesView(key.spki()).last(kEd25519KeySize);
}

Result<PublicKey> ed25519_key(BytesView octets) {
  if (octets.size() != kEd25519KeySize) return fail(ErrorCode::kMalformed, "public key: not 32 octets");
  Bytes spki(kEd25519Prefix.begin(), kEd25519Prefix.end());
  spki.insert(spki.end(), octets.begin(), octets.end());
  return PublicKey::from_spki(spki);
}

}  // namespace countersign::crypto
