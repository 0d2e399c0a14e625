// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "merchant/authority_access.h"

namespace countersign::merchant {

// Links that a wallet opens, by click or as a QR code.

// countersign:pay?gateway=…&checkout=…&token=…
std::string pay_link(std::string_view gateway, std::string_view checkout, std::string_view token);
// countersign:enrol?authority=…&id=…&token=…&root=…
std::string enrolment_link(const EnrolmentGrant& grant);

// Percent-encodes all but the unreserved characters of RFC 3986 §2.3.
std::string percent_encode(std::string_view text);
// Decodes a component of application/x-www-form-urlencoded: "+" is a space. kMalformed.
Result<std::string> form_decode(std::string_view text);

}  // namespace countersign::merchant
