// SPDX-License-Identifier: Apache-2.0
#include <openssl/cms.h>

#include <algorithm>

#include "fuzz/openssl_oracle.h"
#include "x509/cms.h"

namespace {

using namespace countersign;
using fuzz::require;

BytesView view_of(const ASN1_STRING* string) {
  return {ASN1_STRING_get0_data(string), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

X509* signer_of(const x509::UnverifiedCms& cms) {
  const BytesView der = cms.signer_certificate_der();
  const unsigned char* position = der.data();
  return d2i_X509(nullptr, &position, static_cast<long>(der.size()));
}

// The same message, the same content, the same one signer.
void compare(const x509::UnverifiedCms& cms, CMS_ContentInfo* other) {
  STACK_OF(CMS_SignerInfo)* const signers = CMS_get0_SignerInfos(other);
  require(sk_CMS_SignerInfo_num(signers) == 1, "there is one signer");
  ASN1_OCTET_STRING** const content = CMS_get0_content(other);
  require(content != nullptr && *content != nullptr, "the content is attached");
  require(equal(view_of(*content), cms.unverified_content()), "both read the same content");
  X509* const signer = signer_of(cms);
  require(signer != nullptr, "OpenSSL reads the signer's certificate");
  require(CMS_SignerInfo_cert_cmp(sk_CMS_SignerInfo_value(signers, 0), signer) == 0,
          "which the SignerInfo names");
  X509_free(signer);
}

// What we verify, OpenSSL verifies.
void compare_verification(const x509::UnverifiedCms& cms, CMS_ContentInfo* other) {
  const auto certificate = x509::Certificate::from_der(cms.signer_certificate_der());
  if (!certificate || !x509::verify_cms(cms, certificate.value())) return;
  const int verified =
      CMS_verify(other, nullptr, nullptr, nullptr, nullptr, CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY);
  require(verified == 1, "OpenSSL verifies what we verify");
}

// parse does not look into certificates; whoever relies on one reads it with Certificate::from_der.
bool holds_good_certificates(const x509::UnverifiedCms& cms) {
  return std::ranges::all_of(cms.certificates(),
                             [](BytesView der) { return bool{x509::Certificate::from_der(der)}; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView der{data, size};
  const auto cms = x509::UnverifiedCms::parse(der);
  if (!cms || !holds_good_certificates(cms.value())) return 0;
  CMS_ContentInfo* const other =
      fuzz::read_as_openssl<CMS_ContentInfo>(der, d2i_CMS_ContentInfo, i2d_CMS_ContentInfo);
  compare(cms.value(), other);
  compare_verification(cms.value(), other);
  CMS_ContentInfo_free(other);
  return 0;
}
