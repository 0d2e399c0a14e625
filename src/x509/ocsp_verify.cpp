// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include "crypto/digest.h"
#include "x509/ocsp.h"
#include "x509/ocsp_form.h"
#include "x509/signed_structure.h"

namespace countersign::x509 {
namespace {

using der::Reader;
using der::Tag;

constexpr std::size_t kLargestResponse = 64 << 10;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "ocsp: " + std::string(what));
}

// BasicOCSPResponse (RFC 6960 §4.2.1), as views.
struct BasicResponse {
  BytesView data;
  BytesView signature;
  BytesView certificate;  // the first one included
};

// OCSPResponseStatus other than successful.
auto refused_by_responder(std::int64_t status) {
  const std::string detail = "ocsp: the responder answered status " + std::to_string(status);
  constexpr std::int64_t kMalformedRequest = 1;
  constexpr std::int64_t kUnauthorized = 6;
  if (status == kUnauthorized) return fail(ErrorCode::kCertificateUnknown, detail);
  return fail(status == kMalformedRequest ? ErrorCode::kMalformed : ErrorCode::kUnavailable, detail);
}

Result<Reader> open_response(BytesView der) {
  if (der.size() > kLargestResponse) return fail(ErrorCode::kTooLarge, "ocsp: response over 64 KiB");
  TRY(Reader response, der::read_only(der, Tag::kSequence));
  TRY(const std::int64_t status, response.small_integer(Tag::kEnumerated));
  if (status != 0) return refused_by_responder(status);
  TRY(Reader tagged, response.enter(der::context_constructed(0)));
  TRY(response.finish());
  TRY(Reader typed, tagged.enter(Tag::kSequence));
  TRY(tagged.finish());
  TRY(const der::Element type, typed.element(Tag::kOid));
  if (!equal(type.whole, ocsp_form::kBasicResponseOid))
    return fail(ErrorCode::kUnsupported, "ocsp: response type");
  TRY(const BytesView basic, typed.contents(Tag::kOctetString));
  TRY(typed.finish());
  return der::read_only(basic, Tag::kSequence);
}

Result<BasicResponse> read_basic_response(BytesView der) {
  TRY(Reader basic, open_response(der));
  TRY(const der::Element data, basic.element(Tag::kSequence));
  TRY(const der::Element algorithm, basic.element(Tag::kSequence));
  if (!equal(algorithm.whole, ecdsa_with_sha256()))
    return fail(ErrorCode::kUnsupported, "ocsp: signature algorithm");
  TRY(const BytesView signature, basic.bit_string());
  if (basic.at_end())
    return fail(ErrorCode::kUnsupported, "ocsp: the responder's certificate is not included");
  TRY(Reader tagged, basic.enter(der::context_constructed(0)));
  TRY(basic.finish());
  TRY(Reader certificates, tagged.enter(Tag::kSequence));
  TRY(tagged.finish());
  TRY(const der::Element certificate, certificates.element(Tag::kSequence));
  return BasicResponse{data.whole, signature, certificate.whole};
}

// A responder delegated by the CA that issued the subject (RFC 6960 §4.2.2.2), whose signature verifies.
Result<Certificate> verify_responder(const BasicResponse& response, const Certificate& subject,
                                     const TrustAnchor& anchor, TimePoint at) {
  TRY(const Certificate responder, Certificate::from_der(response.certificate));
  TRY(verify_path(responder, anchor, Role::kOcspResponder, at));
  if (!(responder.issuer() == subject.issuer()))
    return fail(ErrorCode::kWrongRole, "ocsp: a responder of another issuer");
  Result<void> verified = responder.public_key().verify(response.data, response.signature);
  if (!verified) return fail(std::move(verified).error(), "ocsp");
  return responder;
}

std::optional<RevocationReason> reason_of_number(std::int64_t number) {
  const auto reason = static_cast<RevocationReason>(number);
  if (number > 0 && number <= 9 && reason_of_name(reason_name(reason)) == reason) return reason;
  return std::nullopt;
}

Result<CertificateStatus> read_status(Reader& answer) {
  if (answer.next_is(der::context(0)) || answer.next_is(der::context(2))) {
    const StatusKind kind = answer.next_is(der::context(0)) ? StatusKind::kGood : StatusKind::kUnknown;
    TRY(const der::Element element, answer.any());
    if (!element.contents.empty()) return malformed("status");
    return CertificateStatus{kind, {}, RevocationReason::kUnspecified};
  }
  TRY(Reader revoked, answer.enter(der::context_constructed(1)));
  CertificateStatus status{StatusKind::kRevoked, {}, RevocationReason::kUnspecified};
  TRY(status.revoked_at, revoked.generalized_time());
  if (!revoked.at_end()) {
    TRY(Reader tagged, revoked.enter(der::context_constructed(0)));
    TRY(const std::int64_t number, tagged.small_integer(Tag::kEnumerated));
    const std::optional<RevocationReason> reason = reason_of_number(number);
    if (!reason) return fail(ErrorCode::kUnsupported, "ocsp: reason not known");
    status.reason = *reason;
    TRY(tagged.finish());
  }
  TRY(revoked.finish());
  return status;
}

// One SingleResponse; nullopt when it is about another certificate.
Result<std::optional<OcspAnswer>> read_answer(Reader& responses, const Certificate& subject,
                                              const Certificate& ca) {
  TRY(Reader answer, responses.enter(Tag::kSequence));
  TRY(const ocsp_form::CertId id, ocsp_form::read_cert_id(answer, ca));
  TRY(const CertificateStatus status, read_status(answer));
  TRY(const TimePoint this_update, answer.generalized_time());
  TRY(Reader next, answer.enter(der::context_constructed(0)));
  TRY(const TimePoint next_update, next.generalized_time());
  TRY(next.finish());
  TRY(answer.finish());
  if (!id.issuer_matches || id.serial != subject.serial()) return std::optional<OcspAnswer>();
  return std::optional<OcspAnswer>(OcspAnswer{to_bytes(id.whole), status, this_update, next_update});
}

Result<void> check_nonce(Reader& data, BytesView nonce) {
  Bytes stated;
  if (!data.at_end()) {
    TRY(Reader tagged, data.enter(der::context_constructed(1)));
    TRY(Reader extensions, tagged.enter(Tag::kSequence));
    TRY(tagged.finish());
    TRY(stated, ocsp_form::read_nonce(extensions));
  }
  TRY(data.finish());
  if (!nonce.empty() && !equal(nonce, stated))
    return fail(ErrorCode::kSignatureInvalid, "ocsp: nonce is another");
  return ok();
}

// ResponseData: the one answer about `subject`.
Result<OcspAnswer> read_response_data(BytesView der, const Certificate& subject, const Certificate& ca,
                                      BytesView nonce) {
  TRY(Reader data, der::read_only(der, Tag::kSequence));
  TRY(data.enter(der::context_constructed(2)));  // responder by key: what verifies the signature is decisive
  TRY(data.generalized_time());                  // producedAt
  TRY(Reader responses, data.enter(Tag::kSequence));
  TRY(check_nonce(data, nonce));
  std::optional<OcspAnswer> found;
  while (!responses.at_end()) {
    TRY(std::optional<OcspAnswer> answer, read_answer(responses, subject, ca));
    if (answer && found) return malformed("two answers about one certificate");
    if (answer) found = std::move(answer);
  }
  if (!found) return fail(ErrorCode::kCertificateUnknown, "ocsp: no answer about the certificate");
  return std::move(*found);
}

}  // namespace

Result<OcspAnswer> verify_ocsp_response(BytesView der, const Certificate& subject, const TrustAnchor& anchor,
                                        BytesView nonce, TimePoint at, Seconds tolerance) {
  const Certificate* ca = anchor.issuer_of(subject);
  if (ca == nullptr) return fail(ErrorCode::kCertificateUnknown, "ocsp: no known CA issued the certificate");
  TRY(const BasicResponse response, read_basic_response(der));
  TRY(const Certificate responder, verify_responder(response, subject, anchor, at));
  TRY(OcspAnswer answer, read_response_data(response.data, subject, *ca, nonce));
  answer.signer_until = responder.not_after();
  if (at < answer.this_update - tolerance)
    return fail(ErrorCode::kNotYetValid, "ocsp: answer of a later time");
  if (at > answer.next_update + tolerance) return fail(ErrorCode::kExpired, "ocsp: answer too old");
  return answer;
}

}  // namespace countersign::x509
