// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock_tolerance.h"
#include "documents/order.h"
#include "x509/path.h"

namespace countersign::wallet {

// What an order is held against before the holder sees it, and again before it is signed.
struct OrderContext {
  const x509::Certificate& merchant;   // of the TLS peer
  const x509::Certificate& purchaser;  // this wallet's
  const x509::TrustAnchor& anchor;
  std::string checkout;  // of the link
  TimePoint now;
  documents::OrderProfile profile = documents::OrderProfile::kDirect;  // as agreed with the gateway
  std::string origin = {};                          // that a browser attests; empty: any of the merchant's
  std::optional<documents::OrderGroup> group = {};  // with which it is approved; absent: by itself
  Seconds tolerance = kClockTolerance;              // the merchant's clock may be this far ahead
};

// CheckedOrder is an order that is what it should be, with the bytes that will be signed.
struct CheckedOrder {
  documents::Order order;
  Bytes bytes;
};

// check_order refuses an order that names another merchant or certificate than the channel's (kForbidden),
// another purchaser (kForbidden), another checkout (kConflict), an origin that is not in the merchant's
// certificate or not the one attested (kWrongOrigin), another authority than that of the merchant's data
// centre (kForbidden), a profile other than agreed (kUnsupported), another group or one that nobody agreed to
// (kConflict), one that is expired or lies in the future (kExpired, kNotYetValid), and what parse_order
// refuses.
Result<CheckedOrder> check_order(BytesView bytes, const OrderContext& context);

}  // namespace countersign::wallet
