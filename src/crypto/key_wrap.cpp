// SPDX-License-Identifier: Apache-2.0
#include "crypto/key_wrap.h"

#include <openssl/err.h>

#include <stdexcept>

#include "crypto/openssl.h"

namespace countersign::crypto {
namespace {

enum class Direction { kUnwrap = 0, kWrap = 1 };

// OpenSSL hands out key wrap by EVP only with a flag that says that one meant it.
EvpCipherContext begin(Direction direction, const SecretBytes& wrapping) {
  if (wrapping.size() != kWrapKeySize) throw std::invalid_argument("key wrap: key of the wrong size");
  EvpCipherContext cipher(EVP_CIPHER_CTX_new());
  if (!cipher) throw_openssl("EVP_CIPHER_CTX_new");
  EVP_CIPHER_CTX_set_flags(cipher.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  if (EVP_CipherInit_ex2(cipher.get(), EVP_aes_256_wrap(), wrapping.reveal(SecretAccess{}).data(), nullptr,
                         static_cast<int>(direction), nullptr) != 1)
    throw_openssl("AES-256 key wrap");
  return cipher;
}

}  // namespace

Bytes wrap_key(const SecretBytes& wrapping, const SecretBytes& key) {
  if (key.size() != kWrapKeySize) throw std::invalid_argument("key wrap: key of the wrong size");
  const EvpCipherContext cipher = begin(Direction::kWrap, wrapping);
  Bytes wrapped(kWrappedKeySize);
  int written = 0;
  if (EVP_CipherUpdate(cipher.get(), wrapped.data(), &written, key.reveal(SecretAccess{}).data(),
                       static_cast<int>(key.size())) != 1 ||
      written != static_cast<int>(kWrappedKeySize))
    throw_openssl("AES-256 key wrap");
  return wrapped;
}

Result<SecretBytes> unwrap_key(const SecretBytes& wrapping, BytesView wrapped) {
  if (wrapped.size() != kWrappedKeySize) return fail(ErrorCode::kMalformed, "wrapped key: wrong size");
  const EvpCipherContext cipher = begin(Direction::kUnwrap, wrapping);
  SecretBytes key = SecretBytes::of_size(kWrappedKeySize);  // OpenSSL uses the octets behind the key as well
  int written = 0;
  const bool done = EVP_CipherUpdate(cipher.get(), key.writable(SecretAccess{}).data(), &written,
                                     wrapped.data(), static_cast<int>(wrapped.size())) == 1;
  if (!done || written != static_cast<int>(kWrapKeySize)) {
    ERR_clear_error();
    return fail(ErrorCode::kMalformed, "wrapped key: not wrapped under this key");
  }
  return SecretBytes::copy_of(key.reveal(SecretAccess{}).first(kWrapKeySize));
}

}  // namespace countersign::crypto
