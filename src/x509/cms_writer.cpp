// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/digest.h"
#include "x509/cms.h"
#include "x509/cms_form.h"
#include "x509/der.h"

namespace countersign::x509 {
namespace {

using der::Tag;

Bytes attribute(BytesView type, BytesView value) {
  return der::sequence({type, der::wrap(Tag::kSet, value)});
}

// SigningCertificateV2 (RFC 5035 §3) as OpenSSL's CAdES writes it.
Bytes signing_certificate(const Certificate& certificate) {
  const Bytes names = der::sequence({der::wrap(der::context_constructed(4), certificate.issuer().der())});
  const Bytes issuer_serial = der::sequence({names, der::unsigned_integer(certificate.serial().bytes())});
  const Bytes hash = der::wrap(Tag::kOctetString, certificate.fingerprint());
  return der::sequence({der::sequence({der::sequence({hash, issuer_serial})})});
}

Bytes signer_identifier(const Certificate& certificate) {
  const Bytes issuer_serial =
      der::sequence({certificate.issuer().der(), der::unsigned_integer(certificate.serial().bytes())});
  return der::concatenate({cms_form::kVersion1, issuer_serial, cms_form::kSha256});
}

Bytes sorted_certificates(const Signer& signer) {
  std::vector<BytesView> certificates{signer.certificate.der()};
  for (const Certificate& certificate : signer.chain) certificates.emplace_back(certificate.der());
  std::ranges::sort(certificates,
                    [](BytesView a, BytesView b) { return std::ranges::lexicographical_compare(a, b); });
  Bytes contents;
  for (const BytesView certificate : certificates)
    contents.insert(contents.end(), certificate.begin(), certificate.end());
  return der::wrap(der::context_constructed(0), contents);
}

}  // namespace

// From the inside out: so the content itself is copied once only.
Bytes cms_form::prefix_for(ContentType type, std::size_t content, std::size_t after) {
  const auto enclose = [&](Tag tag, const Bytes& inner, std::size_t behind) {
    return der::concatenate({der::header(tag, inner.size() + content + behind), inner});
  };
  Bytes prefix = der::header(Tag::kOctetString, content);
  prefix = enclose(der::context_constructed(0), prefix, 0);
  prefix = enclose(Tag::kSequence, der::concatenate({cms_form::content_type_oid(type), prefix}), 0);
  const BytesView version = type == ContentType::kData ? cms_form::kVersion1 : cms_form::kVersion3;
  const Bytes digests = der::wrap(Tag::kSet, cms_form::kSha256);
  prefix = enclose(Tag::kSequence, der::concatenate({version, digests, prefix}), after);
  prefix = enclose(der::context_constructed(0), prefix, after);
  return enclose(Tag::kSequence, der::concatenate({cms_form::kSignedDataOid, prefix}), after);
}

static_assert(kPaymentDigestAttribute.starts_with(kPolicyArc));

const Bytes& cms_form::payment_digest_oid() {
  static const Bytes kOid = der::oid(kPaymentDigestAttribute);
  return kOid;
}

BytesView cms_form::content_type_oid(ContentType type) {
  switch (type) {
    case ContentType::kSignedData:
      return kSignedDataOid;
    case ContentType::kTimeStampInfo:
      return kTimeStampInfoOid;
    case ContentType::kData:
      break;
  }
  return kDataOid;
}

Result<CmsSigner> CmsSigner::create(Signer signer) {
  if (signer.key.public_key().kind() != crypto::KeyKind::kP256)
    return fail(ErrorCode::kUnsupported, "cms: the signer's key is not P-256");
  if (signer.chain.size() >= cms_form::kMaxCertificates)
    return fail(ErrorCode::kUnsupported, "cms: more than four certificates");
  CmsSigner prepared(std::move(signer));
  const Certificate& certificate = prepared.signer_.certificate;
  prepared.certificates_ = sorted_certificates(prepared.signer_);
  prepared.identifier_ = signer_identifier(certificate);
  prepared.certificate_attribute_ =
      attribute(cms_form::kSigningCertificateOid, signing_certificate(certificate));
  return prepared;
}

Result<Bytes> CmsSigner::sign(BytesView content, const SigningOptions& options) const {
  TRY(SignedMessage message, sign_message(content, options));
  return std::move(message.der);
}

Result<SignedMessage> CmsSigner::sign_message(BytesView content, const SigningOptions& options) const {
  const Sha256Digest content_digest = crypto::sha256(content);
  TRY(const Bytes info, sign_info(content_digest, options));
  const Bytes infos = der::wrap(Tag::kSet, info);
  const BytesView certificates = options.leaves_certificates_out ? BytesView() : BytesView(certificates_);
  const Bytes prefix =
      cms_form::prefix_for(options.content_type, content.size(), certificates.size() + infos.size());
  Bytes message;
  message.reserve(prefix.size() + content.size() + certificates.size() + infos.size());
  for (const BytesView part : {BytesView(prefix), content, certificates, BytesView(infos)})
    message.insert(message.end(), part.begin(), part.end());
  if (message.size() > options.limit) return fail(ErrorCode::kTooLarge, "cms: content longer than its limit");
  return SignedMessage{std::move(message), content_digest, prefix.size() + content.size()};
}

Result<Bytes> CmsSigner::sign_info(const Sha256Digest& content_digest, const SigningOptions& options) const {
  Bytes payment;
  if (options.payment_digest)
    payment =
        attribute(cms_form::payment_digest_oid(), der::wrap(Tag::kOctetString, *options.payment_digest));
  // Signed as SET OF, carried as [0] IMPLICIT: only the first octet differs (RFC 5652 §5.4).
  Bytes attributes = der::wrap(
      Tag::kSet, {attribute(cms_form::kContentTypeOid, cms_form::content_type_oid(options.content_type)),
                  attribute(cms_form::kSigningTimeOid, der::time(options.signing_time)),
                  attribute(cms_form::kMessageDigestOid, der::wrap(Tag::kOctetString, content_digest)),
                  payment, certificate_attribute_});
  TRY(const Bytes signature, signer_.key.sign(attributes));
  attributes[0] = static_cast<std::uint8_t>(der::context_constructed(0));
  return der::sequence(
      {identifier_, attributes, cms_form::kEcdsaWithSha256, der::wrap(Tag::kOctetString, signature)});
}

Result<Bytes> sign_cms(const Signer& signer, BytesView content, const SigningOptions& options) {
  TRY(const CmsSigner prepared, CmsSigner::create(signer));
  return prepared.sign(content, options);
}

}  // namespace countersign::x509
