// SPDX-License-Identifier: Apache-2.0
#include "documents/dialogue_information.h"

#include <algorithm>
#include <array>

#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kInformationLimits{.bytes = 16 << 10, .depth = 2, .members = 64};
constexpr std::size_t kMaxFields = 8;
constexpr std::size_t kMaxFieldText = 200;
constexpr int kOldest = 150;
constexpr std::string_view kOverAge = "overAge:";

struct NamedField {
  PersonalField field;
  std::string_view name;
};
constexpr std::array kFields = {
    NamedField{PersonalField::kName, "name"}, NamedField{PersonalField::kAddress, "address"},
    NamedField{PersonalField::kBirthDate, "birthDate"}, NamedField{PersonalField::kTelephone, "telephone"},
    NamedField{PersonalField::kBloodType, "bloodType"}};

struct NamedPurpose {
  DialoguePurpose purpose;
  std::string_view name;
};
constexpr std::array kPurposes = {NamedPurpose{DialoguePurpose::kPurchase, "purchase"},
                                  NamedPurpose{DialoguePurpose::kLogin, "login"},
                                  NamedPurpose{DialoguePurpose::kAgeCheck, "age-check"}};

// The years of "overAge:<years>" in their one spelling; 0 for anything else.
int years_of(std::string_view name) {
  if (!name.starts_with(kOverAge)) return 0;
  name.remove_prefix(kOverAge.size());
  if (name.empty() || name.size() > 3 || name.front() == '0') return 0;
  if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) return 0;
  return std::stoi(std::string(name));
}

Result<AnsweredField> read_field(ObjectReader& reader, const RequestedField& field) {
  AnsweredField answered{field, {}, false};
  if (field.field == PersonalField::kOverAge) {
    TRY(answered.is_over, reader.boolean(field_name(field)));
    return answered;
  }
  TRY(answered.text, reader.text(field_name(field), kMaxFieldText));
  if (field.field == PersonalField::kBirthDate && !parse_time(answered.text + "T00:00:00Z"))
    return fail(ErrorCode::kMalformed, "information.fields.birthDate: not a date");
  return answered;
}

Result<std::vector<AnsweredField>> read_fields(ObjectReader reader, const std::vector<std::string>& names) {
  TRY(const auto requested, fields_of_names(names));
  std::vector<AnsweredField> fields;
  for (const RequestedField& field : requested) {
    TRY(AnsweredField answered, read_field(reader, field));
    fields.push_back(std::move(answered));
  }
  TRY(reader.finish());
  return fields;
}

}  // namespace

std::string field_name(const RequestedField& field) {
  for (const NamedField& known : kFields)
    if (known.field == field.field) return std::string(known.name);
  return std::string(kOverAge) + std::to_string(field.age);
}

Result<RequestedField> field_of_name(std::string_view name) {
  for (const NamedField& known : kFields)
    if (known.name == name) return RequestedField{known.field, 0};
  const int years = years_of(name);
  if (years >= 1 && years <= kOldest) return RequestedField{PersonalField::kOverAge, years};
  return fail(ErrorCode::kUnsupported, "fields: not known");
}

Result<std::vector<RequestedField>> fields_of_names(const std::vector<std::string>& names) {
  if (names.size() > kMaxFields) return fail(ErrorCode::kTooLarge, "fields: too many");
  std::vector<RequestedField> fields;
  for (const std::string& name : names) {
    TRY(const RequestedField field, field_of_name(name));
    if (std::ranges::find(fields, field) != fields.end())
      return fail(ErrorCode::kMalformed, "fields: one stands twice");
    fields.push_back(field);
  }
  return fields;
}

std::string_view purpose_name(DialoguePurpose purpose) {
  for (const NamedPurpose& known : kPurposes)
    if (known.purpose == purpose) return known.name;
  return "";
}

Result<DialoguePurpose> purpose_of_name(std::string_view name) {
  for (const NamedPurpose& known : kPurposes)
    if (known.name == name) return known.purpose;
  return fail(ErrorCode::kUnsupported, "purpose: not known");
}

Result<OrderProfile> profile_of_name(std::string_view name) {
  for (const OrderProfile profile :
       {OrderProfile::kDirect, OrderProfile::kPlain, OrderProfile::kSession, OrderProfile::kSet})
    if (profile_name(profile) == name) return profile;
  return fail(ErrorCode::kUnsupported, "profile: not known");
}

Result<Bytes> write_personal_information(const PersonalInformation& information) {
  boost::json::object object = begin_document("personal-information");
  object["checkout"] = information.checkout;
  object["origin"] = information.origin;
  object["merchant"] = hex_encode(information.merchant);
  object["purpose"] = boost::json::string_view(purpose_name(information.purpose));
  object["profile"] = boost::json::string_view(profile_name(information.profile));
  object["gatewayNonce"] = hex_encode(information.gateway_nonce);
  object["walletNonce"] = hex_encode(information.wallet_nonce);
  boost::json::object fields;
  boost::json::array names;
  for (const AnsweredField& answered : information.fields) {
    const std::string name = field_name(answered.field);
    names.emplace_back(name);
    if (answered.field.field == PersonalField::kOverAge)
      fields[name] = answered.is_over;
    else
      fields[name] = answered.text;
  }
  object["released"] = std::move(names);
  object["fields"] = std::move(fields);
  Bytes bytes = to_bytes(write_json(object));
  TRY(parse_personal_information(bytes));
  return bytes;
}

Result<PersonalInformation> parse_personal_information(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "information", kInformationLimits));
  TRY(reader.expect("personal-information", 1));
  PersonalInformation information;
  TRY(information.checkout, reader.text("checkout", kMaxId));
  TRY(information.origin, reader.text("origin", 300));
  if (!is_https_origin(information.origin))
    return fail(ErrorCode::kMalformed, "information.origin: not an https origin");
  TRY(information.merchant, reader.digest("merchant"));
  TRY(const std::string purpose, reader.text("purpose", 16));
  TRY(information.purpose, purpose_of_name(purpose));
  TRY(const std::string profile, reader.text("profile", 16));
  TRY(information.profile, profile_of_name(profile));
  TRY(information.gateway_nonce, reader.digest("gatewayNonce"));
  TRY(information.wallet_nonce, reader.digest("walletNonce"));
  TRY(const auto names, reader.texts("released", kMaxFields, 16));
  TRY(ObjectReader fields, reader.object("fields"));
  TRY(information.fields, read_fields(std::move(fields), names));
  TRY(reader.finish());
  return information;
}

}  // namespace countersign::documents
