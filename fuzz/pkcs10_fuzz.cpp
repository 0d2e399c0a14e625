// SPDX-License-Identifier: Apache-2.0
#include "fuzz/openssl_oracle.h"
#include "x509/pkcs10.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace countersign;
  using fuzz::require;
  const BytesView der{data, size};
  const auto request = x509::verify_pkcs10(der);
  if (!request) return 0;
  X509_REQ* const other = fuzz::read_as_openssl<X509_REQ>(der, d2i_X509_REQ, i2d_X509_REQ);
  require(X509_REQ_verify(other, X509_REQ_get0_pubkey(other)) == 1, "OpenSSL finds possession proven too");
  require(fuzz::same_name(X509_REQ_get_subject_name(other), request.value().subject.der()),
          "for the same subject");
  X509_REQ_free(other);
  return 0;
}
