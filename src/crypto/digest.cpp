// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>

#include "crypto/openssl.h"

namespace countersign::crypto {
namespace {

using EvpDigest = Handle<EVP_MD, EVP_MD_free>;
using EvpKdf = Handle<EVP_KDF, EVP_KDF_free>;
using EvpKdfContext = Handle<EVP_KDF_CTX, EVP_KDF_CTX_free>;

EvpDigest fetch(const char* name) {
  EvpDigest digest(EVP_MD_fetch(nullptr, name, nullptr));
  if (!digest) throw_openssl(name);
  return digest;
}

// Looking an algorithm up by name costs more than digesting a short message, so each is fetched once, and
// each thread keeps one context.
template <std::size_t size>
std::array<std::uint8_t, size> digest_of(const EVP_MD* algorithm, std::initializer_list<BytesView> parts) {
  thread_local const EvpDigestContext context(EVP_MD_CTX_new());
  std::array<std::uint8_t, size> out{};
  bool done = context && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1;
  for (const BytesView part : parts)
    done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  if (!done || EVP_DigestFinal_ex(context.get(), out.data(), nullptr) != 1) throw_openssl("digest");
  return out;
}

}  // namespace

Sha256Digest sha256_of(std::initializer_list<BytesView> parts) {
  static const EvpDigest algorithm = fetch("SHA2-256");
  return digest_of<32>(algorithm.get(), parts);
}

Sha256Digest sha256(BytesView bytes) {
  return sha256_of({bytes});
}

Sha1Digest sha1(BytesView bytes) {
  static const EvpDigest algorithm = fetch("SHA1");
  return digest_of<20>(algorithm.get(), {bytes});
}

std::string_view hash_name(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return "sha-256";
    case HashAlgorithm::kSha384:
      return "sha-384";
    case HashAlgorithm::kSha512:
      return "sha-512";
  }
  return "sha-256";
}

std::optional<HashAlgorithm> hash_of_name(std::string_view name) {
  for (const auto algorithm : {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512})
    if (hash_name(algorithm) == name) return algorithm;
  return std::nullopt;
}

std::size_t hash_size(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return 32;
    case HashAlgorithm::kSha384:
      return 48;
    case HashAlgorithm::kSha512:
      return 64;
  }
  return 32;
}

Bytes hash(HashAlgorithm algorithm, BytesView bytes) {
  static const EvpDigest sha384 = fetch("SHA2-384");
  static const EvpDigest sha512 = fetch("SHA2-512");
  if (algorithm == HashAlgorithm::kSha384) return to_bytes(digest_of<48>(sha384.get(), {bytes}));
  if (algorithm == HashAlgorithm::kSha512) return to_bytes(digest_of<64>(sha512.get(), {bytes}));
  return to_bytes(sha256(bytes));
}

Sha256Digest hmac_sha256(const SecretBytes& key, BytesView message) {
  const BytesView bytes = key.reveal(SecretAccess{});
  const std::uint8_t none = 0;  // HMAC() takes a null key for "the key of last time"
  Sha256Digest out{};
  if (HMAC(EVP_sha256(), bytes.empty() ? &none : bytes.data(), static_cast<int>(bytes.size()), message.data(),
           message.size(), out.data(), nullptr) == nullptr)
    throw_openssl("HMAC");
  return out;
}

SecretBytes derive_key(const SecretBytes& key, std::string_view purpose, std::size_t size) {
  return derive_key(key, {}, purpose, size);
}

SecretBytes derive_key(const SecretBytes& key, BytesView salt, std::string_view purpose, std::size_t size) {
  static const EvpKdf algorithm(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const EvpKdfContext context(algorithm ? EVP_KDF_CTX_new(algorithm.get()) : nullptr);
  SecretBytes ikm = key.clone();
  Bytes info = to_bytes(purpose);
  // HMAC fills its key up with zeros: one zero is the empty salt, which OpenSSL does not take as a parameter.
  Bytes salt_bytes = salt.empty() ? Bytes(1) : to_bytes(salt);
  std::string digest = "SHA2-256";
  const std::span<std::uint8_t> ikm_bytes = ikm.writable(SecretAccess{});
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, ikm_bytes.data(), ikm_bytes.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt_bytes.data(), salt_bytes.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  SecretBytes out = SecretBytes::of_size(size);
  if (!context || EVP_KDF_derive(context.get(), out.writable(SecretAccess{}).data(), size, parameters) != 1)
    throw_openssl("HKDF");
  return out;
}

}  // namespace countersign::crypto
