// SPDX-License-Identifier: Apache-2.0
#include "wallet/personal_data.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "documents/fields.h"

namespace countersign::wallet {
namespace {

using documents::PersonalField;

constexpr std::size_t kMaxText = 200;
constexpr std::size_t kMaxTelephone = 30;
constexpr std::array<std::string_view, 8> kBloodTypes{"A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"};

Result<void> check_text(std::string_view value, std::string_view field) {
  const auto characters = count_plain_characters(value);
  if (!characters) return fail(ErrorCode::kMalformed, std::string(field) + ": characters that may not be");
  if (*characters > kMaxText) return fail(ErrorCode::kTooLarge, std::string(field) + ": too long");
  return ok();
}

// A day of the calendar in the one spelling "YYYY-MM-DD".
std::optional<std::chrono::year_month_day> day_of(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&text](std::size_t at, std::size_t size) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + size, value);
    return error == std::errc() && end == text.data() + at + size ? std::optional(value) : std::nullopt;
  };
  const auto year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(*month), std::chrono::day(*day)};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::chrono::year_month_day day_of(TimePoint time) {
  return std::chrono::floor<std::chrono::days>(time);
}

bool is_telephone(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return text.size() <= kMaxTelephone &&
         std::any_of(text.begin(), text.end(), [](char c) { return c != ' '; }) &&
         text.find_first_not_of("0123456789- ") == std::string_view::npos;
}

const std::string* text_of(const PersonalData& data, PersonalField field) {
  switch (field) {
    case PersonalField::kName:
      return &data.name;
    case PersonalField::kAddress:
      return &data.address;
    case PersonalField::kBirthDate:
    case PersonalField::kOverAge:
      return &data.birth_date;
    case PersonalField::kTelephone:
      return &data.telephone;
    case PersonalField::kBloodType:
      return &data.blood_type;
  }
  return nullptr;
}

// Whether who was born on `birth` has completed `age` years on `today`.
bool has_completed(int age, const std::chrono::year_month_day& birth,
                   const std::chrono::year_month_day& today) {
  return birth + std::chrono::years(age) <= today;
}

}  // namespace

Result<void> check_personal_data(const PersonalData& data, TimePoint now) {
  TRY(check_text(data.name, "name"));
  TRY(check_text(data.address, "address"));
  if (!data.birth_date.empty()) {
    const auto day = day_of(data.birth_date);
    if (!day || *day > day_of(now) || day->year() < std::chrono::year(1850))
      return fail(ErrorCode::kMalformed, "birth date: a day as YYYY-MM-DD");
  }
  if (!data.telephone.empty() && !is_telephone(data.telephone))
    return fail(ErrorCode::kMalformed, "telephone: digits, blanks and hyphens");
  if (!data.blood_type.empty() &&
      std::find(kBloodTypes.begin(), kBloodTypes.end(), data.blood_type) == kBloodTypes.end())
    return fail(ErrorCode::kMalformed, "blood type: A, B, AB or O with + or -");
  return ok();
}

crypto::SecretBytes write_personal_data(const PersonalData& data) {
  boost::json::object object(documents::wiped_storage());
  object["type"] = "personal-data";
  object["version"] = 1;
  object["name"] = data.name;
  object["address"] = data.address;
  object["birthDate"] = data.birth_date;
  object["telephone"] = data.telephone;
  object["bloodType"] = data.blood_type;
  return documents::write_secret_json(object);
}

Result<PersonalData> parse_personal_data(const crypto::SecretBytes& json) {
  TRY(auto reader,
      documents::ObjectReader::parse(json.reveal(crypto::SecretAccess()), "personal data", {.wiped = true}));
  TRY(reader.expect("personal-data", 1));
  PersonalData data;
  TRY(data.name, reader.text("name", kMaxText, 0));
  TRY(data.address, reader.text("address", kMaxText, 0));
  TRY(data.birth_date, reader.text("birthDate", kMaxText, 0));
  TRY(data.telephone, reader.text("telephone", kMaxText, 0));
  TRY(data.blood_type, reader.text("bloodType", kMaxText, 0));
  TRY(reader.finish());
  return data;
}

std::vector<PersonalField> fields_in(const PersonalData& data) {
  std::vector<PersonalField> fields;
  for (const auto field : {PersonalField::kName, PersonalField::kAddress, PersonalField::kBirthDate,
                           PersonalField::kTelephone, PersonalField::kBloodType, PersonalField::kOverAge}) {
    if (!text_of(data, field)->empty()) fields.push_back(field);
  }
  return fields;
}

Result<documents::AnsweredField> answer_field(const PersonalData& data,
                                              const documents::RequestedField& field, TimePoint now) {
  const std::string& text = *text_of(data, field.field);
  if (text.empty()) return fail(ErrorCode::kNotFound, documents::field_name(field) + ": not on the card");
  if (field.field != PersonalField::kOverAge) return documents::AnsweredField{field, text, false};
  const auto birth = day_of(text);
  if (!birth) return fail(ErrorCode::kMalformed, "birth date: not a day");
  return documents::AnsweredField{field, {}, has_completed(field.age, *birth, day_of(now))};
}

}  // namespace countersign::wallet
