// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/confirmation.h"
#include "documents/order.h"
#include "documents/split_payment.h"
#include "merchant/capture_store.h"
#include "merchant/card_companies.h"
#include "merchant/checkout_store.h"

namespace countersign::merchant {

// CaptureDesk takes what the card company approved for orders that were confirmed since: the authority's
// extract, then the company's movement. Each step is durable before the next; after any crash the same is
// asked again, under the same reference. Thread-safe.
class CaptureDesk {
 public:
  CaptureDesk(GatewayContext context, ConfirmationAccess& authority, CardCompanies& companies)
      : context_(context), authority_(authority), companies_(companies) {}

  // Goes on with all that is due; the number captured. Each by itself: one that fails is logged and tried
  // again later. It ends as failed where the company refuses it for good after the time that its approval
  // stood for.
  Result<int> capture_due();

 private:
  // All that one capture rests on.
  struct Situation {
    StoredCapture capture;
    StoredOrder stored_order;
    documents::Order order;
    documents::Confirmation confirmation;
    documents::ReviewResult review;
  };
  Result<Situation> look_up(std::string_view order_id) const;
  Result<Bytes> extract_for(const Situation& at);
  Result<std::string> capture(const Situation& at);
  Result<void> conclude(const Situation& at, const Result<std::string>& movement);

  const GatewayContext context_;
  ConfirmationAccess& authority_;
  CardCompanies& companies_;
};

}  // namespace countersign::merchant
