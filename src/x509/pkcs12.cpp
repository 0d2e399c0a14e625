// SPDX-License-Identifier: Apache-2.0
#include "x509/pkcs12.h"

#include <openssl/pkcs12.h>

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/openssl.h"
#include "crypto/random.h"

namespace countersign::x509 {
namespace {

using crypto::Handle;
using crypto::SecretAccess;
using crypto::SecretBytes;

using Pkcs12Handle = Handle<PKCS12, PKCS12_free>;
using KeyInfoHandle = Handle<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free>;
void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) {
  sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
}
void free_safes(STACK_OF(PKCS7) * safes) {
  sk_PKCS7_pop_free(safes, PKCS7_free);
}
using BagsHandle = Handle<STACK_OF(PKCS12_SAFEBAG), free_bags>;
using SafesHandle = Handle<STACK_OF(PKCS7), free_safes>;

constexpr std::size_t kLargestFile = 64 << 10;
constexpr int kIterations = 100'000;        // the password carries 128 bits of its own
constexpr int kMostIterations = 1'000'000;  // a file must not keep its reader busy
constexpr int kSaltSize = 16;
constexpr int kLongestPassword = 128;

// OpenSSL takes passwords as terminated or counted char; this one lives only as long as the call and is
// wiped.
class PasswordText {
 public:
  explicit PasswordText(const SecretBytes& password) : text_(SecretBytes::of_size(password.size() + 1)) {
    std::ranges::copy(password.reveal(SecretAccess{}), text_.writable(SecretAccess{}).begin());
  }
  const char* data() const { return reinterpret_cast<const char*>(text_.reveal(SecretAccess{}).data()); }
  int size() const { return static_cast<int>(text_.size()) - 1; }

 private:
  SecretBytes text_;
};

void demand(bool succeeded, std::string_view what) {
  if (!succeeded) crypto::throw_openssl(what);
}

// Links a key to its certificate (PKCS #9 localKeyID).
void set_local_key_id(PKCS12_SAFEBAG& bag, const Certificate& certificate) {
  Sha256Digest id = certificate.fingerprint();
  demand(PKCS12_add_localkeyid(&bag, id.data(), static_cast<int>(id.size())) == 1, "PKCS12_add_localkeyid");
}

Result<void> add_key(STACK_OF(PKCS12_SAFEBAG) & bags, const KeyWithCertificate& item,
                     const PasswordText& password, const std::string& friendly_name) {
  TRY(const SecretBytes pkcs8, item.key.to_pkcs8());
  const BytesView der = pkcs8.reveal(SecretAccess{});
  const std::uint8_t* cursor = der.data();
  const KeyInfoHandle info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &cursor, static_cast<long>(der.size())));
  demand(info != nullptr, "d2i_PKCS8_PRIV_KEY_INFO");
  X509_SIG* sealed = PKCS8_encrypt(-1, EVP_aes_256_cbc(), password.data(), password.size(), nullptr,
                                   kSaltSize, kIterations, info.get());
  demand(sealed != nullptr, "PKCS8_encrypt");
  PKCS12_SAFEBAG* bag = PKCS12_SAFEBAG_create0_pkcs8(sealed);
  demand(bag && sk_PKCS12_SAFEBAG_push(&bags, bag) > 0, "PKCS12_SAFEBAG_create0_pkcs8");
  set_local_key_id(*bag, item.certificate);
  demand(PKCS12_add_friendlyname_utf8(bag, friendly_name.c_str(), -1) == 1, "PKCS12_add_friendlyname_utf8");
  return ok();
}

PKCS12_SAFEBAG& add_certificate(STACK_OF(PKCS12_SAFEBAG) & bags, const Certificate& certificate) {
  PKCS12_SAFEBAG* bag = PKCS12_SAFEBAG_create_cert(certificate.native());
  demand(bag && sk_PKCS12_SAFEBAG_push(&bags, bag) > 0, "PKCS12_SAFEBAG_create_cert");
  return *bag;
}

BagsHandle new_bags() {
  BagsHandle bags(sk_PKCS12_SAFEBAG_new_null());
  demand(bags != nullptr, "sk_PKCS12_SAFEBAG_new_null");
  return bags;
}

Result<Bytes> to_der(const PKCS12& file) {
  std::uint8_t* der = nullptr;
  const int size = i2d_PKCS12(&file, &der);
  if (size <= 0) return crypto::openssl_failure(ErrorCode::kInternal, "i2d_PKCS12");
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

// The MAC is the only thing looked at before it verified: its digest and its rounds.
Result<void> verify_mac(PKCS12& file, const PasswordText& password) {
  const ASN1_INTEGER* iterations = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  PKCS12_get0_mac(nullptr, &algorithm, nullptr, &iterations, &file);
  if (algorithm == nullptr) return fail(ErrorCode::kUnsupported, "key file: has no MAC");
  if (iterations != nullptr &&
      (ASN1_INTEGER_get(iterations) < 1 || ASN1_INTEGER_get(iterations) > kMostIterations))
    return fail(ErrorCode::kUnsupported, "key file: unreasonable number of rounds");
  const ASN1_OBJECT* digest = nullptr;
  X509_ALGOR_get0(&digest, nullptr, nullptr, algorithm);
  if (OBJ_obj2nid(digest) != NID_sha256)
    return fail(ErrorCode::kUnsupported, "key file: MAC is not HMAC-SHA256");
  if (PKCS12_verify_mac(&file, password.data(), password.size()) != 1)
    return fail(ErrorCode::kWrongPassword, "key file: the MAC does not verify under this password");
  return ok();
}

// PBES2 with AES-256-CBC and PBKDF2 with HMAC-SHA256, nothing weaker (RFC 8018 §6.2).
bool is_strong_encryption(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* scheme = nullptr;
  int type = 0;
  const void* parameters = nullptr;
  X509_ALGOR_get0(&scheme, &type, &parameters, algorithm);
  if (OBJ_obj2nid(scheme) != NID_pbes2 || type != V_ASN1_SEQUENCE) return false;
  const auto* sequence = static_cast<const ASN1_STRING*>(parameters);
  const std::uint8_t* cursor = ASN1_STRING_get0_data(sequence);
  const Handle<PBE2PARAM, PBE2PARAM_free> pbes2(
      d2i_PBE2PARAM(nullptr, &cursor, ASN1_STRING_length(sequence)));
  if (!pbes2 || OBJ_obj2nid(pbes2->encryption->algorithm) != NID_aes_256_cbc) return false;
  const Handle<PBKDF2PARAM, PBKDF2PARAM_free> rounds(static_cast<PBKDF2PARAM*>(
      ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), pbes2->keyfunc->parameter)));
  // An absent pseudorandom function means HMAC with SHA-1.
  return rounds && rounds->prf && OBJ_obj2nid(rounds->prf->algorithm) == NID_hmacWithSHA256 &&
         ASN1_INTEGER_get(rounds->iter) > 0 && ASN1_INTEGER_get(rounds->iter) <= kMostIterations;
}

struct Contents {
  std::vector<crypto::PrivateKey> keys;
  std::vector<Certificate> certificates;
};

Result<void> take_key(const PKCS12_SAFEBAG& bag, const PasswordText& password, Contents& contents) {
  const X509_SIG* sealed = PKCS12_SAFEBAG_get0_pkcs8(&bag);
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(sealed, &algorithm, nullptr);
  if (!is_strong_encryption(algorithm))
    return fail(ErrorCode::kUnsupported, "key file: key is weakly encrypted");
  const KeyInfoHandle info(PKCS8_decrypt(sealed, password.data(), password.size()));
  if (!info) return crypto::openssl_failure(ErrorCode::kMalformed, "key file: key does not open");
  const crypto::EvpKey key(EVP_PKCS82PKEY(info.get()));
  if (!key) return crypto::openssl_failure(ErrorCode::kMalformed, "key file: key is not readable");
  TRY(crypto::PrivateKey parsed, crypto::PrivateKey::from_native(key.get()));
  contents.keys.push_back(std::move(parsed));
  return ok();
}

Result<void> take_certificate(const PKCS12_SAFEBAG& bag, Contents& contents) {
  const crypto::X509Handle x509(PKCS12_SAFEBAG_get1_cert(&bag));
  std::uint8_t* der = nullptr;
  const int size = x509 ? i2d_X509(x509.get(), &der) : -1;
  if (size <= 0)
    return crypto::openssl_failure(ErrorCode::kMalformed, "key file: certificate is not readable");
  const Bytes bytes(der, der + size);
  OPENSSL_free(der);
  TRY(Certificate certificate, Certificate::from_der(bytes));
  contents.certificates.push_back(std::move(certificate));
  return ok();
}

Result<void> take_bags(const STACK_OF(PKCS12_SAFEBAG) & bags, const PasswordText& password,
                       Contents& contents) {
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(&bags); ++i) {
    const PKCS12_SAFEBAG* bag = sk_PKCS12_SAFEBAG_value(&bags, i);
    const int kind = PKCS12_SAFEBAG_get_nid(bag);
    if (kind == NID_pkcs8ShroudedKeyBag) {
      TRY(take_key(*bag, password, contents));
    } else if (kind == NID_certBag) {
      TRY(take_certificate(*bag, contents));
    } else {
      return fail(ErrorCode::kUnsupported, "key file: holds something else than keys and certificates");
    }
  }
  return ok();
}

Result<Contents> take_contents(const PKCS12& file, const PasswordText& password) {
  const SafesHandle safes(PKCS12_unpack_authsafes(&file));
  if (!safes) return crypto::openssl_failure(ErrorCode::kMalformed, "key file: contents are not readable");
  Contents contents;
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    PKCS7* safe = sk_PKCS7_value(safes.get(), i);
    const bool encrypted = PKCS7_type_is_encrypted(safe) != 0;
    if (encrypted && !is_strong_encryption(safe->d.encrypted->enc_data->algorithm))
      return fail(ErrorCode::kUnsupported, "key file: certificates are weakly encrypted");
    const BagsHandle bags(encrypted ? PKCS12_unpack_p7encdata(safe, password.data(), password.size())
                                    : PKCS12_unpack_p7data(safe));
    if (!bags) return crypto::openssl_failure(ErrorCode::kMalformed, "key file: a part does not open");
    TRY(take_bags(*bags, password, contents));
  }
  return contents;
}

// Every key goes with the certificate of the same public key; what is left over are the authorities.
Result<KeyFile> pair_up(Contents contents) {
  KeyFile file;
  for (crypto::PrivateKey& key : contents.keys) {
    const auto found = std::ranges::find_if(contents.certificates, [&](const Certificate& certificate) {
      return certificate.public_key() == key.public_key();
    });
    if (found == contents.certificates.end())
      return fail(ErrorCode::kUnsupported, "key file: a key has no certificate with it");
    file.keys.push_back({std::move(key), *found});
    contents.certificates.erase(found);
  }
  file.authorities = std::move(contents.certificates);
  return file;
}

}  // namespace

Result<Bytes> make_pkcs12(const KeyFile& file, const SecretBytes& password, std::string_view friendly_name) {
  if (password.empty() || password.size() > kLongestPassword)
    return fail(ErrorCode::kInternal, "key file: password is empty or too long");
  const PasswordText text(password);
  const BagsHandle keys = new_bags();
  const BagsHandle certificates = new_bags();
  for (const KeyWithCertificate& item : file.keys) {
    TRY(add_key(*keys, item, text, std::string(friendly_name)));
    set_local_key_id(add_certificate(*certificates, item.certificate), item.certificate);
  }
  for (const Certificate& authority : file.authorities) add_certificate(*certificates, authority);

  const SafesHandle safes(sk_PKCS7_new_null());
  PKCS7* plain = PKCS12_pack_p7data(keys.get());  // the keys in it are encrypted one by one
  demand(safes && plain && sk_PKCS7_push(safes.get(), plain) > 0, "PKCS12_pack_p7data");
  Bytes salt = crypto::random_bytes(kSaltSize);
  PKCS7* encrypted = PKCS12_pack_p7encdata(NID_aes_256_cbc, text.data(), text.size(), salt.data(), kSaltSize,
                                           kIterations, certificates.get());
  demand(encrypted && sk_PKCS7_push(safes.get(), encrypted) > 0, "PKCS12_pack_p7encdata");
  const Pkcs12Handle result(PKCS12_init(NID_pkcs7_data));
  demand(result && PKCS12_pack_authsafes(result.get(), safes.get()) == 1, "PKCS12_pack_authsafes");
  demand(PKCS12_set_mac(result.get(), text.data(), text.size(), nullptr, kSaltSize, kIterations,
                        EVP_sha256()) == 1,
         "PKCS12_set_mac");
  return to_der(*result);
}

Result<KeyFile> open_pkcs12(BytesView der, const SecretBytes& password) {
  if (der.size() > kLargestFile) return fail(ErrorCode::kTooLarge, "key file: over 64 KiB");
  const std::uint8_t* cursor = der.data();
  const Pkcs12Handle file(d2i_PKCS12(nullptr, &cursor, static_cast<long>(der.size())));
  if (!file) return crypto::openssl_failure(ErrorCode::kMalformed, "key file: not a PKCS #12 file");
  if (cursor != der.data() + der.size()) return fail(ErrorCode::kMalformed, "key file: bytes after its end");
  const PasswordText text(password);
  TRY(verify_mac(*file, text));
  TRY(Contents contents, take_contents(*file, text));
  return pair_up(std::move(contents));
}

}  // namespace countersign::x509
