// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "merchant/authority_access.h"

namespace countersign::merchant {

// Links that a wallet opens, by click or as a QR code.

// countersign:pay?gateway=…&checkout=…&token=…
std::string pay_link(std::string_view gateway, std::string_view checkout, std::string_view token);
// The element that a shop puts into its page, by which the browser's extension starts the purchase
// (docs/shop-api.md): <countersign-purchase gateway="…" checkout="…" token="…" profiles="session plain"
// hidden>
struct PurchaseTag {
  std::string_view gateway, checkout, token;
  std::string_view profiles;  // separated by spaces, best first
};
std::string purchase_tag(const PurchaseTag& tag);
// countersign:enrol?authority=…&id=…&token=…&root=…
std::string enrolment_link(const EnrolmentGrant& grant);

}  // namespace countersign::merchant
