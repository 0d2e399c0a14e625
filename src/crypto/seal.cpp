// SPDX-License-Identifier: Apache-2.0
#include "crypto/seal.h"

#include <algorithm>
#include <stdexcept>

#include "crypto/openssl.h"
#include "crypto/random.h"

namespace countersign::crypto {
namespace {

constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

enum class Direction { kOpen = 0, kSeal = 1 };

// A context that has taken key, nonce and the data that is authenticated only.
EvpCipherContext begin(Direction direction, const SecretBytes& key, BytesView nonce,
                       std::string_view context) {
  EvpCipherContext cipher(EVP_CIPHER_CTX_new());
  int written = 0;
  const bool done = cipher &&
                    EVP_CipherInit_ex2(cipher.get(), EVP_aes_256_gcm(), key.reveal(SecretAccess{}).data(),
                                       nonce.data(), static_cast<int>(direction), nullptr) == 1 &&
                    EVP_CipherUpdate(cipher.get(), nullptr, &written, as_bytes(context).data(),
                                     static_cast<int>(context.size())) == 1;
  if (!done) throw_openssl("AES-256-GCM");
  return cipher;
}

}  // namespace

Bytes seal(const SecretBytes& key, BytesView plaintext, std::string_view context) {
  if (key.size() != kSealKeySize) throw std::invalid_argument("seal: key of the wrong size");
  Bytes sealed = random_bytes(kNonceSize);
  sealed.resize(kNonceSize + plaintext.size() + kTagSize);
  const EvpCipherContext cipher = begin(Direction::kSeal, key, BytesView(sealed).first(kNonceSize), context);
  std::uint8_t* const ciphertext = sealed.data() + kNonceSize;
  int written = 0;
  int last = 0;
  if (EVP_CipherUpdate(cipher.get(), ciphertext, &written, plaintext.data(),
                       static_cast<int>(plaintext.size())) != 1 ||
      EVP_CipherFinal_ex(cipher.get(), ciphertext + written, &last) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, ciphertext + plaintext.size()) != 1)
    throw_openssl("AES-256-GCM");
  return sealed;
}

Result<SecretBytes> open_sealed(const SecretBytes& key, BytesView sealed, std::string_view context) {
  if (key.size() != kSealKeySize || sealed.size() < kNonceSize + kTagSize)
    return fail(ErrorCode::kMalformed, "sealed value: wrong size");
  const EvpCipherContext cipher = begin(Direction::kOpen, key, sealed.first(kNonceSize), context);
  const BytesView ciphertext = sealed.subspan(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  Bytes tag = to_bytes(sealed.last(kTagSize));
  SecretBytes plaintext = SecretBytes::of_size(ciphertext.size());
  std::uint8_t none = 0;
  std::uint8_t* const out = ciphertext.empty() ? &none : plaintext.writable(SecretAccess{}).data();
  int written = 0;
  int last = 0;
  if (EVP_CipherUpdate(cipher.get(), out, &written, ciphertext.data(), static_cast<int>(ciphertext.size())) !=
          1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) != 1 ||
      EVP_CipherFinal_ex(cipher.get(), out + written, &last) != 1)
    return fail(ErrorCode::kMalformed, "sealed value: not sealed with this key for this purpose");
  return plaintext;
}

}  // namespace countersign::crypto
