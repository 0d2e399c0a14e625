// SPDX-License-Identifier: Apache-2.0
#include "documents/dialogue.h"

#include <algorithm>

#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

namespace json = boost::json;

constexpr JsonLimits kMessageLimits{.bytes = 512 << 10, .depth = 3, .members = 128, .wiped = true};
constexpr std::size_t kMaxProfiles = 4;
constexpr std::size_t kMaxMethods = 2;
constexpr std::size_t kMaxFields = 8;
constexpr std::size_t kMaxName = 16;
constexpr std::size_t kMaxCertificate = 8 << 10;
constexpr std::size_t kMaxOrder = 128 << 10;
constexpr std::size_t kMaxSigned = 256 << 10;  // what x509/cms.h reads
constexpr std::size_t kMaxStatement = 32 << 10;
constexpr std::size_t kMaxCode = 64;
constexpr std::size_t kMaxCompanies = 16;
constexpr std::size_t kMaxStatus = 8 << 10;
constexpr std::size_t kMaxEnvelope = 32 << 10;
constexpr int kMaxTries = 9;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, std::string("message.") + std::string(what));
}

json::value base64_or_null(const std::optional<Bytes>& bytes) {
  if (!bytes) return nullptr;
  return json::value(base64_encode(*bytes));
}

// A list of names, none twice, each of which `meaning_of` knows.
template <typename Meaning>
Result<std::vector<Meaning>> read_distinct(ObjectReader& reader, std::string_view member, std::size_t max,
                                           Result<Meaning> (*meaning_of)(std::string_view)) {
  TRY(const auto names, reader.texts(member, max, kMaxName));
  std::vector<Meaning> meanings;
  for (const std::string& name : names) {
    TRY(const Meaning meaning, meaning_of(name));
    if (std::ranges::find(meanings, meaning) != meanings.end())
      return malformed(std::string(member) + ": one stands twice");
    meanings.push_back(meaning);
  }
  if (meanings.empty()) return malformed(std::string(member) + ": empty");
  return meanings;
}

json::array write_methods(const std::vector<PaymentMethod>& methods) {
  json::array names;
  for (const PaymentMethod method : methods) names.emplace_back(json::string_view(method_name(method)));
  return names;
}

Result<std::vector<PaymentMethod>> read_methods(ObjectReader& reader) {
  return read_distinct<PaymentMethod>(reader, "methods", kMaxMethods, method_of_name);
}

json::array write_profiles(const std::vector<OrderProfile>& profiles) {
  json::array names;
  for (const OrderProfile profile : profiles) names.emplace_back(json::string_view(profile_name(profile)));
  return names;
}

Result<std::vector<OrderProfile>> read_profiles(ObjectReader& reader) {
  return read_distinct<OrderProfile>(reader, "profiles", kMaxProfiles, profile_of_name);
}

json::object begin_secret(std::string_view type) {
  return json::object(begin_document(type), wiped_storage());
}

void put_payment(const Payment& payment, json::object& object) {
  json::object member(wiped_storage());
  write_payment(payment, member);
  object["payment"] = std::move(member);
}

json::object object_of(const PurchaseOpening& opening) {
  json::object object = begin_secret("purchase-opening");
  object["profiles"] = write_profiles(opening.profiles);
  object["nonce"] = hex_encode(opening.nonce);
  object["certificate"] = base64_encode(opening.certificate);
  object["agreementCertificate"] = base64_encode(opening.agreement_certificate);
  put_group(opening.group, object);
  return object;
}

Result<PurchaseOpening> read_opening(ObjectReader reader) {
  PurchaseOpening opening;
  TRY(opening.profiles, read_profiles(reader));
  TRY(opening.nonce, reader.digest("nonce"));
  TRY(opening.certificate, reader.base64("certificate", kMaxCertificate));
  TRY(opening.agreement_certificate, reader.base64("agreementCertificate", kMaxCertificate));
  TRY(opening.group, read_group(reader));
  TRY(reader.finish());
  return opening;
}

json::object object_of(const Information& information) {
  json::object object = begin_secret("information");
  object["statement"] = base64_encode(information.statement);
  object["payment"] = nullptr;
  if (information.payment) put_payment(*information.payment, object);
  object["signedOrder"] = base64_or_null(information.signed_order);
  object["company"] = text_or_null(information.company ? information.company->text() : "");
  return object;
}

Result<Information> read_information(ObjectReader reader) {
  Information information;
  TRY(information.statement, reader.base64("statement", kMaxStatement));
  TRY(auto payment, reader.object_or_null("payment"));
  if (payment) {
    TRY(information.payment, read_payment(std::move(*payment)));
  }
  TRY(information.signed_order, read_base64_or_null(reader, "signedOrder", kMaxSigned));
  TRY(const std::string company, reader.text_or_null("company", kMaxNameText));
  TRY(reader.finish());
  if (!company.empty()) {
    TRY(information.company, name_in_usual_spelling(company, "message.company"));
  }
  return information;
}

json::object object_of(const PaymentMessage& message) {
  json::object object = begin_secret("payment");
  put_payment(message.payment, object);
  object["signedOrder"] = base64_encode(message.signed_order);
  return object;
}

Result<PaymentMessage> read_payment_message(ObjectReader reader) {
  TRY(ObjectReader object, reader.object("payment"));
  TRY(Payment payment, read_payment(std::move(object)));
  TRY(Bytes signed_order, reader.base64("signedOrder", kMaxSigned));
  TRY(reader.finish());
  return PaymentMessage{std::move(payment), std::move(signed_order)};
}

json::object object_of(const InformationRequest& request) {
  json::object object = begin_document("information-request");
  object["profile"] = json::string_view(profile_name(request.profile));
  object["profiles"] = write_profiles(request.profiles);
  object["nonce"] = hex_encode(request.nonce);
  object["purpose"] = json::string_view(purpose_name(request.purpose));
  json::array fields;
  for (const RequestedField& field : request.fields) fields.emplace_back(field_name(field));
  object["fields"] = std::move(fields);
  object["payment"] = nullptr;
  if (request.methods) object["payment"] = json::object{{"methods", write_methods(*request.methods)}};
  object["order"] = base64_or_null(request.order);
  object["sealingCertificate"] = base64_or_null(request.sealing_certificate);
  json::array companies;
  for (const x509::Name& company : request.companies) companies.emplace_back(company.text());
  object["companies"] = std::move(companies);
  return object;
}

Result<std::vector<x509::Name>> read_companies(ObjectReader& reader) {
  TRY(const auto names, reader.texts("companies", kMaxCompanies, kMaxNameText));
  std::vector<x509::Name> companies;
  for (const std::string& text : names) {
    TRY(x509::Name name, name_in_usual_spelling(text, "message.companies"));
    if (std::ranges::find(companies, name) != companies.end())
      return malformed("companies: one stands twice");
    companies.push_back(std::move(name));
  }
  return companies;
}

Result<InformationRequest> read_information_request(ObjectReader reader) {
  InformationRequest request;
  TRY(const std::string profile, reader.text("profile", kMaxName));
  TRY(request.profile, profile_of_name(profile));
  TRY(request.profiles, read_profiles(reader));
  TRY(request.nonce, reader.digest("nonce"));
  TRY(const std::string purpose, reader.text("purpose", kMaxName));
  TRY(request.purpose, purpose_of_name(purpose));
  TRY(const auto names, reader.texts("fields", kMaxFields, kMaxName));
  TRY(request.fields, fields_of_names(names));
  TRY(auto payment, reader.object_or_null("payment"));
  if (payment) {
    TRY(request.methods, read_methods(*payment));
    TRY(payment->finish());
  }
  TRY(request.order, read_base64_or_null(reader, "order", kMaxOrder));
  TRY(request.sealing_certificate, read_base64_or_null(reader, "sealingCertificate", kMaxCertificate));
  TRY(request.companies, read_companies(reader));
  TRY(reader.finish());
  if (request.methods && !request.order) return malformed("order: missing beside methods");
  const bool is_split =
      request.profile == OrderProfile::kSet && request.purpose == DialoguePurpose::kPurchase;
  if (is_split == request.companies.empty())
    return malformed("companies: in a purchase of profile set alone");
  return request;
}

json::object object_of(const PaymentRequest& request) {
  json::object object = begin_document("payment-request");
  object["methods"] = write_methods(request.methods);
  object["order"] = base64_encode(request.order);
  object["sealingCertificate"] = base64_or_null(request.sealing_certificate);
  return object;
}

Result<PaymentRequest> read_payment_request(ObjectReader reader) {
  PaymentRequest request;
  TRY(request.methods, read_methods(reader));
  TRY(request.order, reader.base64("order", kMaxOrder));
  TRY(request.sealing_certificate, read_base64_or_null(reader, "sealingCertificate", kMaxCertificate));
  TRY(reader.finish());
  return request;
}

json::object object_of(const SessionOfferMessage& message) {
  json::object object = begin_document("session-offer-message");
  object["offer"] = base64_encode(message.offer);
  object["envelope"] = base64_encode(message.envelope);
  object["methods"] = write_methods(message.methods);
  return object;
}

Result<SessionOfferMessage> read_session_offer_message(ObjectReader reader) {
  SessionOfferMessage message;
  TRY(message.offer, reader.base64("offer", kMaxStatement));
  TRY(message.envelope, reader.base64("envelope", kMaxSigned));
  TRY(message.methods, read_methods(reader));
  TRY(reader.finish());
  return message;
}

json::object object_of(const SplitOffer& offer) {
  json::object object = begin_document("split-offer");
  object["order"] = base64_encode(offer.order);
  object["certificate"] = base64_encode(offer.certificate);
  object["certificateStatus"] = base64_encode(offer.certificate_status);
  object["agreementCertificate"] = base64_encode(offer.agreement_certificate);
  object["agreementStatus"] = base64_encode(offer.agreement_status);
  object["methods"] = write_methods(offer.methods);
  return object;
}

Result<SplitOffer> read_split_offer(ObjectReader reader) {
  SplitOffer offer;
  TRY(offer.order, reader.base64("order", kMaxOrder));
  TRY(offer.certificate, reader.base64("certificate", kMaxCertificate));
  TRY(offer.certificate_status, reader.base64("certificateStatus", kMaxStatus));
  TRY(offer.agreement_certificate, reader.base64("agreementCertificate", kMaxCertificate));
  TRY(offer.agreement_status, reader.base64("agreementStatus", kMaxStatus));
  TRY(offer.methods, read_methods(reader));
  TRY(reader.finish());
  return offer;
}

json::object object_of(const Outcome& outcome) {
  json::object object = begin_document("outcome");
  object["kind"] = json::string_view(outcome_name(outcome.kind));
  object["document"] = base64_or_null(outcome.document);
  object["code"] = nullptr;
  if (!outcome.code.empty()) object["code"] = outcome.code;
  object["triesLeft"] = outcome.tries_left;
  object["review"] = base64_or_null(outcome.review);
  object["payment"] = base64_or_null(outcome.payment);
  return object;
}

Result<Outcome::Kind> outcome_of_name(std::string_view name) {
  using Kind = Outcome::Kind;
  for (const Kind kind : {Kind::kConfirmation, Kind::kRefusal, Kind::kDeclined, Kind::kIdentified})
    if (outcome_name(kind) == name) return kind;
  return fail(ErrorCode::kUnsupported, "message.kind: not known");
}

// What belongs to each kind.
Result<void> check_whole(const Outcome& outcome) {
  using Kind = Outcome::Kind;
  const bool has_document = outcome.kind == Kind::kConfirmation || outcome.kind == Kind::kRefusal;
  const bool has_code = outcome.kind == Kind::kDeclined || outcome.kind == Kind::kRefusal;
  if (has_document != outcome.document.has_value()) return malformed("document: does not go with its kind");
  if (has_code == outcome.code.empty()) return malformed("code: does not go with its kind");
  if (outcome.tries_left != 0 && outcome.kind != Kind::kDeclined) return malformed("triesLeft: not declined");
  if (outcome.review.has_value() != outcome.payment.has_value())
    return malformed("review: goes with the payment that it speaks of");
  if (outcome.review && outcome.kind == Kind::kIdentified) return malformed("review: nothing was paid");
  if (!outcome.code.empty() && !is_code(outcome.code)) return malformed("code: not a name");
  return ok();
}

Result<Outcome> read_outcome(ObjectReader reader) {
  Outcome outcome;
  TRY(const std::string kind, reader.text("kind", kMaxName));
  TRY(outcome.kind, outcome_of_name(kind));
  TRY(outcome.document, read_base64_or_null(reader, "document", kMaxSigned));
  TRY(outcome.code, reader.text_or_null("code", kMaxCode));
  TRY(const std::int64_t tries, reader.integer("triesLeft", 0, kMaxTries));
  outcome.tries_left = static_cast<int>(tries);
  TRY(outcome.review, read_base64_or_null(reader, "review", kMaxStatement));
  TRY(outcome.payment, read_base64_or_null(reader, "payment", kMaxEnvelope));
  TRY(reader.finish());
  TRY(check_whole(outcome));
  return outcome;
}

// Which of the types that one side sends a message is: finds the reader for it.
template <typename Message>
struct Kind {
  std::string_view type;
  Result<Message> (*read)(ObjectReader);
};

template <typename Message, typename Part, Result<Part> (*read)(ObjectReader)>
Result<Message> read_as(ObjectReader reader) {
  TRY(Part part, read(std::move(reader)));
  return Message(std::move(part));
}

template <typename Message, std::size_t size>
Result<Message> parse_message(BytesView text, const Kind<Message> (&kinds)[size]) {
  TRY(ObjectReader reader, ObjectReader::parse(text, "message", kMessageLimits));
  for (const Kind<Message>& kind : kinds) {
    ObjectReader candidate = reader;
    if (candidate.expect(kind.type, 1)) return kind.read(std::move(candidate));
  }
  // The error of a message that is no document, or of a type or version that is not for this side.
  TRY(reader.expect(kinds[0].type, 1));
  return fail(ErrorCode::kUnsupported, "message.type: not known");
}

}  // namespace

std::string_view outcome_name(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kConfirmation:
      return "confirmation";
    case Outcome::Kind::kRefusal:
      return "refusal";
    case Outcome::Kind::kDeclined:
      return "declined";
    case Outcome::Kind::kIdentified:
      return "identified";
  }
  return "";
}

Result<crypto::SecretBytes> write_dialogue(const WalletMessage& message) {
  crypto::SecretBytes bytes =
      write_secret_json(std::visit([](const auto& known) { return object_of(known); }, message));
  TRY(parse_wallet_message(bytes.reveal(crypto::SecretAccess())));
  return bytes;
}

Result<Bytes> write_dialogue(const GatewayMessage& message) {
  Bytes bytes = to_bytes(write_json(std::visit([](const auto& known) { return object_of(known); }, message)));
  TRY(parse_gateway_message(bytes));
  return bytes;
}

Result<WalletMessage> parse_wallet_message(BytesView text) {
  static constexpr Kind<WalletMessage> kKinds[] = {
      {"purchase-opening", read_as<WalletMessage, PurchaseOpening, read_opening>},
      {"information", read_as<WalletMessage, Information, read_information>},
      {"payment", read_as<WalletMessage, PaymentMessage, read_payment_message>}};
  return parse_message(text, kKinds);
}

Result<GatewayMessage> parse_gateway_message(BytesView text) {
  static constexpr Kind<GatewayMessage> kKinds[] = {
      {"information-request", read_as<GatewayMessage, InformationRequest, read_information_request>},
      {"payment-request", read_as<GatewayMessage, PaymentRequest, read_payment_request>},
      {"session-offer-message", read_as<GatewayMessage, SessionOfferMessage, read_session_offer_message>},
      {"split-offer", read_as<GatewayMessage, SplitOffer, read_split_offer>},
      {"outcome", read_as<GatewayMessage, Outcome, read_outcome>}};
  return parse_message(text, kKinds);
}

}  // namespace countersign::documents
