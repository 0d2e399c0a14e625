// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"
#include "x509/ocsp.h"
#include "x509/ocsp_form.h"
#include "x509/signed_structure.h"

namespace countersign::x509 {
namespace {

using der::Tag;

// CertStatus (RFC 6960 §4.2.1); an unspecified reason is left out (RFC 5280 §5.3.1).
Bytes encode_status(const CertificateStatus& status) {
  switch (status.kind) {
    case StatusKind::kGood:
      return der::wrap(der::context(0), BytesView());
    case StatusKind::kUnknown:
      return der::wrap(der::context(2), BytesView());
    case StatusKind::kRevoked:
      break;
  }
  Bytes reason;
  if (status.reason != RevocationReason::kUnspecified) {
    const auto number = static_cast<std::uint8_t>(status.reason);
    reason = der::wrap(der::context_constructed(0), der::wrap(Tag::kEnumerated, BytesView(&number, 1)));
  }
  return der::wrap(der::context_constructed(1), {der::generalized_time(status.revoked_at), reason});
}

Bytes encode_answer(const OcspAnswer& answer) {
  const Bytes next = der::wrap(der::context_constructed(0), der::generalized_time(answer.next_update));
  return der::sequence(
      {answer.cert_id, encode_status(answer.status), der::generalized_time(answer.this_update), next});
}

}  // namespace

Result<Bytes> sign_ocsp_response(const Issuer& responder, std::span<const OcspAnswer> answers,
                                 BytesView nonce, TimePoint produced_at) {
  TRY(const BytesView key_bits, ocsp_form::public_key_bits(responder.certificate.public_key()));
  const Bytes responder_id =
      der::wrap(der::context_constructed(2), der::wrap(Tag::kOctetString, crypto::sha1(key_bits)));
  Bytes responses;
  for (const OcspAnswer& answer : answers) responses = der::concatenate({responses, encode_answer(answer)});
  Bytes extensions;
  if (!nonce.empty()) extensions = der::wrap(der::context_constructed(1), ocsp_form::encode_nonce(nonce));
  const Bytes data = der::sequence(
      {responder_id, der::generalized_time(produced_at), der::sequence({responses}), extensions});
  TRY(const Bytes signature, responder.key.sign(data));
  const Bytes certificates =
      der::wrap(der::context_constructed(0), der::sequence({responder.certificate.der()}));
  const Bytes basic = der::sequence({data, ecdsa_with_sha256(), der::bit_string(signature), certificates});
  const Bytes typed = der::sequence({ocsp_form::kBasicResponseOid, der::wrap(Tag::kOctetString, basic)});
  static constexpr std::uint8_t kSuccessful[] = {0};
  return der::sequence(
      {der::wrap(Tag::kEnumerated, kSuccessful), der::wrap(der::context_constructed(0), typed)});
}

Bytes ocsp_error_response(int status) {
  const auto number = static_cast<std::uint8_t>(status);
  return der::sequence({der::wrap(Tag::kEnumerated, BytesView(&number, 1))});
}

}  // namespace countersign::x509
