// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "documents/json.h"
#include "link/control.h"

namespace countersign::mediator {

// PurchaseNotice is what starts a purchase: what the page's tag says, and who vouches for the page.
struct PurchaseNotice {
  std::vector<link::NamedCheckout> checkouts;  // 1–8, each at another gateway; profiles: lower-case words
  std::string origin;     // https origin of the page; a link names it where it names several checkouts
  bool attested = false;  // whether the extension has the origin of the browser
  friend bool operator==(const PurchaseNotice&, const PurchaseNotice&) = default;
};

// Reads {"purchase":{gateway,checkout,token,profiles},"origin"}, or "purchases" with a list of those, out of
// a message of the extension. kMalformed with the member's path, kTooLarge for more than eight.
Result<PurchaseNotice> read_notice(documents::ObjectReader& message);
// Reads `countersign:pay?gateway=…&checkout=…&token=…`, which no browser vouches for; with several checkouts
// the next ones are `gateway.2=…&checkout.2=…&token.2=…` and so on, and `origin=…` names their page.
// kMalformed, kTooLarge, kUnsupported for a link of another kind.
Result<PurchaseNotice> parse_pay_link(std::string_view text);

}  // namespace countersign::mediator
