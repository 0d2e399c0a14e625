// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "evidence/accept_receipt.h"
#include "merchant/context.h"
#include "merchant/receipt_store.h"

namespace countersign::merchant {

// check_receipt judges a receipt of a confirmation that was verified (evidence::accept_receipt), by whom and
// by the newest map that the gateway has, before it is stored or passed on.
Result<evidence::AcceptedReceipt> check_receipt(BytesView receipt, BytesView confirmation,
                                                const NetworkView& network);

// ReceiptDesk keeps the receipts of confirmed orders, and asks for newer ones until witnesses have signed.
// What came with the confirmation was signed by the log before any witness saw it. Thread-safe.
//
// That the authority gives none, or an attacker has the question for one fail, changes nothing that was
// agreed: the confirmation is verified alike with and without, and names its log under its signature, so that
// it is noticed here that the receipt is missing, and it is asked for until it comes. A receipt in the place
// of a confirmation is worth nothing unless the confirmation inside verifies as if it had come alone.
class ReceiptDesk {
 public:
  ReceiptDesk(GatewayContext context, ConfirmationAccess& authority)
      : context_(context), authority_(authority) {}

  // The receipt as it is stored. kNotFound without one.
  Result<Bytes> receipt_of_order(std::string_view order_id) const;
  Result<Bytes> receipt_of_checkout(std::string_view checkout) const;
  // Asks for all that are due; the number of those that are witnessed now. What does not check out is logged
  // and not stored; the one that was stays. After a day's questions, and where the authority says that there
  // will be none (kGone, kUnsupported), nobody asks any more. Ends early when the authority cannot be
  // reached.
  Result<int> ask_for_due();

 private:
  Result<StoredReceipt> go_on(const StoredReceipt& kept) const;
  Result<void> store(StoredReceipt receipt, std::string_view last_error) const;

  const GatewayContext context_;
  ConfirmationAccess& authority_;
};

}  // namespace countersign::merchant
