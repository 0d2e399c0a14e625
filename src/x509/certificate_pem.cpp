// SPDX-License-Identifier: Apache-2.0
// PEM of certificates (RFC 7468 §5): lines of 64 characters, nothing else between the markers.
#include <algorithm>

#include "x509/certificate.h"

namespace countersign::x509 {
namespace {

constexpr std::string_view kAnyBegin = "-----BEGIN ";
constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
constexpr std::size_t kLineLength = 64;
constexpr std::size_t kMostCertificates = 256;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "PEM: " + std::string(what));
}

Result<Bytes> decode_block(std::string_view block) {
  std::string text(block);
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return base64_decode(text);
}

}  // namespace

std::string Certificate::pem() const {
  const std::string text = base64_encode(der());
  std::string out = std::string(kBegin) + '\n';
  for (std::size_t i = 0; i < text.size(); i += kLineLength) out += text.substr(i, kLineLength) + '\n';
  return out + std::string(kEnd) + '\n';
}

Result<std::vector<Certificate>> certificates_from_pem(std::string_view pem) {
  std::vector<Certificate> out;
  for (std::size_t begin = pem.find(kAnyBegin); begin != std::string_view::npos;
       begin = pem.find(kAnyBegin)) {
    pem.remove_prefix(begin);
    if (!pem.starts_with(kBegin)) return malformed("block that is not a certificate");
    const std::size_t end = pem.find(kEnd);
    if (end == std::string_view::npos) return malformed("no end of certificate");
    if (out.size() == kMostCertificates) return fail(ErrorCode::kTooLarge, "PEM: over 256 certificates");
    TRY(const Bytes der, decode_block(pem.substr(kBegin.size(), end - kBegin.size())));
    TRY(Certificate certificate, Certificate::from_der(der));
    out.push_back(std::move(certificate));
    pem.remove_prefix(end + kEnd.size());
  }
  if (out.empty()) return malformed("no certificate");
  return out;
}

Result<Certificate> Certificate::from_pem(std::string_view pem) {
  TRY(const std::vector<Certificate> found, certificates_from_pem(pem));
  if (found.size() != 1) return malformed("more than one certificate");
  return found.front();
}

}  // namespace countersign::x509
