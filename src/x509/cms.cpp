// SPDX-License-Identifier: Apache-2.0
#include "x509/cms.h"

#include <algorithm>

#include "crypto/digest.h"
#include "crypto/verification_table.h"
#include "x509/cms_detached.h"
#include "x509/cms_statement.h"
#include "x509/der.h"

namespace countersign::x509 {
namespace {

auto refused(std::string_view what) {
  return fail(ErrorCode::kSignatureInvalid, "cms: " + std::string(what));
}

}  // namespace

// All of a verification but the comparison of content and message digest.
struct CmsVerification {
  const UnverifiedCms& cms;

  Result<void> check_attributes(const Certificate& signer) const {
    TRY(check_signer(signer));
    if (!signer.extensions().key_usage.non_repudiation)
      return fail(ErrorCode::kWrongRole, "cms: the signer's certificate is not for documents");
    return ok();
  }

  Result<void> check_signer(const Certificate& signer) const {
    if (!equal(signer.fingerprint(), cms.signer_fingerprint_))
      return refused("signed with another certificate");
    if (!equal(signer.fingerprint(), cms.certificate_hash_))
      return refused("signing-certificate-v2 names another certificate");
    if (signer.public_key().kind() != crypto::KeyKind::kP256) return refused("the signer's key is not P-256");
    return ok();
  }

  Result<void> check_content() const {
    if (!equal(crypto::sha256(cms.content_), cms.message_digest_))
      return refused("the content is not the one that was signed");
    return ok();
  }

  // The signature covers the attributes as SET OF (RFC 5652 §5.4).
  Result<void> check_signature(const Certificate& signer, const crypto::VerificationTable* table) const {
    Bytes attributes = to_bytes(cms.signed_attributes_);
    attributes[0] = static_cast<std::uint8_t>(der::Tag::kSet);
    const bool has_table = table != nullptr && table->key() == signer.public_key();
    Result<void> verified = has_table ? table->verify(attributes, cms.signature_)
                                      : signer.public_key().verify(attributes, cms.signature_);
    if (!verified) return fail(std::move(verified).error(), "cms");
    return ok();
  }

  std::optional<Sha256Digest> payment_digest() const { return digest_in(cms.payment_digest_); }
  std::optional<Sha256Digest> message_digest() const { return digest_in(cms.message_digest_); }
  TimePoint signing_time() const { return cms.signing_time_; }

 private:
  static std::optional<Sha256Digest> digest_in(BytesView bytes) {
    Sha256Digest digest{};
    if (bytes.size() != digest.size()) return std::nullopt;
    std::ranges::copy(bytes, digest.begin());
    return digest;
  }
};

Result<VerifiedCms> verify_cms(const UnverifiedCms& cms, const Certificate& signer,
                               const crypto::VerificationTable* table) {
  const CmsVerification verification{cms};
  TRY(verification.check_attributes(signer));
  if (verification.payment_digest()) return refused("the signature covers a payment, and this is no order");
  TRY(verification.check_content());
  TRY(verification.check_signature(signer, table));
  return VerifiedCms{cms.unverified_content(), cms.content_type(), verification.signing_time()};
}

Result<VerifiedCms> verify_order_cms(const UnverifiedCms& cms, const Certificate& signer) {
  const CmsVerification verification{cms};
  TRY(verification.check_attributes(signer));
  TRY(verification.check_content());
  TRY(verification.check_signature(signer, nullptr));
  return VerifiedCms{cms.unverified_content(), cms.content_type(), verification.signing_time(),
                     verification.payment_digest()};
}

Result<VerifiedCms> verify_statement_cms(const UnverifiedCms& cms, const Certificate& signer) {
  const CmsVerification verification{cms};
  TRY(verification.check_signer(signer));
  if (!signer.extensions().key_usage.digital_signature)
    return fail(ErrorCode::kWrongRole, "cms: the signer's certificate is not for signatures");
  if (verification.payment_digest()) return refused("the signature covers a payment, and this is no order");
  TRY(verification.check_content());
  TRY(verification.check_signature(signer, nullptr));
  return VerifiedCms{cms.unverified_content(), cms.content_type(), verification.signing_time()};
}

Result<VerifiedDetachedCms> verify_detached_cms(const UnverifiedDetachedCms& cms, const Certificate& signer) {
  const CmsVerification verification{cms.cms_};
  TRY(verification.check_attributes(signer));
  if (cms.cms_.content_type() != ContentType::kData)
    return refused("the content that was left out is no order");
  const auto message_digest = verification.message_digest();
  if (!message_digest) return refused("message-digest is not a SHA-256");
  TRY(verification.check_signature(signer, nullptr));
  return VerifiedDetachedCms{*message_digest, verification.payment_digest(), verification.signing_time()};
}

Result<void> expect_chain(const UnverifiedCms& cms, const Certificate& signer, const TrustAnchor& anchor,
                          TimePoint at) {
  const Certificate* ca = anchor.issuer_of(signer);
  if (ca == nullptr) return fail(ErrorCode::kCertificateUnknown, "cms: no CA of the network for the signer");
  return expect_chain(cms, signer, *ca, anchor, at);
}

Result<void> expect_chain(const UnverifiedCms& cms, const Certificate& signer, const Certificate& ca,
                          const TrustAnchor& anchor, TimePoint at) {
  const auto refused = [] {
    return fail(ErrorCode::kMalformed, "cms: must carry the signer's certificate, its CA's and no other");
  };
  const std::vector<BytesView>& carried = cms.certificates();
  if (carried.size() != 2) return refused();
  const bool is_first = equal(carried[0], signer.der());
  if (!is_first && !equal(carried[1], signer.der())) return refused();
  const BytesView other = carried[is_first ? 1 : 0];
  if (equal(other, ca.der())) return ok();
  const Result<Certificate> candidate = Certificate::from_der(other);
  if (!candidate || !(candidate.value().subject() == ca.subject())) return refused();
  auto same = expect_same_ca(candidate.value(), ca, anchor, at);
  if (!same) return fail(std::move(same).error(), "cms");
  return same;
}

Result<SignedDocument> verify_signed_document(BytesView der, const TrustAnchor& anchor, Role role,
                                              TimePoint at) {
  TRY(const UnverifiedCms cms, UnverifiedCms::parse(der));
  TRY(Certificate signer, Certificate::from_der(cms.signer_certificate_der()));
  TRY(verify_path(signer, anchor, role, at));
  TRY(const VerifiedCms verified, verify_cms(cms, signer));
  return SignedDocument{std::move(signer), verified};
}

Result<DetachedDocument> verify_detached_document(BytesView der, const TrustAnchor& anchor, Role role,
                                                  TimePoint at) {
  TRY(const UnverifiedDetachedCms cms, UnverifiedDetachedCms::parse(der));
  TRY(Certificate signer, Certificate::from_der(cms.signer_certificate_der()));
  TRY(verify_path(signer, anchor, role, at));
  TRY(const VerifiedDetachedCms verified, verify_detached_cms(cms, signer));
  return DetachedDocument{std::move(signer), verified};
}

}  // namespace countersign::x509
