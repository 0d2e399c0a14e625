// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "crypto/digest.h"
#include "x509/cms.h"
#include "x509/cms_detached.h"
#include "x509/cms_form.h"
#include "x509/der.h"

namespace countersign::x509 {
namespace {

using der::Reader;
using der::Tag;

constexpr std::size_t kCoordinateSize = 32;  // of P-256

auto malformed(std::string what) {
  return fail(ErrorCode::kMalformed, "cms: " + std::move(what));
}
auto unsupported(std::string what) {
  return fail(ErrorCode::kUnsupported, "cms: " + std::move(what));
}

// The next element must be this constant.
Result<void> expect(Reader& reader, BytesView constant, const char* what) {
  TRY(const der::Element element, reader.any());
  if (!equal(element.whole, constant)) return unsupported(std::string(what) + " is not the one accepted");
  return ok();
}

// Issuer and serial number of a certificate, each as the element that stands in it.
struct IssuerAndSerial {
  BytesView issuer;
  BytesView serial;
  friend bool operator==(const IssuerAndSerial& a, const IssuerAndSerial& b) {
    return equal(a.serial, b.serial) && equal(a.issuer, b.issuer);
  }
};

Result<IssuerAndSerial> issuer_and_serial_of(BytesView certificate) {
  TRY(Reader outer, der::read_only(certificate, Tag::kSequence));
  TRY(Reader tbs, outer.enter(Tag::kSequence));
  TRY(tbs.element(der::context_constructed(0)));
  TRY(const der::Element serial, tbs.element(Tag::kInteger));
  TRY(tbs.element(Tag::kSequence));
  TRY(const der::Element issuer, tbs.element(Tag::kSequence));
  return IssuerAndSerial{issuer.whole, serial.whole};
}

Result<IssuerAndSerial> read_issuer_and_serial(Reader& reader) {
  TRY(Reader identifier, reader.enter(Tag::kSequence));
  TRY(const der::Element issuer, identifier.element(Tag::kSequence));
  TRY(const der::Element serial, identifier.element(Tag::kInteger));
  TRY(identifier.finish());
  return IssuerAndSerial{issuer.whole, serial.whole};
}

// The single value of the next attribute, which must be of that type.
Result<Reader> read_attribute(Reader& attributes, BytesView type, const char* name) {
  if (attributes.at_end()) return malformed(std::string(name) + " missing");
  TRY(Reader attribute, attributes.enter(Tag::kSequence));
  TRY(const der::Element stated, attribute.element(Tag::kOid));
  if (!equal(stated.whole, type)) return malformed(std::string(name) + " missing or out of order");
  TRY(Reader values, attribute.enter(Tag::kSet));
  TRY(attribute.finish());
  return values;
}

// The content types of documents: a time-stamp token has another, and passes for none.
Result<ContentType> read_content_type(Reader& content) {
  TRY(const der::Element type, content.element(Tag::kOid));
  if (equal(type.whole, cms_form::kSignedDataOid)) return ContentType::kSignedData;
  if (equal(type.whole, cms_form::kDataOid)) return ContentType::kData;
  return unsupported("content is neither data nor signed data");
}

// ECDSA-Sig-Value (RFC 3279 §2.2.3) in its one encoding.
Result<void> check_signature_form(BytesView signature) {
  TRY(Reader value, der::read_only(signature, Tag::kSequence));
  for (int i = 0; i < 2; ++i) {
    TRY(const BytesView number, value.unsigned_integer());
    if (number.size() > kCoordinateSize || number[0] == 0) return malformed("signature out of range");
  }
  return value.finish();
}

}  // namespace

// CmsReader fills an UnverifiedCms, one method per structure of RFC 5652 §5.
class CmsReader {
 public:
  // A document, or one whose content was left out (RFC 5652 §5.2).
  enum class Form { kDocument, kDetached };
  explicit CmsReader(Form form) : form_(form) {}
  // Up to the end of the content, where nothing is free but the content and the lengths; answers what is
  // behind.
  Result<Reader> read_beginning(BytesView der);
  Result<void> read_content_info(BytesView der);
  UnverifiedCms take() { return std::move(cms_); }

 private:
  Result<void> read_content(Reader& data);
  Result<void> read_certificates(Reader& data);
  Result<void> read_signer_info(Reader& data);
  Result<void> find_signer_certificate(const IssuerAndSerial& identifier);
  Result<void> read_attributes(BytesView contents, const IssuerAndSerial& identifier);
  Result<void> read_payment_digest(Reader& attributes);
  Result<void> read_signing_certificate(Reader values, const IssuerAndSerial& identifier);

  const Form form_;
  UnverifiedCms cms_;
};

Result<Reader> CmsReader::read_beginning(BytesView der) {
  TRY(Reader info, der::read_only(der, Tag::kSequence));
  TRY(expect(info, cms_form::kSignedDataOid, "content type"));
  TRY(Reader wrapped, info.enter(der::context_constructed(0)));
  TRY(info.finish());
  TRY(Reader data, wrapped.enter(Tag::kSequence));
  TRY(wrapped.finish());
  TRY(const der::Element version, data.element(Tag::kInteger));
  TRY(Reader digests, data.enter(Tag::kSet));
  TRY(expect(digests, cms_form::kSha256, "digest algorithm"));
  TRY(digests.finish());
  TRY(read_content(data));
  const bool data_inside = cms_.content_type_ == ContentType::kData;
  if (!equal(version.whole, data_inside ? cms_form::kVersion1 : cms_form::kVersion3))
    return unsupported("version");
  return data;
}

Result<void> CmsReader::read_content_info(BytesView der) {
  TRY(Reader data, read_beginning(der));
  TRY(read_certificates(data));
  if (data.next_is(der::context_constructed(1))) return unsupported("CRLs are not accepted");
  TRY(read_signer_info(data));
  return data.finish();
}

Result<void> CmsReader::read_content(Reader& data) {
  TRY(Reader content, data.enter(Tag::kSequence));
  TRY(cms_.content_type_, read_content_type(content));
  if (form_ == Form::kDetached) {
    if (!content.at_end()) return unsupported("content is attached");
    return ok();
  }
  if (content.at_end()) return unsupported("content is not attached");
  TRY(Reader wrapped, content.enter(der::context_constructed(0)));
  TRY(content.finish());
  TRY(cms_.content_, wrapped.contents(Tag::kOctetString));
  return wrapped.finish();
}

Result<void> CmsReader::read_certificates(Reader& data) {
  if (!data.next_is(der::context_constructed(0))) return unsupported("no certificates");
  TRY(Reader certificates, data.enter(der::context_constructed(0)));
  while (!certificates.at_end()) {
    TRY(const der::Element certificate, certificates.element(Tag::kSequence));
    if (cms_.certificates_.size() == cms_form::kMaxCertificates)
      return fail(ErrorCode::kTooLarge, "cms: more than four certificates");
    if (!cms_.certificates_.empty() &&
        !std::ranges::lexicographical_compare(cms_.certificates_.back(), certificate.whole))
      return malformed("certificates out of order, or one twice");
    cms_.certificates_.push_back(certificate.whole);
  }
  return ok();
}

Result<void> CmsReader::read_signer_info(Reader& data) {
  TRY(Reader infos, data.enter(Tag::kSet));
  if (infos.at_end()) return unsupported("no signer");
  TRY(Reader info, infos.enter(Tag::kSequence));
  if (!infos.at_end()) return unsupported("more than one signer");
  TRY(expect(info, cms_form::kVersion1, "version of the signer"));
  TRY(const IssuerAndSerial identifier, read_issuer_and_serial(info));
  TRY(expect(info, cms_form::kSha256, "digest algorithm of the signer"));
  if (!info.next_is(der::context_constructed(0))) return unsupported("no signed attributes");
  TRY(const der::Element attributes, info.element(der::context_constructed(0)));
  TRY(expect(info, cms_form::kEcdsaWithSha256, "signature algorithm"));
  TRY(cms_.signature_, info.contents(Tag::kOctetString));
  if (!info.at_end()) return unsupported("unsigned attributes are not accepted");
  TRY(check_signature_form(cms_.signature_));
  cms_.signed_attributes_ = attributes.whole;
  TRY(read_attributes(attributes.contents, identifier));
  return find_signer_certificate(identifier);
}

Result<void> CmsReader::find_signer_certificate(const IssuerAndSerial& identifier) {
  for (const BytesView certificate : cms_.certificates_) {
    TRY(const IssuerAndSerial of_certificate, issuer_and_serial_of(certificate));
    if (!(of_certificate == identifier)) continue;
    if (!cms_.signer_certificate_.empty()) return malformed("two certificates of the signer");
    cms_.signer_certificate_ = certificate;
  }
  if (cms_.signer_certificate_.empty()) return unsupported("the signer's certificate is not included");
  cms_.signer_fingerprint_ = crypto::sha256(cms_.signer_certificate_);
  return ok();
}

// DER sorts the attributes by their lengths, which never overlap: there is one order only.
Result<void> CmsReader::read_attributes(BytesView contents, const IssuerAndSerial& identifier) {
  Reader attributes(contents);
  TRY(Reader type, read_attribute(attributes, cms_form::kContentTypeOid, "attribute content-type"));
  TRY(expect(type, cms_form::content_type_oid(cms_.content_type_), "attribute content-type"));
  TRY(type.finish());
  TRY(Reader time, read_attribute(attributes, cms_form::kSigningTimeOid, "attribute signing-time"));
  TRY(cms_.signing_time_, time.time());
  TRY(time.finish());
  TRY(Reader digest, read_attribute(attributes, cms_form::kMessageDigestOid, "attribute message-digest"));
  TRY(cms_.message_digest_, digest.contents(Tag::kOctetString));
  TRY(digest.finish());
  TRY(read_payment_digest(attributes));
  TRY(Reader certificate,
      read_attribute(attributes, cms_form::kSigningCertificateOid, "attribute signing-certificate-v2"));
  TRY(read_signing_certificate(certificate, identifier));
  if (!attributes.at_end()) return unsupported("a signed attribute more than those accepted");
  return ok();
}

// The digest of a payment instruction, where the signature covers one.
Result<void> CmsReader::read_payment_digest(Reader& attributes) {
  if (attributes.at_end()) return ok();
  Reader ahead = attributes;
  TRY(Reader attribute, ahead.enter(Tag::kSequence));
  TRY(const der::Element type, attribute.element(Tag::kOid));
  if (!equal(type.whole, cms_form::payment_digest_oid())) return ok();
  TRY(Reader values, read_attribute(attributes, cms_form::payment_digest_oid(), "attribute payment-digest"));
  TRY(cms_.payment_digest_, values.contents(Tag::kOctetString));
  if (cms_.payment_digest_.size() != std::tuple_size_v<Sha256Digest>)
    return malformed("payment-digest is not a SHA-256");
  return values.finish();
}

// SigningCertificateV2 (RFC 5035 §3) with one ESSCertIDv2: SHA-256 (the default, hence absent), hash, issuer
// and serial.
Result<void> CmsReader::read_signing_certificate(Reader values, const IssuerAndSerial& identifier) {
  TRY(Reader attribute, values.enter(Tag::kSequence));
  TRY(values.finish());
  TRY(Reader list, attribute.enter(Tag::kSequence));
  TRY(attribute.finish());
  TRY(Reader certificate, list.enter(Tag::kSequence));
  TRY(list.finish());
  TRY(cms_.certificate_hash_, certificate.contents(Tag::kOctetString));
  TRY(Reader issuer_serial, certificate.enter(Tag::kSequence));
  TRY(certificate.finish());
  TRY(Reader names, issuer_serial.enter(Tag::kSequence));
  TRY(Reader name, names.enter(der::context_constructed(4)));
  TRY(names.finish());
  TRY(const der::Element issuer, name.element(Tag::kSequence));
  TRY(name.finish());
  TRY(const der::Element serial, issuer_serial.element(Tag::kInteger));
  TRY(issuer_serial.finish());
  if (!(IssuerAndSerial{issuer.whole, serial.whole} == identifier))
    return malformed("signing-certificate-v2 names another certificate than the signer's");
  return ok();
}

Result<CmsParts> split_cms(BytesView der) {
  CmsReader reader(CmsReader::Form::kDocument);
  if (const auto data = reader.read_beginning(der); !data)
    return fail(ErrorCode::kMalformed, data.error().detail);
  const UnverifiedCms cms = reader.take();
  if (cms.content_type() != ContentType::kData) return malformed("content is not data");
  const BytesView content = cms.unverified_content();
  const auto content_end = static_cast<std::size_t>(content.data() + content.size() - der.data());
  return CmsParts{content, der.subspan(content_end)};
}

Result<UnverifiedCms> UnverifiedCms::parse(BytesView der, std::size_t limit) {
  if (der.size() > limit) return fail(ErrorCode::kTooLarge, "cms: longer than its limit");
  CmsReader reader(CmsReader::Form::kDocument);
  TRY(reader.read_content_info(der));
  return reader.take();
}

Result<UnverifiedDetachedCms> UnverifiedDetachedCms::parse(BytesView der) {
  if (der.size() > kUsualCmsLimit) return fail(ErrorCode::kTooLarge, "cms: longer than its limit");
  CmsReader reader(CmsReader::Form::kDetached);
  TRY(reader.read_content_info(der));
  return UnverifiedDetachedCms(reader.take());
}

}  // namespace countersign::x509
