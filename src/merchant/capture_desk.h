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
  // again, five minutes later at the latest. It ends as failed only where the company itself refuses it after
  // the time that its approval stood for. The shop is told of both ends.
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
  Result<CompanyAnswer<documents::MovementAnswer>> ask(const Situation& at);
  // How one ended; an error where it goes on.
  Result<StoredCapture::State> go_on(const Situation& at);
  Result<StoredCapture::State> conclude(const Situation& at, StoredCapture capture);
  Result<void> postpone(std::string_view order_id, const Error& error, Seconds delay);

  const GatewayContext context_;
  ConfirmationAccess& authority_;
  CardCompanies& companies_;
};

}  // namespace countersign::merchant
