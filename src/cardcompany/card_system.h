// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cardcompany/account.h"
#include "storage/database.h"

// What the authorization desk asks of the system that keeps the accounts. Our ledger is one
// (ledger/ledger.h); a company with a card system of its own puts that behind this interface.
namespace countersign::cardcompany {

// HoldOrder is an amount to be held for one authorization.
struct HoldOrder {
  std::string authorization;        // its id, made by the desk
  std::string merchant, reference;  // whose it is, and the merchant's own name for it
  Amount amount;
  TimePoint frees;  // when it is freed by itself
  // Subject text of the purchaser whom the account must be bound to; nothing where that is not asked.
  std::optional<std::string> purchaser = {};
};
struct HoldAnswer {
  std::optional<DeclineReason> declined;  // nothing: it is held
  std::optional<std::string> account;     // id in the account store, where that keeps it and the data fit
};

// MovementOrder is money to be moved for one authorization; `reference` is the merchant's own, and stands for
// this movement alone.
struct MovementOrder {
  std::string merchant, reference;
  std::string authorization;
  Amount amount;
};

// Movement is money that moved, or that moved back by a reversal.
struct Movement {
  enum class Kind { kCapture, kRefund, kCaptureReversal, kRefundReversal };
  std::string id;
  Kind kind = Kind::kCapture;
  std::string authorization;
  std::string merchant, reference;
  Amount amount;
  std::string reverses;  // of a reversal: the movement that it undoes
  TimePoint made;
};

// CardSystem decides over single payments, holds, captures and gives back. Each call is part of the caller's
// transaction, together with what the caller records of it. Whoever keeps books elsewhere must absorb a call
// that comes again because that transaction was not committed: by merchant and reference, under which the
// same thing is asked again, of a hold with another authorization's id. A movement that was made under its
// reference already is answered as it was; kConflict for a reference that stands for something else.
class CardSystem {
 public:
  virtual ~CardSystem() = default;
  // Judges number, expiry, holder, purchaser, block, currency and limit, and holds the amount where nothing
  // is wrong. An account of somebody else is kUnknown like none.
  virtual Result<HoldAnswer> hold(storage::Transaction& transaction, const HoldOrder& order,
                                  const documents::PaymentData& means, TimePoint now) = 0;
  // Frees what is held, and what freed itself is captured no more; success, too, where nothing is held any
  // more. kNotFound; kConflict while captured.
  virtual Result<void> void_hold(storage::Transaction& transaction, std::string_view authorization,
                                 TimePoint now) = 0;
  // Takes the amount once, and frees the rest of what is held. What freed itself is taken where the limit
  // still allows it (kExpired where not). kNotFound: no authorization of this merchant; kAmountMismatch:
  // another currency, or more than was authorized; kConflict: captured, voided or reversed before.
  virtual Result<Movement> capture(storage::Transaction& transaction, const MovementOrder& order,
                                   TimePoint now) = 0;
  // Gives back of what was captured; all refunds together are at most that (kAmountMismatch). kNotFound,
  // kConflict: nothing captured.
  virtual Result<Movement> refund(storage::Transaction& transaction, const MovementOrder& order,
                                  TimePoint now) = 0;
  // Undoes a capture or refund that was a mistake, once: kConflict afterwards, for a reversal, and for a
  // capture with refunds that stand. A reversed capture holds nothing again. kNotFound.
  virtual Result<Movement> reverse(storage::Transaction& transaction, std::string_view movement,
                                   std::string_view reference, TimePoint now) = 0;
  // Frees what was neither captured nor voided in its time; the authorizations, at most `limit`.
  virtual Result<std::vector<std::string>> free_expired(storage::Transaction& transaction, TimePoint now,
                                                        int limit) = 0;
};

}  // namespace countersign::cardcompany
