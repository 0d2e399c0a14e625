// SPDX-License-Identifier: Apache-2.0
#include "fuzz/openssl_oracle.h"
#include "x509/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace countersign;
  using fuzz::require;
  const BytesView der{data, size};
  const auto certificate = x509::Certificate::from_der(der);
  if (!certificate) return 0;
  X509* const other = fuzz::read_as_openssl<X509>(der, d2i_X509, i2d_X509);
  const x509::Name& subject = certificate.value().subject();
  require(fuzz::same_name(X509_get_subject_name(other), subject.der()), "both read the same subject");
  require(fuzz::same_name(X509_get_issuer_name(other), certificate.value().issuer().der()),
          "and the same issuer");
  const bool ca = (X509_get_extension_flags(other) & EXFLAG_CA) != 0;
  require(ca == certificate.value().is_ca(), "both say whether it is a CA");
  X509_free(other);
  const auto again = x509::Name::from_text(subject.text());
  require(again && again.value() == subject, "the text of a name is that name");
  return 0;
}
