// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wallet/order_check.h"
#include "wallet/payment_means.h"
#include "wallet/set_offer.h"
#include "wallet/store.h"

namespace countersign::wallet {

// seal_split_payment makes the payment half of an order of profile set (F7 S36–S37): an instruction with the
// order's terms and a fresh nonce, sealed to the card company; the record names who is to answer it. To be
// signed with the order and kept before it leaves. kWrongRole for a certificate that nothing can be sealed
// to.
Result<SplitPaymentRecord> seal_split_payment(const CheckedOrder& order, PaymentMeans means,
                                              const VerifiedCompany& company);

// The payment of a signed purchase that may count: the last one, unless it is known to be declined. What is
// sent again is this one. None where the purchase is decided.
Result<std::optional<SplitPaymentRecord>> standing_payment(WalletStore& store, const std::string& purchase);

}  // namespace countersign::wallet
