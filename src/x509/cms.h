// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "x509/issue.h"
#include "x509/path.h"

namespace countersign::crypto {
class VerificationTable;
}

namespace countersign::x509 {

// How long one SignedData may be where the caller says nothing else.
inline constexpr std::size_t kUsualCmsLimit = 256 << 10;

// Type of the content inside a SignedData (RFC 5652 §4, §5); kTimeStampInfo is a time-stamp token's alone
// (time_stamp.h), which no reader of documents takes.
enum class ContentType { kData, kSignedData, kTimeStampInfo };

// Signer is a key with its certificate and the CA above it, all of which go into what it signs.
struct Signer {
  Certificate certificate;
  crypto::PrivateKey key;
  std::vector<Certificate> chain;  // intermediates, without the root
};

struct SigningOptions {
  ContentType content_type = ContentType::kData;
  TimePoint signing_time;
  // Digest of a payment instruction that the same signature covers (F7 S36–S37: the dual signature of SET): a
  // fifth signed attribute, of type kPaymentDigestAttribute.
  std::optional<Sha256Digest> payment_digest = {};
  std::size_t limit = kUsualCmsLimit;  // octets of the message
  // No certificate goes along: of a token that was asked for without (RFC 3161 §2.4.1), never of a document.
  bool leaves_certificates_out = false;
};

// Dotted OID of the signed attribute that holds a payment instruction's SHA-256 as an OCTET STRING.
inline constexpr std::string_view kPaymentDigestAttribute = "2.25.5029185730381929265412404197190874440.3.1";

// SignedMessage is a SignedData as it was made, with the digest of its content, so that whoever needs that
// does not compute it again.
struct SignedMessage {
  Bytes der;
  Sha256Digest content_digest;  // SHA-256 of the content, as in message-digest
  std::size_t rest_at;          // where in `der` the content ends

  BytesView rest() const { return BytesView(der).subspan(rest_at); }
};

// CmsSigner is a Signer with all parts encoded that are the same in every message: make it once where many
// are signed. Immutable; thread-safe where the key is.
class CmsSigner {
 public:
  // kUnsupported for a key that is not P-256, or for more than three certificates above the signer's.
  static Result<CmsSigner> create(Signer signer);

  // sign makes a SignedData (RFC 5652 §5) in DER, content attached, with one SignerInfo and the CAdES-BES
  // signed attributes content-type, message-digest, signing-time and signing-certificate-v2 (RFC 5035), ECDSA
  // with SHA-256. kTooLarge beyond the limit of the options; otherwise errors are the key's.
  Result<Bytes> sign(BytesView content, const SigningOptions& options) const;
  Result<SignedMessage> sign_message(BytesView content, const SigningOptions& options) const;
  const Signer& signer() const { return signer_; }

 private:
  explicit CmsSigner(Signer signer) : signer_(std::move(signer)) {}
  // The SignerInfo.
  Result<Bytes> sign_info(const Sha256Digest& content_digest, const SigningOptions& options) const;
  Signer signer_;
  Bytes certificates_;           // the [0] IMPLICIT SET OF
  Bytes identifier_;             // version, IssuerAndSerialNumber and digest algorithm of the SignerInfo
  Bytes certificate_attribute_;  // signing-certificate-v2
};

// sign_cms makes one such message where few are signed.
Result<Bytes> sign_cms(const Signer& signer, BytesView content, const SigningOptions& options);

// CmsParts are the two that the octets of a SignedData around id-data consist of, apart from the octets
// before its content, which follow from their lengths.
struct CmsParts {
  BytesView content;
  BytesView rest;  // behind the content: certificates and SignerInfo
};
// split_cms finds them, and compares every octet before the content; nothing in `rest` is looked at. The
// views point into `der`. kMalformed: no such message, or one that begins otherwise than sign_cms writes it.
Result<CmsParts> split_cms(BytesView der);

// UnverifiedCms is a SignedData that is well formed in the one form above: DER throughout (a second encoding
// of the same value is refused), exactly one SignerInfo, the signer's certificate anywhere among at most
// four, no CRLs, the four signed attributes once each and besides them at most a payment digest, none
// unsigned. Nothing about it is believed yet, and only the signer's certificate can be asked for.
class UnverifiedCms {
 public:
  // The views point into `der`, which the caller keeps alive as long as this object.
  // kMalformed, kTooLarge (over `limit` octets), kUnsupported.
  static Result<UnverifiedCms> parse(BytesView der, std::size_t limit = kUsualCmsLimit);

  // DER of the certificate that the SignerInfo names (issuer and serial), and its SHA-256: look the parsed
  // certificate up by it before decoding the key anew.
  BytesView signer_certificate_der() const { return signer_certificate_; }
  const Sha256Digest& signer_fingerprint() const { return signer_fingerprint_; }
  const std::vector<BytesView>& certificates() const { return certificates_; }

  // The content, not yet verified: for finding out whose keys to look up. Never act upon it.
  BytesView unverified_content() const { return content_; }
  ContentType content_type() const { return content_type_; }

 private:
  friend class CmsReader;
  friend class UnverifiedDetachedCms;
  friend struct CmsVerification;
  UnverifiedCms() = default;
  BytesView content_;
  BytesView signed_attributes_;  // the [0] IMPLICIT SET OF as it stands
  BytesView message_digest_;
  BytesView signature_;
  BytesView signer_certificate_;
  Sha256Digest signer_fingerprint_{};
  BytesView certificate_hash_;  // of signing-certificate-v2
  std::vector<BytesView> certificates_;
  ContentType content_type_ = ContentType::kData;
  TimePoint signing_time_{};
  BytesView payment_digest_;  // empty where there is none
};

// VerifiedCms is content whose signature verified under a certificate that was given.
struct VerifiedCms {
  BytesView content;  // into the DER that was parsed
  ContentType content_type;
  TimePoint signing_time;                           // the signer's word only
  std::optional<Sha256Digest> payment_digest = {};  // of verify_order_cms alone
};

// verify_cms checks that `signer` is the certificate that the message was signed with (kSignatureInvalid) and
// is for documents (kWrongRole), message digest, attributes (signing-certificate-v2 must name `signer`), and
// signature. It says nothing else about the certificate: see verify_path. An ECDSA signature has a second
// valid form (s → n − s), so the bytes of a message must never serve as its identity: compare contents. With
// the `table` of the signer's key it takes half the time. Refuses a message whose signature covers a payment
// besides (kSignatureInvalid).
Result<VerifiedCms> verify_cms(const UnverifiedCms& cms, const Certificate& signer,
                               const crypto::VerificationTable* table = nullptr);
// verify_order_cms is verify_cms for orders, the one kind of document whose signature may cover a payment:
// whoever calls it compares payment_digest with the order's profile.
Result<VerifiedCms> verify_order_cms(const UnverifiedCms& cms, const Certificate& signer);

// expect_chain demands that besides `signer`'s certificate the message carries exactly one, of the CA of
// `anchor` that issued it, so that a root alone suffices to verify it with any software: the anchor's own
// certificate of that CA, or another that expect_same_ca accepts at `at`. What else a message carries is not
// looked into by parse and may be something that others cannot read. kMalformed, kCertificateUnknown; what
// the chain says of a certificate that is of the right CA and not valid.
Result<void> expect_chain(const UnverifiedCms& cms, const Certificate& signer, const TrustAnchor& anchor,
                          TimePoint at);
// The same where the CA is known: one that `anchor` has.
Result<void> expect_chain(const UnverifiedCms& cms, const Certificate& signer, const Certificate& ca,
                          const TrustAnchor& anchor, TimePoint at);

// verify_signed_document does all of it for one message: parse, take the signer's certificate from the
// message, verify_path for `role` at `at`, verify_cms. For paths that are not hot. The views point into
// `der`.
struct SignedDocument {
  Certificate signer;
  VerifiedCms cms;
};
Result<SignedDocument> verify_signed_document(BytesView der, const TrustAnchor& anchor, Role role,
                                              TimePoint at);

}  // namespace countersign::x509
