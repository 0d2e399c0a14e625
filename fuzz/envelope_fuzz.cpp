// SPDX-License-Identifier: Apache-2.0
#include <openssl/cms.h>

#include "fuzz/envelope_keys.h"
#include "fuzz/openssl_oracle.h"
#include "storage/file.h"

namespace {

using namespace countersign;
using fuzz::require;

const x509::Certificate& recipient() {
  static const x509::Certificate certificate =
      x509::Certificate::from_der(
          storage::read_file(COUNTERSIGN_FUZZ_FOLDER "/envelope_recipient.der", 8192).value())
          .value();
  return certificate;
}

// The same message opens for OpenSSL with the same content.
void compare(BytesView der, const crypto::SecretBytes& content, EVP_PKEY* key, X509* certificate) {
  CMS_ContentInfo* const other =
      fuzz::read_as_openssl<CMS_ContentInfo>(der, d2i_CMS_ContentInfo, i2d_CMS_ContentInfo);
  if (key == nullptr) {
    const x509::SharedKey shared = fuzz::shared_key();
    const BytesView secret = shared.key.reveal(crypto::SecretAccess{});
    Bytes identifier = shared.identifier;
    require(CMS_decrypt_set1_key(other, const_cast<unsigned char*>(secret.data()), secret.size(),
                                 identifier.data(), identifier.size()) == 1,
            "OpenSSL opens the key that we open");
  }
  BIO* const out = BIO_new(BIO_s_mem());
  require(CMS_decrypt(other, key, certificate, nullptr, out, CMS_BINARY) == 1, "OpenSSL opens what we open");
  char* opened = nullptr;
  const long size = BIO_get_mem_data(out, &opened);
  require(equal({reinterpret_cast<const std::uint8_t*>(opened), static_cast<std::size_t>(size)},
                content.reveal(crypto::SecretAccess{})),
          "both find the same content");
  BIO_free(out);
  CMS_ContentInfo_free(other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::PrivateKey key = fuzz::recipient_key();
  static const x509::KeyAgreement agree = x509::agreement_by(key);
  const BytesView der{data, size};
  if (const auto content = x509::open_sealed_to(recipient(), agree, der))
    compare(der, content.value(), key.native(), recipient().native());
  if (const auto content = x509::open_sealed_under(fuzz::shared_key(), der))
    compare(der, content.value(), nullptr, nullptr);
  return 0;
}
