// SPDX-License-Identifier: Apache-2.0
#include <openssl/ocsp.h>

#include "fuzz/openssl_oracle.h"
#include "storage/file.h"
#include "x509/ocsp.h"

namespace {

using namespace countersign;
using fuzz::require;

const x509::Certificate& authority() {
  static const x509::Certificate certificate =
      x509::Certificate::from_der(
          storage::read_file(COUNTERSIGN_FUZZ_FOLDER "/ocsp_request_ca.der", 8192).value())
          .value();
  return certificate;
}

// Whether the CertID names our CA, by whichever hash it uses.
bool names_authority(OCSP_CERTID* id) {
  ASN1_OBJECT* algorithm = nullptr;
  OCSP_id_get0_info(nullptr, &algorithm, nullptr, nullptr, id);
  const EVP_MD* digest = EVP_get_digestbyobj(algorithm);
  if (digest == nullptr) return false;
  OCSP_CERTID* ours = OCSP_cert_to_id(digest, nullptr, authority().native());
  const bool same = ours != nullptr && OCSP_id_issuer_cmp(id, ours) == 0;
  OCSP_CERTID_free(ours);
  return same;
}

void compare(const x509::OcspQuestion& question, OCSP_CERTID* id) {
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial, id);
  const BytesView theirs{ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))};
  require(equal(question.serial.bytes(), theirs), "both read the same serial");
  require(ASN1_STRING_type(serial) == V_ASN1_INTEGER, "which is positive");
  require(question.issuer_matches == names_authority(id), "both say whether the CA is meant");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView der{data, size};
  const auto request = x509::parse_ocsp_request(der, authority());
  if (!request) return 0;
  OCSP_REQUEST* const other = fuzz::read_as_openssl<OCSP_REQUEST>(der, d2i_OCSP_REQUEST, i2d_OCSP_REQUEST);
  const auto& questions = request.value().questions;
  require(!questions.empty() && questions.size() <= 16, "questions are counted");
  require(OCSP_request_onereq_count(other) == static_cast<int>(questions.size()), "both count the same");
  for (std::size_t i = 0; i < questions.size(); ++i)
    compare(questions[i], OCSP_onereq_get0_id(OCSP_request_onereq_get0(other, static_cast<int>(i))));
  const bool nonce = OCSP_REQUEST_get_ext_by_NID(other, NID_id_pkix_OCSP_Nonce, -1) >= 0;
  require(nonce == !request.value().nonce.empty() && request.value().nonce.size() <= 32,
          "both see a nonce or none");
  OCSP_REQUEST_free(other);
  return 0;
}
