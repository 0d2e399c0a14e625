// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <set>

#include "enterprise/purchase_book.h"
#include "merchant/identity.h"
#include "merchant/network.h"
#include "wallet/outcome.h"
#include "wallet/peers.h"

namespace countersign::enterprise {

// What the buyer works with; all outlive it.
struct BuyerParts {
  PurchaseBook& book;
  merchant::Identity& identity;  // the purchasing key and certificate
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
// What was signed is in the book before it leaves; nothing is signed twice. Several threads may call `work`:
// one at a time deals with one seller's gateway, so that a slow one holds up nobody else's orders.
// Thread-safe.
class Buyer {
 public:
  explicit Buyer(BuyerParts parts) : parts_(std::move(parts)) {}

  // Does what is due, but nothing of gateways that other threads are at. A gateway that does not answer is
  // left alone until the next time.
  Result<void> work();
  // The next step of one purchase order, whether or not it is due.
  Result<void> advance(const std::string& id);

 private:
  // One seller's gateway, for the thread that deals with it.
  class Lane {
   public:
    Lane(Buyer& buyer, std::string gateway);
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;
    bool is_free() const { return is_free_; }

   private:
    Buyer& buyer_;
    const std::string gateway_;
    bool is_free_;
  };

  // What an attempt is at when it fails. Trouble on the way to the seller may pass while the order's time
  // lasts; what the seller says and offers would be the same again.
  enum class Stage { kOwnCertificate, kConnection, kOrder };
  static bool is_for_good(Stage stage, ErrorCode code);

  enum class Progress { kMade, kNone, kPeerIsSilent };
  Result<Progress> attempt(const std::string& id);
  // These leave in `stage` how far they came.
  Result<void> step(const PurchaseOrder& order, Stage& stage);
  Result<void> show(const PurchaseOrder& order, Stage& stage);
  Result<void> sign(const PurchaseOrder& order, Stage& stage);
  Result<Offer> fetch(const PurchaseOrder& order, const x509::Certificate& purchaser, Stage& stage) const;

  Result<void> note_failure(const PurchaseOrder& order, const Error& error, Stage stage);
  Result<void> settle(const PurchaseOrder& order);
  Result<void> cancel(const PurchaseOrder& order);
  Result<void> fetch_confirmation(const PurchaseOrder& order);

  Result<std::unique_ptr<wallet::GatewayAccess>> connect(const PurchaseOrder& order) const;
  Result<Bytes> submit(const PurchaseOrder& order) const;
  Result<Bytes> ask_authority(const PurchaseOrder& order) const;
  Result<wallet::Outcome> verify(const PurchaseOrder& order, BytesView document) const;

  BuyerParts parts_;
  std::mutex mutex_;             // guards what follows
  std::set<std::string> taken_;  // gateways that a thread is at
};

}  // namespace countersign::enterprise
