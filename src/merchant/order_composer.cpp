// SPDX-License-Identifier: Apache-2.0
#include "merchant/order_composer.h"

#include <algorithm>

#include "crypto/random.h"
#include "x509/cms.h"

namespace countersign::merchant {

Result<ComposedOrder> compose_order(const Checkout& checkout, const OrderParties& parties,
                                    const OrderTerms& terms, TimePoint now) {
  documents::Order order{.id = crypto::random_uuid_v7(now),
                         .profile = terms.profile,
                         .merchant = documents::reference_to(parties.merchant),
                         .purchaser = documents::reference_to(parties.purchaser),
                         .origin = checkout.origin,
                         .checkout = checkout.id,
                         .authority = parties.authority,
                         .card_company = terms.card_company,
                         .lines = checkout.lines,
                         .total = checkout.total,
                         .created = whole_seconds(now),
                         .expires = whole_seconds(checkout.expires),
                         .nonce = {},
                         .group = terms.group};
  std::ranges::copy(crypto::random_bytes(order.nonce.size()), order.nonce.begin());
  TRY(auto document, documents::write_order(order));
  return ComposedOrder{std::move(order.id), std::move(document), order.expires};
}

Result<std::optional<Sha256Digest>> verify_signed_order(BytesView der, BytesView order,
                                                        const x509::Certificate& purchaser) {
  TRY(const auto cms, x509::UnverifiedCms::parse(der));
  if (cms.content_type() != x509::ContentType::kData)
    return fail(ErrorCode::kMalformed, "signed order: the content is not data");
  if (cms.signer_fingerprint() != purchaser.fingerprint())
    return fail(ErrorCode::kForbidden, "signed order: signed with another certificate than the order is for");
  TRY(const auto verified, x509::verify_order_cms(cms, purchaser));
  if (!equal(verified.content, order))
    return fail(ErrorCode::kConflict, "signed order: not the bytes of the order that was sent");
  TRY(const auto document, documents::parse_order(order));
  const bool is_split = document.profile == documents::OrderProfile::kSet;
  if (is_split && !verified.payment_digest)
    return fail(ErrorCode::kSignatureInvalid, "signed order: does not cover a payment instruction");
  if (!is_split && verified.payment_digest)
    return fail(ErrorCode::kSignatureInvalid,
                "signed order: covers a payment instruction, which is not split");
  return verified.payment_digest;
}

}  // namespace countersign::merchant
