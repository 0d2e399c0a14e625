// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/result.h"
#include "x509/certificate.h"

namespace countersign::documents {

// ForwardedOrder, type "forwarded-order", version 1: POST /v1/peers/orders. What the merchant of another data
// centre asked one authority to have confirmed, handed on to the one that alone confirms it. Not signed: who
// hands it on is known by TLS, and the order itself is signed by whom it binds.
struct ForwardedOrder {
  x509::Certificate merchant;   // that asked, by TLS
  Bytes countersigned_order;    // CMS
  std::optional<Bytes> review;  // CMS of the card company, where the payment is split
};
inline constexpr std::size_t kMaxForwardedOrder = 512 << 10;
// kTooLarge, kMalformed for what parse_forwarded_order would refuse.
Result<Bytes> write_forwarded_order(const ForwardedOrder& forwarded);
Result<ForwardedOrder> parse_forwarded_order(BytesView json);

}  // namespace countersign::documents
