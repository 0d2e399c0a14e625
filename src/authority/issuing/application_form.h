// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "x509/pkcs10.h"

namespace countersign::authority {

// How the authority reaches the people of a merchant.
struct MerchantContact {
  std::string email, contact, telephone;
};

// ApplicationForm is what a merchant asks for: type "merchant-application", version 1.
struct ApplicationForm {
  std::string name;                     // becomes the CN
  std::optional<x509::Pkcs10> request;  // verified proof of possession; absent: the authority makes the key
  MerchantContact contact;
  std::vector<std::string> origins;   // https origins of the shop, 1–20
  unsigned short challenge_port = 0;  // 0: each origin's own
};

// parse_application reads an untrusted application and checks all that can be checked without the store:
// strict JSON, PKCS#10 with proof of possession, mail address, origins in their one spelling (x509/hosts.h).
// kMalformed, kSignatureInvalid, kUnsupported.
Result<ApplicationForm> parse_application(BytesView json);

// merchant_subject is `CN=<name>,OU=merchants,<data centre>`; nothing of the name that the applicant put into
// its PKCS#10 is used but that it must be equal or be the plain `CN=<name>` (kNameNotPermitted).
Result<x509::Name> merchant_subject(const ApplicationForm& form, const x509::Name& data_centre);

// A PKCS#10 must ask for exactly the names of the origins and no others (kNameNotPermitted).
Result<void> check_alternative_names(const x509::AlternativeNames& asked, const x509::AlternativeNames& due);

}  // namespace countersign::authority
