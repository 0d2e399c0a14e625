// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "authority/confirmation/verify_review.h"

namespace countersign::authority {

// Submission is what a merchant asks to have confirmed.
struct Submission {
  Bytes countersigned_order;    // DER
  std::optional<Bytes> review;  // CMS of a card company: with an order of profile set, and with no other
};

// VerifiedRequest is a countersigned order whose signatures, roles, parties, origin and contents are in
// order. What depends on the moment (status, validity, expiry) is not judged yet.
struct VerifiedRequest {
  Bytes countersigned_order;  // DER
  documents::Order order;
  Sha256Digest order_digest;
  std::shared_ptr<const KnownCertificate> merchant;
  std::shared_ptr<const KnownCertificate> purchaser;
  TimePoint countersigned;  // signing time, the merchant's word only
  TimePoint ordered;        // signing time, the purchaser's word only
  // In profile set, and where one came though the order has no place for it. What speaks against it, or
  // against there being none, does not speak against an order that is confirmed already.
  std::shared_ptr<const JudgedReview> review;
  // What the homes of parties of other data centres said, now or before; null for parties of here.
  std::shared_ptr<const ForeignStatus> purchaser_status = nullptr;
  std::shared_ptr<const ForeignStatus> company_status = nullptr;
  // The purchaser's home was asked in vain: what counts is what is known all the same.
  bool is_home_unreachable = false;
};

// RefusedRequest came from an authenticated merchant and is well formed, but cannot be confirmed: it gets a
// signed refusal.
struct RefusedRequest {
  Sha256Digest request;  // SHA-256 of the countersigned order
  std::string order_id;  // empty where it could not be read
  std::vector<documents::RefusalReason> reasons;
  // Of the card company's review alone: the same countersigned order can come with another.
  std::vector<documents::RefusalReason> review_reasons = {};
  // Of the order's bytes, where it is refused because its purchaser is not known (any more): it may have been
  // confirmed when it was.
  std::optional<Sha256Digest> order_digest = {};
};

// signed_order_in reads the signed order inside a countersigned one; says nothing about signatures.
// kMalformed.
Result<x509::UnverifiedCms> signed_order_in(const x509::UnverifiedCms& countersigned);

using JudgedRequest = std::variant<VerifiedRequest, RefusedRequest>;

// verify_request judges a countersigned order (docs/protocols/confirmation.md, steps 2–7). `client` is the
// certificate that the asking merchant presented in TLS: the countersigner must be the same subject. An Error
// is for what is not well formed or not authenticated: kMalformed, kTooLarge, kUnsupported,
// kCertificateUnknown, kForbidden, kSignatureInvalid. The merchant is always of this data centre; purchaser
// and card company may be of others. `foreign`, which may be null, says whom the network map names for an
// order of another authority.
Result<JudgedRequest> verify_request(Submission submission, const x509::Certificate& client,
                                     const x509::Name& data_centre, KnownCertificates& known,
                                     const ForeignParties* foreign = nullptr);

}  // namespace countersign::authority
