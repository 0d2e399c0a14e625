// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/ledger.h"

#include "cardcompany/ledger/journal.h"
#include "crypto/random.h"

namespace countersign::cardcompany {
namespace {

using Kind = LedgerAccount::Kind;
using Kinds = Movement::Kind;

constexpr std::size_t kLongestReference = 100;
constexpr Seconds kWindowOfEarlierApprovals{24 * 60 * 60};

// What is held of an account, against the company's commitments.
std::vector<Posting> hold_postings(const Hold& hold, std::int64_t change) {
  const std::string& currency = hold.amount.currency;
  return {{{Kind::kHeld, hold.account, currency}, change}, {{Kind::kCommitments, "", currency}, -change}};
}

// What a holder owes is due to the merchant.
std::vector<Posting> money_postings(const Hold& hold, std::int64_t change) {
  const std::string& currency = hold.amount.currency;
  return {{{Kind::kHolder, hold.account, currency}, change},
          {{Kind::kMerchant, hold.merchant, currency}, -change}};
}

Result<void> open_hold(storage::Transaction& transaction, const Hold& hold, TimePoint now) {
  TRY(insert_hold(transaction, hold));
  TRY(append_entry(transaction,
                   {Entry::Kind::kHold, hold.authorization, "", hold_postings(hold, hold.amount.minor_units)},
                   now));
  return ok();
}

// Frees an open hold as a whole; `hold` changes to why.
Result<void> end_hold(storage::Transaction& transaction, Hold& hold, Hold::State why, TimePoint now) {
  hold.state = why;
  TRY(update_hold(transaction, hold));
  TRY(append_entry(
      transaction,
      {Entry::Kind::kRelease, hold.authorization, "", hold_postings(hold, -hold.amount.minor_units)}, now));
  return ok();
}

bool is_the_same(const Movement& made, const Movement& asked) {
  return made.kind == asked.kind && made.authorization == asked.authorization &&
         made.amount == asked.amount && made.reverses == asked.reverses;
}

// What was made under the reference before; kConflict where that is something else.
Result<std::optional<Movement>> find_repeated(storage::Reader& reader, const Movement& asked) {
  if (asked.reference.empty() || asked.reference.size() > kLongestReference)
    return fail(ErrorCode::kMalformed, "reference: of 1 to 100 octets");
  TRY(auto made, find_movement(reader, asked.merchant, asked.reference));
  if (!made) return std::nullopt;
  if (!is_the_same(made->movement, asked))
    return fail(ErrorCode::kConflict, "reference: stands for another movement");
  return std::optional<Movement>(std::move(made->movement));
}

Movement movement_of(Movement::Kind kind, const MovementOrder& order, TimePoint now) {
  return {.id = crypto::random_uuid_v7(now),
          .kind = kind,
          .authorization = order.authorization,
          .merchant = order.merchant,
          .reference = order.reference,
          .amount = order.amount,
          .reverses = "",
          .made = from_unix_seconds(unix_seconds(now))};
}

// Writes a movement with its entry.
Result<void> book(storage::Transaction& transaction, const Movement& movement, std::vector<Posting> postings,
                  TimePoint now) {
  constexpr Entry::Kind kEntries[] = {Entry::Kind::kCapture, Entry::Kind::kRefund, Entry::Kind::kReversal,
                                      Entry::Kind::kReversal};
  TRY(const auto entry, append_entry(transaction,
                                     {kEntries[static_cast<std::size_t>(movement.kind)],
                                      movement.authorization, movement.id, std::move(postings)},
                                     now));
  return insert_movement(transaction, {movement, entry});
}

// The hold that a merchant's order is about; whose it is not, does not learn that it is there.
Result<Hold> require_hold(storage::Reader& reader, const MovementOrder& order) {
  TRY(auto hold, find_hold(reader, order.authorization));
  if (!hold || hold->merchant != order.merchant)
    return fail(ErrorCode::kNotFound, "authorization: none of this merchant's");
  if (order.amount.currency != hold->amount.currency)
    return fail(ErrorCode::kAmountMismatch, "amount: of another currency than the authorization");
  if (order.amount.minor_units < 1) return fail(ErrorCode::kAmountMismatch, "amount: nothing to move");
  return std::move(*hold);
}

// An account that is bound to nobody is nobody's in a split payment.
bool belongs_to(const HoldOrder& order, const Means& means, const Account& account) {
  if (order.purchaser && (account.purchaser.empty() || account.purchaser != *order.purchaser)) return false;
  return means.expiry == account.expiry && means.holder == account.holder;
}

std::optional<DeclineReason> judge(const Account& account, const Amount& amount, TimePoint now) {
  if (account.is_blocked) return DeclineReason::kBlocked;
  if (account.is_expired_at(now)) return DeclineReason::kExpired;
  if (account.limit.currency != amount.currency) return DeclineReason::kCurrency;
  if (amount.minor_units > account.available()) return DeclineReason::kInsufficient;
  return std::nullopt;
}

// What the hold of a movement is once that is undone.
Result<Hold> hold_without(storage::Reader& reader, const Movement& undone) {
  TRY(auto hold, find_hold(reader, undone.authorization));
  if (!hold) return fail(ErrorCode::kInternal, "movement: without a hold");
  if (undone.kind == Kinds::kRefund) {
    hold->refunded -= undone.amount.minor_units;
    return std::move(*hold);
  }
  if (hold->refunded != 0)
    return fail(ErrorCode::kConflict, "capture: was refunded; reverse its refunds first");
  hold->captured = 0;
  hold->state = Hold::State::kReversed;
  return std::move(*hold);
}

// Once, before anything else is entered. Another card system's approvals have no account here.
Result<void> enter_earlier_approvals(storage::Transaction& transaction) {
  TRY(const auto begun, transaction.query_one("SELECT 1 FROM journal LIMIT 1", {}));
  if (begun) return ok();
  TRY(const auto rows,
      transaction.query(
          "SELECT id, merchant, account, amount, currency, expires, decided FROM authorizations "
          "WHERE state = 'approved' AND account IS NOT NULL ORDER BY id",
          {}));
  for (const auto& row : rows) {
    Hold hold{.authorization = row.text(0),
              .merchant = row.text(1),
              .account = row.text(2),
              .amount = {row.integer(3), row.text(4)},
              .frees = from_unix_seconds(row.integer(5)) + kWindowOfEarlierApprovals};
    TRY(open_hold(transaction, hold, from_unix_seconds(row.integer(6))));
  }
  return ok();
}

}  // namespace

Result<std::unique_ptr<Ledger>> Ledger::open(storage::Database& database, const AccountStore& accounts) {
  TRY(database.write(enter_earlier_approvals));
  return std::unique_ptr<Ledger>(new Ledger(accounts));
}

Result<HoldAnswer> Ledger::hold(storage::Transaction& transaction, const HoldOrder& order,
                                const documents::PaymentData& means, TimePoint now) {
  TRY(const auto account, accounts_.find(transaction, means));
  if (!account || !belongs_to(order, means_of(means), *account))
    return HoldAnswer{DeclineReason::kUnknown, std::nullopt};
  HoldAnswer answer{judge(*account, order.amount, now), account->id};
  if (!answer.declined) {
    const Hold hold{.authorization = order.authorization,
                    .merchant = order.merchant,
                    .account = account->id,
                    .amount = order.amount,
                    .frees = order.frees};
    TRY(open_hold(transaction, hold, now));
  }
  return answer;
}

Result<void> Ledger::void_hold(storage::Transaction& transaction, std::string_view authorization,
                               TimePoint now) {
  TRY(auto hold, find_hold(transaction, authorization));
  if (!hold) return fail(ErrorCode::kNotFound, "authorization: nothing was held for it");
  switch (hold->state) {
    case Hold::State::kOpen:
      return end_hold(transaction, *hold, Hold::State::kVoided, now);
    case Hold::State::kExpired:  // freed in the journal already
      hold->state = Hold::State::kVoided;
      return update_hold(transaction, *hold);
    case Hold::State::kVoided:
    case Hold::State::kReversed:
      return ok();
    case Hold::State::kCaptured:
      break;
  }
  return fail(ErrorCode::kConflict, "authorization: was captured; give it back by a refund");
}

// Of what freed itself: whether the limit still allows it.
Result<void> Ledger::require_room(storage::Reader& reader, const Hold& hold, const Amount& amount) const {
  TRY(const auto account, accounts_.find_by_id(reader, hold.account));
  if (!account) return fail(ErrorCode::kInternal, "hold: its account is not there");
  if (amount.minor_units > account->available())
    return fail(ErrorCode::kExpired, "authorization: freed itself, and the limit does not allow it any more");
  return ok();
}

Result<Movement> Ledger::capture(storage::Transaction& transaction, const MovementOrder& order,
                                 TimePoint now) {
  const Movement asked = movement_of(Kinds::kCapture, order, now);
  TRY(auto repeated, find_repeated(transaction, asked));
  if (repeated) return std::move(*repeated);
  TRY(auto hold, require_hold(transaction, order));
  if (hold.state != Hold::State::kOpen && hold.state != Hold::State::kExpired)
    return fail(ErrorCode::kConflict,
                "authorization: is " + std::string(hold_state_name(hold.state)) + " and not captured again");
  if (order.amount.minor_units > hold.amount.minor_units)
    return fail(ErrorCode::kAmountMismatch, "amount: more than was authorized");
  hold.captured = order.amount.minor_units;
  if (hold.state == Hold::State::kExpired) {
    TRY(require_room(transaction, hold, order.amount));
    hold.state = Hold::State::kCaptured;
    TRY(update_hold(transaction, hold));
  } else {
    TRY(end_hold(transaction, hold, Hold::State::kCaptured, now));
  }
  TRY(book(transaction, asked, money_postings(hold, order.amount.minor_units), now));
  return asked;
}

Result<Movement> Ledger::refund(storage::Transaction& transaction, const MovementOrder& order,
                                TimePoint now) {
  const Movement asked = movement_of(Kinds::kRefund, order, now);
  TRY(auto repeated, find_repeated(transaction, asked));
  if (repeated) return std::move(*repeated);
  TRY(auto hold, require_hold(transaction, order));
  if (hold.state != Hold::State::kCaptured)
    return fail(ErrorCode::kConflict,
                "authorization: is " + std::string(hold_state_name(hold.state)) + ", nothing is captured");
  if (order.amount.minor_units > hold.captured - hold.refunded)
    return fail(ErrorCode::kAmountMismatch, "amount: more than was captured and is not refunded");
  hold.refunded += order.amount.minor_units;
  TRY(update_hold(transaction, hold));
  TRY(book(transaction, asked, money_postings(hold, -order.amount.minor_units), now));
  return asked;
}

Result<Movement> Ledger::reverse(storage::Transaction& transaction, std::string_view movement,
                                 std::string_view reference, TimePoint now) {
  TRY(const auto undone, find_movement(transaction, movement));
  if (!undone) return fail(ErrorCode::kNotFound, "movement " + std::string(movement));
  const Movement& earlier = undone->movement;
  Movement asked =
      movement_of(earlier.kind == Kinds::kRefund ? Kinds::kRefundReversal : Kinds::kCaptureReversal,
                  {earlier.merchant, std::string(reference), earlier.authorization, earlier.amount}, now);
  asked.reverses = earlier.id;
  TRY(auto repeated, find_repeated(transaction, asked));
  if (repeated) return std::move(*repeated);
  if (!earlier.reverses.empty())
    return fail(ErrorCode::kConflict, "movement: is a reversal, which nothing undoes");
  TRY(const auto reversal, find_reversal_of(transaction, earlier.id));
  if (reversal) return fail(ErrorCode::kConflict, "movement: was reversed before");
  TRY(const auto hold, hold_without(transaction, earlier));
  TRY(update_hold(transaction, hold));
  TRY(auto postings, mirrored_postings(transaction, undone->entry));
  TRY(book(transaction, asked, std::move(postings), now));
  return asked;
}

Result<std::vector<std::string>> Ledger::free_expired(storage::Transaction& transaction, TimePoint now,
                                                      int limit) {
  TRY(auto overdue, overdue_holds(transaction, now, limit));
  std::vector<std::string> freed;
  for (Hold& hold : overdue) {
    TRY(end_hold(transaction, hold, Hold::State::kExpired, now));
    freed.push_back(std::move(hold.authorization));
  }
  return freed;
}

}  // namespace countersign::cardcompany
