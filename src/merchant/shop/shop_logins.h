// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "merchant/checkout_desk.h"

namespace countersign::merchant {

// ShopLogins remembers which browser began which log-in of the demo shop. The token of a log-in is drawn when
// it begins, for that browser alone: whatever anybody knew or planted before is worth nothing once the
// terminal has answered. Tokens are stored as digests, in the tables of ShopOrders. Thread-safe.
class ShopLogins {
 public:
  static constexpr Seconds kLongest = std::chrono::hours(12);  // from the beginning of a log-in

  ShopLogins(GatewayContext context, CheckoutDesk& checkouts) : context_(context), checkouts_(checkouts) {}

  // The token of a log-in whose identification was just opened, for the browser's cookie.
  Result<std::string> begin(std::string_view identification);
  // The pseudonym of who logged in with this token; empty while the terminal has not answered, and after the
  // end.
  Result<std::string> customer(std::string_view token);
  // Logs out; a token that is unknown is logged out already.
  Result<void> end(std::string_view token);

 private:
  const GatewayContext context_;
  CheckoutDesk& checkouts_;
};

}  // namespace countersign::merchant
