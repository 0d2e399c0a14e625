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

}  // namespace countersign::merchant
