// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/amount.h"
#include "base/clock.h"
#include "documents/order_group.h"
#include "documents/party.h"

namespace countersign::documents {

// How the purchase is paid (mission F5–F7). kDirect: no payment data passes through the network.
enum class OrderProfile { kDirect, kPlain, kSession, kSet };
std::string_view profile_name(OrderProfile profile);

struct OrderLine {
  std::string sku;          // 1–64
  std::string description;  // 1–200
  std::int64_t quantity;    // 1–1,000,000
  std::int64_t unit_price;  // minor units
  friend bool operator==(const OrderLine&, const OrderLine&) = default;
};

// Order is what a purchaser signs: type "order", version 1 (docs/protocols/documents.md). Signatures cover
// the bytes that were sent, so an Order is always kept together with them.
struct Order {
  std::string id;  // UUIDv7
  OrderProfile profile = OrderProfile::kDirect;
  PartyReference merchant;
  PartyReference purchaser;
  std::string origin;    // https origin of the shop's page
  std::string checkout;  // checkout id, 1–64
  x509::Name authority;  // the data centre that alone may confirm
  // In profile set alone: with the digest of its key-agreement certificate.
  std::optional<PartyReference> card_company;
  std::vector<OrderLine> lines;  // 1–500
  Amount total;
  TimePoint created;
  TimePoint expires;  // at most 24 h after created
  Sha256Digest nonce;
  std::optional<OrderGroup> group = {};  // absent: approved by itself
};

// write_order checks the order as parse_order does and returns its bytes.
Result<Bytes> write_order(const Order& order);
// parse_order reads untrusted bytes. kMalformed, kTooLarge, kUnsupported, kAmountMismatch (lines do not add
// up, overflow), kExpired is not its business.
Result<Order> parse_order(BytesView json);

}  // namespace countersign::documents
