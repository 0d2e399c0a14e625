// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "enterprise/credentials.h"
#include "enterprise/purchase_order.h"
#include "enterprise/purchase_store.h"
#include "storage/database.h"

namespace countersign::enterprise {

// A purchase order with all that was done about it.
struct PurchaseView {
  PurchaseOrder order;
  std::vector<Approval> approvals;
  std::vector<PurchaseEvent> events;  // the newest 1,000, oldest first
};

// What a seller offers, after it was checked.
struct Offer {
  documents::Order order;
  Bytes bytes;     // of it
  Bytes merchant;  // DER of the seller's certificate
};

enum class AnswerSource { kSeller, kAuthority };

struct BookTerms {
  ApprovalPolicy policy;
  Seconds lifetime{std::chrono::hours(24)};  // of a request, until the seller's order says less
};

// PurchaseBook keeps purchase orders: who asked for what, what the seller offered, who approved which bytes,
// what was signed and what came of it. Each method is one transaction, so that every rule holds over the end
// of any process, and several may use one store. Thread-safe.
class PurchaseBook {
 public:
  static Result<PurchaseBook> open(storage::Database& database, const Clock& clock, BookTerms terms);

  // People:
  // The same credential and request key again get the same purchase order; kConflict where something else is
  // asked for, and for a checkout that another purchase order is open for, or was signed for. A person
  // that is named must have a credential (kNotFound); above the amount one must be (kConsentMissing).
  Result<PurchaseOrder> ask(const PurchaseRequest& request);
  Result<PurchaseView> find(std::string_view id) const;  // kNotFound
  // Newest first, at most `limit`, behind the id `cursor`.
  Result<std::vector<PurchaseOrder>> list(std::optional<PurchaseState> state, std::string_view cursor,
                                          int limit) const;
  // Approves these very bytes. kForbidden without the right and for who asked; kConflict for other bytes, for
  // a second approval by the same person, and for an order that waits for none; kExpired.
  Result<void> approve(std::string_view id, const Credential& by, const Sha256Digest& digest);
  // The same for a no, with a reason of 1–200 characters: nothing is signed from here on. Who asked withdraws
  // (kForbidden).
  Result<void> reject(std::string_view id, const Credential& by, std::string_view reason);
  // By the credential that asked, or by its person; kForbidden for others, kConflict once it is signed.
  Result<void> withdraw(std::string_view id, const Requester& by);

  // The gateway:
  Result<std::vector<DuePurchase>> due(int limit) const;  // longest waiting first
  Result<PurchaseCounts> count() const;
  // The seller's order is here: waits for approval where it must (kConsentMissing where it is not known which
  // person asks). Another one than before loses what was approved and counts as an attempt; kConflict after
  // the fifth, and when it is open no more.
  Result<void> keep_offer(std::string_view id, const Offer& offer);
  // What was signed, before it leaves. kConflict unless it is these bytes, approved as they must be, not over
  // and not signed before.
  Result<void> keep_signed(std::string_view id, const Sha256Digest& digest, BytesView signed_order);
  // A verified confirmation. kConflict for another one than is kept.
  Result<void> keep_confirmation(std::string_view id, BytesView confirmation, AnswerSource source);
  // A verified, final refusal of a signed order that its authority has no confirmation of, and will give none
  // of. kNotYetValid before the order's time is over.
  Result<void> keep_refusal(std::string_view id, BytesView refusal, ErrorCode code);
  // The seller was told of the end of a rejected or withdrawn one, or cannot be told any more.
  Result<void> keep_cancelled(std::string_view id, std::string_view detail);
  // Nothing came of this attempt: it is made again later, at growing distances.
  Result<void> postpone(std::string_view id, const Error& error);
  // No further attempt is made. kConflict for one that is signed.
  Result<void> give_up(std::string_view id, const Error& error);
  // Its time is over; of a signed one: its authority has no confirmation, and will give none.
  Result<void> expire(std::string_view id);

 private:
  PurchaseBook(storage::Database& database, const Clock& clock, BookTerms terms)
      : database_(&database), clock_(&clock), terms_(std::move(terms)) {}
  Result<PurchaseOrder> add(storage::Transaction& transaction, const PurchaseRequest& request);
  Result<void> change(std::string_view id,
                      const std::function<Result<void>(storage::Transaction&, PurchaseOrder&)>& work);

  storage::Database* database_;
  const Clock* clock_;
  BookTerms terms_;
};

}  // namespace countersign::enterprise
