// SPDX-License-Identifier: Apache-2.0
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "crypto/keys.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace countersign::crypto {
namespace {

constexpr int kRounds = 600'000;
constexpr int kSaltSize = 16;

using Pkcs8 = Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
using EncryptedKey = Handle<X509_SIG, X509_SIG_free>;
using Algorithm = Handle<X509_ALGOR, X509_ALGOR_free>;

const char* characters(const SecretBytes& passphrase) {
  return as_text(passphrase.reveal(SecretAccess{})).data();
}

bool is_pbes2(const X509_SIG& encrypted) {
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(&encrypted, &algorithm, nullptr);
  const ASN1_OBJECT* oid = nullptr;
  X509_ALGOR_get0(&oid, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(oid) == NID_pbes2;
}

}  // namespace

Result<std::string> encrypt_private_key(const PrivateKey& key, const SecretBytes& passphrase) {
  if (passphrase.empty()) return fail(ErrorCode::kMalformed, "passphrase: empty");
  const Pkcs8 info(EVP_PKEY2PKCS8(key.native()));
  if (!info) return openssl_failure(ErrorCode::kUnsupported, "private key does not leave its token");
  Bytes salt = random_bytes(kSaltSize);
  Algorithm algorithm(
      PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), kRounds, salt.data(), kSaltSize, nullptr, NID_hmacWithSHA256));
  if (!algorithm) throw_openssl("PBES2");
  const EncryptedKey encrypted(PKCS8_set0_pbe(characters(passphrase), static_cast<int>(passphrase.size()),
                                              info.get(), algorithm.get()));
  if (!encrypted) throw_openssl("PBES2");
  (void)algorithm.release();  // now owned by `encrypted`
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_PKCS8(out.get(), encrypted.get()) != 1) throw_openssl("PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

Result<PrivateKey> decrypt_private_key(std::string_view pem, const SecretBytes& passphrase) {
  const BioHandle in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const EncryptedKey encrypted(in ? PEM_read_bio_PKCS8(in.get(), nullptr, nullptr, nullptr) : nullptr);
  if (!encrypted) return openssl_failure(ErrorCode::kMalformed, "private key file: no ENCRYPTED PRIVATE KEY");
  if (!is_pbes2(*encrypted)) return fail(ErrorCode::kUnsupported, "private key file: not encrypted by PBES2");
  const Pkcs8 info(
      PKCS8_decrypt(encrypted.get(), characters(passphrase), static_cast<int>(passphrase.size())));
  const EvpKey key(info ? EVP_PKCS82PKEY(info.get()) : nullptr);
  if (!key) return openssl_failure(ErrorCode::kWrongPassword, "private key file does not open");
  return PrivateKey::from_native(key.get());
}

}  // namespace countersign::crypto
