// SPDX-License-Identifier: Apache-2.0
#include "wallet/issued_answer.h"

#include "documents/json.h"

namespace countersign::wallet {

Result<IssuedCertificates> parse_issued(BytesView json) {
  constexpr std::size_t kMaxSealed = 32 << 10;
  IssuedCertificates issued;
  TRY(auto answer, documents::ObjectReader::parse(json, "issued", {.line_feeds = true}));
  TRY(const auto certificates, answer.texts("certificates", 2, 16 << 10));
  if (answer.has("sealedAgreement")) {
    TRY(issued.sealed_agreement, answer.base64("sealedAgreement", kMaxSealed));
  }
  TRY(const auto chain, answer.texts("chain", 4, 16 << 10));
  TRY(auto enrolment, answer.optional_text("id", 64));
  issued.enrolment = std::move(enrolment).value_or("");
  for (const auto& pem : certificates) {
    TRY(auto certificate, x509::Certificate::from_pem(pem));
    issued.certificates.push_back(std::move(certificate));
  }
  for (const auto& pem : chain) {
    TRY(auto certificate, x509::Certificate::from_pem(pem));
    issued.authorities.push_back(std::move(certificate));
  }
  return issued;
}

}  // namespace countersign::wallet
