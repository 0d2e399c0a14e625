// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "crypto/secret.h"
#include "documents/dialogue_information.h"

namespace countersign::wallet {

// PersonalData is what the holder keeps of themselves on the card (F4); what is not given is empty.
struct PersonalData {
  std::string name, address;  // at most 200 characters
  std::string birth_date;     // "1990-12-31"
  std::string telephone;      // digits, blanks, hyphens and a leading plus
  std::string blood_type;     // "A+", "O-", "AB+" …
  friend bool operator==(const PersonalData&, const PersonalData&) = default;
};

// check_personal_data: kMalformed or kTooLarge with the field's name, never with what stands in it.
Result<void> check_personal_data(const PersonalData& data, TimePoint now);
// As it lies on the card: JSON, type "personal-data", version 1.
crypto::SecretBytes write_personal_data(const PersonalData& data);
Result<PersonalData> parse_personal_data(const crypto::SecretBytes& json);

// The fields that can be answered from it; an age where there is a birth date.
std::vector<documents::PersonalField> fields_in(const PersonalData& data);
// answer_field is one field as it is released. A question for an age is answered by yes or no on the day
// `now` (UTC) and tells no birth date. kNotFound where nothing is given.
Result<documents::AnsweredField> answer_field(const PersonalData& data,
                                              const documents::RequestedField& field, TimePoint now);

}  // namespace countersign::wallet
