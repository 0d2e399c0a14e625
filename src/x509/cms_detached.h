// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/cms.h"

// A SignedData whose content was left out (RFC 5652 §5.2, external signature). Whoever gets it can verify who
// signed and which digests, and learns nothing of the content: so a card company verifies an order that it
// must not see (F7 S43–S45).
namespace countersign::x509 {

// detach_content answers the same SignedData without its content; signature and attributes stay as they are,
// and so does what they say. Errors of UnverifiedCms::parse.
Result<Bytes> detach_content(BytesView der);

// UnverifiedDetachedCms is well formed in the one form of cms.h, but for the content, which is not there.
class UnverifiedDetachedCms {
 public:
  // As UnverifiedCms::parse; kUnsupported where the content is attached.
  static Result<UnverifiedDetachedCms> parse(BytesView der);
  BytesView signer_certificate_der() const { return cms_.signer_certificate_der(); }
  const std::vector<BytesView>& certificates() const { return cms_.certificates(); }

 private:
  friend Result<struct VerifiedDetachedCms> verify_detached_cms(const UnverifiedDetachedCms& cms,
                                                                const Certificate& signer);
  explicit UnverifiedDetachedCms(UnverifiedCms cms) : cms_(std::move(cms)) {}
  UnverifiedCms cms_;
};

// VerifiedDetachedCms is what a signature says whose content is elsewhere. Whose digest it is, the caller has
// to compare.
struct VerifiedDetachedCms {
  Sha256Digest message_digest;                 // of the content
  std::optional<Sha256Digest> payment_digest;  // of the payment instruction, where the signature covers one
  TimePoint signing_time;                      // the signer's word only
};

// verify_detached_cms is verify_order_cms without the comparison of the content, which must have been data
// (kSignatureInvalid, kWrongRole).
Result<VerifiedDetachedCms> verify_detached_cms(const UnverifiedDetachedCms& cms, const Certificate& signer);

// verify_detached_document is verify_signed_document for it.
struct DetachedDocument {
  Certificate signer;
  VerifiedDetachedCms cms;
};
Result<DetachedDocument> verify_detached_document(BytesView der, const TrustAnchor& anchor, Role role,
                                                  TimePoint at);

}  // namespace countersign::x509
