// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "merchant/checkout.h"
#include "x509/certificate.h"

namespace countersign::merchant {

// Between whom an order is, and who alone may confirm it.
struct OrderParties {
  x509::Certificate merchant, purchaser;
  x509::Name authority;
};

struct ComposedOrder {
  std::string id;
  Bytes document;  // what the purchaser signs, byte for byte
  TimePoint expires;
};

// compose_order makes the order for one purchaser out of a checkout, with a fresh id and nonce. It expires
// with the checkout.
Result<ComposedOrder> compose_order(const Checkout& checkout, const OrderParties& parties,
                                    const OrderTerms& terms, TimePoint now);

// verify_signed_order accepts what a wallet sends back: a CMS SignedData by exactly the certificate that the
// order was composed for, over exactly the bytes that were sent; and in profile set, but in no other, over
// the digest of a payment instruction beside them, which it answers (F7 S40–S41). kForbidden for another
// signer, kConflict for other bytes, kSignatureInvalid (also where that digest is missing or too much),
// kMalformed.
Result<std::optional<Sha256Digest>> verify_signed_order(BytesView der, BytesView order,
                                                        const x509::Certificate& purchaser);

}  // namespace countersign::merchant
