// SPDX-License-Identifier: Apache-2.0
#include "documents/fields.h"

#include "base/mail_address.h"
#include "documents/text_rules.h"

namespace countersign::documents {

Result<x509::Name> name_in_usual_spelling(std::string_view text, std::string_view member) {
  Result<x509::Name> name = x509::Name::from_text(text);
  if (!name) return fail(std::move(name).error(), member);
  if (name.value().text() != text)
    return fail(ErrorCode::kMalformed, std::string(member) + ": not the usual spelling");
  return name;
}

Result<x509::Name> read_name(ObjectReader& reader, std::string_view member) {
  TRY(const std::string text, reader.text(member, kMaxNameText));
  return name_in_usual_spelling(text, member);
}

Result<PartyReference> read_party(ObjectReader& reader, std::string_view member) {
  TRY(ObjectReader party, reader.object(member));
  Result<x509::Name> subject = read_name(party, "subject");
  if (!subject) return fail(std::move(subject).error(), member);
  TRY(const Sha256Digest certificate, party.digest("certificate"));
  TRY(party.finish());
  return PartyReference{std::move(subject).value(), certificate};
}

Result<std::string> read_uuid(ObjectReader& reader, std::string_view member, char version) {
  TRY(std::string id, reader.text(member, 36));
  if (!is_uuid(id, version))
    return fail(ErrorCode::kMalformed, std::string(member) + ": not a lower-case UUID of version " + version);
  return id;
}

Result<Amount> read_amount(ObjectReader& reader, std::string_view member) {
  TRY(const std::int64_t minor_units, reader.integer(member, 0, kLargestInteger));
  TRY(std::string currency, reader.text("currency", 3));
  if (!is_currency_code(currency))
    return fail(ErrorCode::kMalformed, "currency: not three capital letters beside " + std::string(member));
  return Amount{minor_units, std::move(currency)};
}

boost::json::object write_amount(const Amount& amount) {
  return {{"minorUnits", amount.minor_units}, {"currency", amount.currency}};
}

Result<Amount> read_whole_amount(ObjectReader amount) {
  TRY(Amount read, read_amount(amount, "minorUnits"));
  TRY(amount.finish());
  return read;
}

Result<std::optional<std::string>> read_log(ObjectReader& reader) {
  if (!reader.has("log")) return std::optional<std::string>();
  TRY(std::string origin, reader.text("log", kMaxLogOrigin));
  if (!is_log_origin(origin)) return fail(ErrorCode::kMalformed, "log: not the origin of a log");
  return std::optional(std::move(origin));
}

boost::json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return boost::json::value(boost::json::string_view(text));
}

Result<std::string> read_mail_address(ObjectReader& reader, std::string_view member) {
  TRY(std::string address, reader.text(member, 254));
  if (!is_mail_address(address))
    return fail(ErrorCode::kMalformed, std::string(member) + ": not a mail address");
  return address;
}

Result<std::optional<Bytes>> read_base64_or_null(ObjectReader& reader, std::string_view member,
                                                 std::size_t max_bytes) {
  TRY(const std::string text, reader.text_or_null(member, (max_bytes + 2) / 3 * 4));
  if (text.empty()) return std::optional<Bytes>();
  Result<Bytes> bytes = base64_decode(text);
  if (!bytes) return fail(std::move(bytes).error(), member);
  return std::optional(std::move(bytes).value());
}

boost::json::object write_party(const PartyReference& party) {
  return {{"subject", party.subject.text()}, {"certificate", hex_encode(party.certificate)}};
}

boost::json::object begin_document(std::string_view type) {
  return {{"type", boost::json::string_view(type)}, {"version", 1}};
}

}  // namespace countersign::documents
