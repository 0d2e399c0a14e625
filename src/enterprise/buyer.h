// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "enterprise/purchase_book.h"
#include "merchant/identity.h"
#include "merchant/network.h"
#include "wallet/outcome.h"
#include "wallet/peers.h"

namespace countersign::enterprise {

// What the buyer works with; all outlive it.
struct BuyerParts {
  PurchaseBook& book;
  const merchant::Identity& identity;  // the purchasing key and certificate
  const merchant::NetworkView& network;
  wallet::Peers& sellers;      // opens connections to gateways
  wallet::Peers& authorities;  // and to authorities, whose addresses come from the network map alone
  // Whether the purchasing certificate is good at its home at this moment.
  std::function<Result<void>(const x509::Certificate&)> require_good;
  const Clock& clock;
};

// Buyer takes purchase orders from the request to a verified outcome, as a wallet does
// (docs/protocols/enterprise-orders.md): fetches the seller's order, holds it against what was asked for,
// signs what is approved, and gets the confirmation from the seller and, by itself, from the authority (K8).
// What was signed is in the book before it leaves; nothing is signed twice. Of one thread.
class Buyer {
 public:
  explicit Buyer(BuyerParts parts) : parts_(std::move(parts)) {}

  // Does what is due.
  Result<void> work();
  // The next step of one purchase order, whether or not it is due.
  Result<void> advance(const std::string& id);

 private:
  Result<void> step(const PurchaseOrder& order);
  Result<void> note_failure(const PurchaseOrder& order, const Error& error);
  Result<void> show(const PurchaseOrder& order);
  Result<void> sign(const PurchaseOrder& order);
  Result<void> settle(const PurchaseOrder& order);
  Result<void> cancel(const PurchaseOrder& order);
  Result<void> fetch_confirmation(const PurchaseOrder& order);

  Result<Offer> fetch(const PurchaseOrder& order, const x509::Certificate& purchaser) const;
  Result<Bytes> submit(const PurchaseOrder& order) const;
  Result<Bytes> ask_authority(const PurchaseOrder& order) const;
  Result<wallet::Outcome> verify(const PurchaseOrder& order, BytesView document) const;

  BuyerParts parts_;
};

}  // namespace countersign::enterprise
