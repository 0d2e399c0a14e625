// SPDX-License-Identifier: Apache-2.0
#include "documents/company_request.h"

#include "documents/fields.h"

namespace countersign::documents {
namespace {

constexpr std::size_t kMaxSigned = 256 << 10;      // what x509/cms.h reads
constexpr std::size_t kMaxSignedTerms = 32 << 10;  // an agreement, a review result, an extract
constexpr std::size_t kMaxEnvelope = 32 << 10;
constexpr std::size_t kMaxReference = 64;
constexpr std::size_t kMaxCertificate = 8 << 10;
constexpr std::size_t kMaxStatus = 8 << 10;
constexpr JsonLimits kLimits{.bytes = 512 << 10, .depth = 2, .members = 16};

// Writes the object out, held against its own parser.
template <typename Parser>
Result<Bytes> checked(const boost::json::object& object, Parser parse) {
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse(BytesView(bytes)));
  return bytes;
}

void put_amount(const Amount& amount, boost::json::object& object) {
  object["amount"] = amount.minor_units;
  object["currency"] = amount.currency;
}

}  // namespace

Result<Bytes> write_company_certificates(const CompanyCertificates& certificates) {
  boost::json::object object = begin_document("company-certificates");
  object["certificate"] = base64_encode(certificates.certificate);
  object["certificateStatus"] = base64_encode(certificates.certificate_status);
  object["agreementCertificate"] = base64_encode(certificates.agreement_certificate);
  object["agreementStatus"] = base64_encode(certificates.agreement_status);
  return checked(object, parse_company_certificates);
}

Result<CompanyCertificates> parse_company_certificates(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "certificates", kLimits));
  TRY(reader.expect("company-certificates", 1));
  CompanyCertificates certificates;
  TRY(certificates.certificate, reader.base64("certificate", kMaxCertificate));
  TRY(certificates.certificate_status, reader.base64("certificateStatus", kMaxStatus));
  TRY(certificates.agreement_certificate, reader.base64("agreementCertificate", kMaxCertificate));
  TRY(certificates.agreement_status, reader.base64("agreementStatus", kMaxStatus));
  TRY(reader.finish());
  return certificates;
}

Result<Bytes> write_split_authorization_request(const SplitAuthorizationRequest& request) {
  boost::json::object object = begin_document("split-authorization-request");
  object["agreement"] = base64_encode(request.agreement);
  object["signedOrder"] = base64_encode(request.signed_order);
  object["payment"] = base64_encode(request.payment);
  return checked(object, parse_split_authorization_request);
}

Result<SplitAuthorizationRequest> parse_split_authorization_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "request", kLimits));
  TRY(reader.expect("split-authorization-request", 1));
  SplitAuthorizationRequest request;
  TRY(request.agreement, reader.base64("agreement", kMaxSignedTerms));
  TRY(request.signed_order, reader.base64("signedOrder", kMaxSignedTerms));
  TRY(request.payment, reader.base64("payment", kMaxEnvelope));
  TRY(reader.finish());
  return request;
}

Result<Bytes> write_capture_request(const CaptureRequest& request) {
  boost::json::object object = begin_document("capture-request");
  object["reference"] = request.reference;
  object["extract"] = base64_encode(request.extract);
  put_amount(request.amount, object);
  return checked(object, parse_capture_request);
}

Result<CaptureRequest> parse_capture_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "request", kLimits));
  TRY(reader.expect("capture-request", 1));
  CaptureRequest request;
  TRY(request.reference, reader.text("reference", kMaxReference));
  TRY(request.extract, reader.base64("extract", kMaxSignedTerms));
  TRY(request.amount, read_amount(reader, "amount"));
  TRY(reader.finish());
  return request;
}

Result<Bytes> write_refund_request(const RefundRequest& request) {
  boost::json::object object = begin_document("refund-request");
  object["reference"] = request.reference;
  object["authorization"] = request.authorization;
  put_amount(request.amount, object);
  return checked(object, parse_refund_request);
}

Result<RefundRequest> parse_refund_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "request", kLimits));
  TRY(reader.expect("refund-request", 1));
  RefundRequest request;
  TRY(request.reference, reader.text("reference", kMaxReference));
  TRY(request.authorization, reader.text("authorization", kMaxId));
  TRY(request.amount, read_amount(reader, "amount"));
  TRY(reader.finish());
  return request;
}

Result<Bytes> write_movement_answer(const MovementAnswer& answer) {
  boost::json::object object = begin_document("movement");
  object["id"] = answer.id;
  object["kind"] = answer.kind;
  object["reference"] = answer.reference;
  object["authorization"] = answer.authorization;
  put_amount(answer.amount, object);
  object["made"] = format_time(answer.made);
  return checked(object, parse_movement_answer);
}

Result<MovementAnswer> parse_movement_answer(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "movement", kLimits));
  TRY(reader.expect("movement", 1));
  MovementAnswer answer;
  TRY(answer.id, reader.text("id", kMaxId));
  TRY(answer.kind, reader.text("kind", 16));
  if (answer.kind != "capture" && answer.kind != "refund")
    return fail(ErrorCode::kUnsupported, "movement.kind: not known");
  TRY(answer.reference, reader.text("reference", kMaxReference));
  TRY(answer.authorization, reader.text("authorization", kMaxId));
  TRY(answer.amount, read_amount(reader, "amount"));
  TRY(answer.made, reader.time("made"));
  TRY(reader.finish());
  return answer;
}

Result<Bytes> write_confirmation_request(const ConfirmationRequest& request) {
  boost::json::object object = begin_document("confirmation-request");
  object["countersignedOrder"] = base64_encode(request.countersigned_order);
  object["review"] = base64_encode(request.review);
  return checked(object, parse_confirmation_request);
}

Result<ConfirmationRequest> parse_confirmation_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "request", kLimits));
  TRY(reader.expect("confirmation-request", 1));
  ConfirmationRequest request;
  TRY(request.countersigned_order, reader.base64("countersignedOrder", kMaxSigned));
  TRY(request.review, reader.base64("review", kMaxSignedTerms));
  TRY(reader.finish());
  return request;
}

Result<Bytes> write_extract_request(const ExtractRequest& request) {
  boost::json::object object = begin_document("extract-request");
  object["orderId"] = request.order_id;
  object["orderDigest"] = hex_encode(request.order_digest);
  return checked(object, parse_extract_request);
}

Result<ExtractRequest> parse_extract_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "request", kLimits));
  TRY(reader.expect("extract-request", 1));
  ExtractRequest request;
  TRY(request.order_id, read_uuid(reader, "orderId", '7'));
  TRY(request.order_digest, reader.digest("orderDigest"));
  TRY(reader.finish());
  return request;
}

}  // namespace countersign::documents
