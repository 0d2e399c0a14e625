// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"
#include "x509/cms_form.h"
#include "x509/ocsp.h"
#include "x509/ocsp_form.h"

namespace countersign::x509 {
namespace {

using der::Reader;
using der::Tag;

constexpr std::size_t kLargestRequest = 4 << 10;
constexpr std::size_t kMostQuestions = 16;

Result<OcspQuestion> read_question(Reader& list, const Certificate& ca) {
  TRY(Reader request, list.enter(Tag::kSequence));
  TRY(ocsp_form::CertId id, ocsp_form::read_cert_id(request, ca));
  if (!request.at_end()) {
    TRY(Reader tagged, request.enter(der::context_constructed(0)));
    TRY(Reader extensions, tagged.enter(Tag::kSequence));
    TRY(ocsp_form::read_nonce(extensions));
    TRY(tagged.finish());
  }
  TRY(request.finish());
  return OcspQuestion{to_bytes(id.whole), std::move(id.serial), id.issuer_matches};
}

Result<std::vector<OcspQuestion>> read_questions(Reader& tbs, const Certificate& ca) {
  TRY(Reader list, tbs.enter(Tag::kSequence));
  std::vector<OcspQuestion> questions;
  while (!list.at_end()) {
    if (questions.size() == kMostQuestions) return fail(ErrorCode::kTooLarge, "ocsp: more than 16 questions");
    TRY(OcspQuestion question, read_question(list, ca));
    questions.push_back(std::move(question));
  }
  if (questions.empty()) return fail(ErrorCode::kMalformed, "ocsp: no question");
  return questions;
}

}  // namespace

Result<OcspRequest> parse_ocsp_request(BytesView der, const Certificate& ca) {
  if (der.size() > kLargestRequest) return fail(ErrorCode::kTooLarge, "ocsp: request over 4 KiB");
  TRY(Reader request, der::read_only(der, Tag::kSequence));
  TRY(Reader tbs, request.enter(Tag::kSequence));
  // The answer does not depend on who asks: a signature is neither demanded nor looked at.
  if (request.next_is(der::context_constructed(0))) {
    TRY(request.any());
  }
  TRY(request.finish());
  if (tbs.next_is(der::context_constructed(0))) return fail(ErrorCode::kUnsupported, "ocsp: version");
  if (tbs.next_is(der::context_constructed(1))) {  // requestorName
    TRY(tbs.any());
  }
  OcspRequest parsed;
  TRY(parsed.questions, read_questions(tbs, ca));
  if (!tbs.at_end()) {
    TRY(Reader tagged, tbs.enter(der::context_constructed(2)));
    TRY(Reader extensions, tagged.enter(Tag::kSequence));
    TRY(parsed.nonce, ocsp_form::read_nonce(extensions));
    TRY(tagged.finish());
  }
  TRY(tbs.finish());
  return parsed;
}

Bytes make_cert_id(const Certificate& ca, const SerialNumber& serial) {
  const BytesView key_bits = ocsp_form::public_key_bits(ca.public_key()).value();
  return der::sequence({cms_form::kSha256, der::wrap(Tag::kOctetString, crypto::sha256(ca.subject().der())),
                        der::wrap(Tag::kOctetString, crypto::sha256(key_bits)),
                        der::unsigned_integer(serial.bytes())});
}

Result<Bytes> make_ocsp_request(const Certificate& subject, const Certificate& issuer, BytesView nonce) {
  if (nonce.size() > ocsp_form::kLongestNonce) return fail(ErrorCode::kMalformed, "ocsp: nonce too long");
  if (!(subject.issuer() == issuer.subject()))
    return fail(ErrorCode::kCertificateUnknown, "ocsp: another issuer");
  const Bytes question = der::sequence({make_cert_id(issuer, subject.serial())});
  Bytes extensions;
  if (!nonce.empty()) extensions = der::wrap(der::context_constructed(2), ocsp_form::encode_nonce(nonce));
  return der::sequence({der::sequence({der::sequence({question}), extensions})});
}

}  // namespace countersign::x509
