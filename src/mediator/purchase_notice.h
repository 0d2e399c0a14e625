// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/json.h"

namespace countersign::mediator {

// PurchaseNotice is what starts a purchase: what the page's tag says, and who vouches for the page.
struct PurchaseNotice {
  std::string gateway;                // https origin
  std::string checkout;               // letters, digits, '-', '_'
  std::string token;                  // alike
  std::vector<std::string> profiles;  // lower-case words, 1–8
  std::string origin;  // https origin of the page, as the extension has it of the browser; or empty
  bool is_attested() const { return !origin.empty(); }
  friend bool operator==(const PurchaseNotice&, const PurchaseNotice&) = default;
};

// Reads {"purchase":{gateway,checkout,token,profiles},"origin"} out of a message of the extension. kMalformed
// with the member's path.
Result<PurchaseNotice> read_notice(documents::ObjectReader& message);
// Reads `countersign:pay?gateway=…&checkout=…&token=…`, which no browser vouches for. kMalformed,
// kUnsupported for a link of another kind.
Result<PurchaseNotice> parse_pay_link(std::string_view text);

}  // namespace countersign::mediator
