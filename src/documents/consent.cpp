// SPDX-License-Identifier: Apache-2.0
#include "documents/consent.h"

#include "documents/fields.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kMaxCertificate = 8 << 10;
constexpr JsonLimits kConsentLimits{.bytes = 32 << 10, .depth = 2, .members = 64};

Result<ConsentKind> read_kind(ObjectReader& reader) {
  TRY(const std::string kind, reader.text("kind", 16));
  if (kind == "enrolment") return ConsentKind::kEnrolment;
  if (kind == "renewal") return ConsentKind::kRenewal;
  return fail(ErrorCode::kUnsupported, "consent.kind: not known");
}

Result<std::string> read_renews(ObjectReader& reader, ConsentKind kind) {
  TRY(std::string serial, reader.text_or_null("renews", 40));
  if (serial.empty()) return serial;
  TRY(const x509::SerialNumber parsed, x509::SerialNumber::from_hex(serial));
  if (parsed.hex() != serial)
    return fail(ErrorCode::kMalformed, "consent.renews: not a lower-case serial number");
  if (kind != ConsentKind::kRenewal) return fail(ErrorCode::kMalformed, "consent.renews: not a renewal");
  return serial;
}

Result<std::string> read_locale(ObjectReader& reader) {
  TRY(std::string locale, reader.text("locale", 8));
  if (locale != "en" && locale != "ko")
    return fail(ErrorCode::kUnsupported, "consent.locale: neither en nor ko");
  return locale;
}

}  // namespace

Result<Bytes> write_consent(const Consent& consent) {
  boost::json::object object = begin_document("consent");
  object["id"] = consent.id;
  object["kind"] = consent.kind == ConsentKind::kRenewal ? "renewal" : "enrolment";
  object["merchant"] = write_party(consent.merchant);
  object["email"] = consent.email;
  object["locale"] = consent.locale;
  object["text"] = consent.text;
  object["textVersion"] = consent.text_version;
  object["given"] = format_time(consent.given);
  if (consent.renews.empty())
    object["renews"] = nullptr;
  else
    object["renews"] = consent.renews;
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_consent(bytes));
  return bytes;
}

Result<Consent> parse_consent(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "consent", kConsentLimits));
  TRY(reader.expect("consent", 1));
  TRY(std::string id, read_uuid(reader, "id", '7'));
  TRY(const ConsentKind kind, read_kind(reader));
  TRY(PartyReference merchant, read_party(reader, "merchant"));
  TRY(std::string email, read_mail_address(reader, "email"));
  TRY(std::string locale, read_locale(reader));
  TRY(std::string text, reader.text("text", 4000));
  TRY(std::string text_version, reader.text("textVersion", 32));
  TRY(const TimePoint given, reader.time("given"));
  TRY(std::string renews, read_renews(reader, kind));
  TRY(reader.finish());
  return Consent{std::move(id),           kind,
                 std::move(merchant),     std::move(email),
                 std::move(locale),       std::move(text),
                 std::move(text_version), given,
                 std::move(renews)};
}

crypto::SecretBytes write_agreement_certificate(const AgreementCertificate& document) {
  boost::json::object object = begin_document("agreement-certificate");
  object["enrolment"] = document.enrolment;
  object["certificate"] = base64_encode(document.certificate);
  object["proof"] = hex_encode(document.proof);
  return write_secret_json(object);
}

Result<AgreementCertificate> parse_agreement_certificate(const crypto::SecretBytes& json) {
  JsonLimits limits = kConsentLimits;
  limits.wiped = true;
  TRY(ObjectReader reader,
      ObjectReader::parse(json.reveal(crypto::SecretAccess{}), "agreementCertificate", limits));
  TRY(reader.expect("agreement-certificate", 1));
  AgreementCertificate document;
  TRY(document.enrolment, reader.text("enrolment", kMaxId));
  TRY(document.certificate, reader.base64("certificate", kMaxCertificate));
  TRY(document.proof, reader.digest("proof"));
  TRY(reader.finish());
  return document;
}

Result<Bytes> write_consent_acceptance(const ConsentAcceptance& acceptance) {
  boost::json::object object = begin_document("consent-acceptance");
  object["enrolment"] = acceptance.enrolment;
  object["consent"] = hex_encode(acceptance.consent);
  object["signingCertificate"] = hex_encode(acceptance.signing_certificate);
  object["agreementCertificate"] = hex_encode(acceptance.agreement_certificate);
  object["accepted"] = format_time(acceptance.accepted);
  if (acceptance.agreement_proof) object["agreementProof"] = hex_encode(*acceptance.agreement_proof);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_consent_acceptance(bytes));
  return bytes;
}

Result<ConsentAcceptance> parse_consent_acceptance(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "consentAcceptance", kConsentLimits));
  TRY(reader.expect("consent-acceptance", 1));
  TRY(std::string enrolment, reader.text("enrolment", kMaxId));
  TRY(const Sha256Digest consent, reader.digest("consent"));
  TRY(const Sha256Digest signing_certificate, reader.digest("signingCertificate"));
  TRY(const Sha256Digest agreement_certificate, reader.digest("agreementCertificate"));
  TRY(const TimePoint accepted, reader.time("accepted"));
  std::optional<Sha256Digest> agreement_proof;
  if (reader.has("agreementProof")) {
    TRY(agreement_proof, reader.digest("agreementProof"));
  }
  TRY(reader.finish());
  return ConsentAcceptance{std::move(enrolment),  consent,  signing_certificate,
                           agreement_certificate, accepted, agreement_proof};
}

}  // namespace countersign::documents
