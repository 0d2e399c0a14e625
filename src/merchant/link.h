// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

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
// What a link or tag of several checkouts names of each.
struct LinkedCheckout {
  std::string gateway, checkout, token;
};
// Reads what pay_link writes. kMalformed.
Result<LinkedCheckout> read_pay_link(std::string_view link);
// One link for several checkouts of the page at this origin, to be approved at once; 1–8.
std::string joint_pay_link(const std::vector<LinkedCheckout>& checkouts, std::string_view origin);
// The element that holds the tags of several checkouts, in their order: <countersign-purchases hidden>.
std::string joint_tag(const std::vector<LinkedCheckout>& checkouts, std::string_view profiles);
// countersign:enrol?authority=…&id=…&token=…&root=…
std::string enrolment_link(const EnrolmentGrant& grant);

}  // namespace countersign::merchant
