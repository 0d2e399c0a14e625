// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <vector>

#include "base/clock.h"
#include "documents/order.h"

namespace countersign::documents {

// What a shop can ask for of the person behind a certificate. kOverAge is answered by true or false and tells
// no birth date.
enum class PersonalField { kName, kAddress, kBirthDate, kTelephone, kBloodType, kOverAge };

// RequestedField is one field as it is asked for; on the wire "name", "birthDate", "overAge:19".
struct RequestedField {
  PersonalField field = PersonalField::kName;
  int age = 0;  // 1–150 years where the field is kOverAge, else 0
  friend auto operator<=>(const RequestedField&, const RequestedField&) = default;
};
std::string field_name(const RequestedField& field);
Result<RequestedField> field_of_name(std::string_view name);
// The fields of a list of names: at most 8, none twice.
Result<std::vector<RequestedField>> fields_of_names(const std::vector<std::string>& names);

// AnsweredField is one field with what the holder released.
struct AnsweredField {
  RequestedField field;
  std::string text;      // 1–200 characters; "1990-12-31" for a birth date; empty for kOverAge
  bool is_over = false;  // kOverAge only: whether the holder has completed that many years
  friend bool operator==(const AnsweredField&, const AnsweredField&) = default;
};

// What the dialogue is for.
enum class DialoguePurpose { kPurchase, kLogin, kAgeCheck };
std::string_view purpose_name(DialoguePurpose purpose);
Result<DialoguePurpose> purpose_of_name(std::string_view name);
// The profile of this name; kUnsupported for any other.
Result<OrderProfile> profile_of_name(std::string_view name);

// PersonalInformation is what a purchaser signs to prove possession of the key and to release fields (F5
// S6–S9, F6 S18–S20): type "personal-information", version 1. Both nonces are of this very dialogue, so that
// it says nothing to anybody else or at another time.
struct PersonalInformation {
  std::string checkout;   // id, 1–64
  std::string origin;     // https origin that the wallet was told of
  Sha256Digest merchant;  // of the certificate that the wallet speaks to
  DialoguePurpose purpose = DialoguePurpose::kPurchase;
  OrderProfile profile = OrderProfile::kPlain;
  Sha256Digest gateway_nonce;
  Sha256Digest wallet_nonce;
  std::vector<AnsweredField> fields;  // at most 8; those asked for that the holder released
};
// write_personal_information checks as parse_personal_information does; the result is personal data.
Result<Bytes> write_personal_information(const PersonalInformation& information);
Result<PersonalInformation> parse_personal_information(BytesView json);

}  // namespace countersign::documents
