// SPDX-License-Identifier: Apache-2.0
#include "merchant/payment_store.h"

#include <array>

namespace countersign::merchant {
namespace {

using State = PaymentAttempt::State;

struct StateName {
  State state;
  std::string_view name;
};
constexpr std::array kStates = {StateName{State::kAsked, "asked"}, StateName{State::kApproved, "approved"},
                                StateName{State::kDeclined, "declined"},
                                StateName{State::kAbandoned, "abandoned"},
                                StateName{State::kReleased, "released"}};

constexpr std::string_view kSelect =
    "SELECT p.checkout, p.purchaser, p.number, p.method, p.state, p.authorization_id, p.code "
    "FROM payments p ";

Result<PaymentAttempt> attempt_of(const storage::Row& row) {
  PaymentAttempt attempt{row.text(0), row.text(1), row.integer(2), {}, {}, row.text(5), row.text(6)};
  attempt.method.reset();
  if (!row.text(3).empty()) {
    TRY(attempt.method, documents::method_of_name(row.text(3)));
  }
  for (const StateName& known : kStates) {
    if (known.name != row.text(4)) continue;
    attempt.state = known.state;
    return attempt;
  }
  return fail(ErrorCode::kInternal, "payments.state: unknown");
}

Result<std::vector<PaymentAttempt>> select(storage::Reader& reader, std::string_view condition,
                                           const storage::Values& parameters) {
  TRY(const auto rows, reader.query(std::string(kSelect) + std::string(condition), parameters));
  std::vector<PaymentAttempt> attempts;
  for (const auto& row : rows) {
    TRY(auto attempt, attempt_of(row));
    attempts.push_back(std::move(attempt));
  }
  return attempts;
}

}  // namespace

std::string_view attempt_state_name(State state) {
  for (const StateName& known : kStates)
    if (known.state == state) return known.name;
  return "";
}

Result<void> insert_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt, TimePoint now) {
  TRY(
      transaction.execute("INSERT INTO payments (checkout, purchaser, number, method, state, code, asked) "
                          "VALUES ($1, $2, $3, $4, $5, $6, $7)",
                          {attempt.checkout, attempt.purchaser, attempt.number,
                           std::string(attempt.method ? documents::method_name(*attempt.method) : ""),
                           std::string(attempt_state_name(attempt.state)), attempt.code, unix_seconds(now)}));
  return ok();
}

Result<void> repeat_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt, TimePoint now) {
  TRY(const auto changed,
      transaction.execute(
          "UPDATE payments SET asked = $3 WHERE checkout = $1 AND number = $2 AND state = 'asked'",
          {attempt.checkout, attempt.number, unix_seconds(now)}));
  if (changed == 0) return fail(ErrorCode::kGone, "payment: was given up; pay anew");
  return ok();
}

Result<std::int64_t> count_refused(storage::Reader& reader, const PaymentAttempt& attempt,
                                   const CountedFrom& from) {
  TRY(const auto row, reader.query_one("SELECT COUNT(*) FROM payments WHERE purchaser = $1 AND asked > $2 "
                                       "AND ((state = 'declined' AND code <> 'too_many_declined') "
                                       "OR (state = 'asked' AND asked > $3)) "
                                       "AND NOT (checkout = $4 AND number = $5)",
                                       {attempt.purchaser, unix_seconds(from.declined_since),
                                        unix_seconds(from.asked_since), attempt.checkout, attempt.number}));
  return row ? row->integer(0) : 0;
}

Result<std::vector<PaymentAttempt>> attempts_of(storage::Reader& reader, std::string_view checkout) {
  return select(reader, "WHERE p.checkout = $1 ORDER BY p.number LIMIT 100", {std::string(checkout)});
}

Result<std::int64_t> conclude_attempt(storage::Transaction& transaction, const PaymentAttempt& attempt) {
  return transaction.execute(
      "UPDATE payments SET state = $3, authorization_id = $4, code = $5 "
      "WHERE checkout = $1 AND number = $2 AND state IN ('asked', 'approved', 'abandoned')",
      {attempt.checkout, attempt.number, std::string(attempt_state_name(attempt.state)),
       attempt.authorization, attempt.code});
}

Result<void> set_attempt_released(storage::Transaction& transaction, const PaymentAttempt& attempt) {
  TRY(transaction.execute(
      "UPDATE payments SET state = 'released' WHERE checkout = $1 AND number = $2 AND state = $3",
      {attempt.checkout, attempt.number, std::string(attempt_state_name(attempt.state))}));
  return ok();
}

Result<std::vector<PaymentAttempt>> unused_attempts(storage::Reader& reader, AttemptKind kind,
                                                    const UnusedBy& by, int limit) {
  const std::string of_kind = kind == AttemptKind::kSplit ? "AND p.method = '' " : "AND p.method <> '' ";
  TRY(auto unused, select(reader,
                          "JOIN checkouts c ON c.id = p.checkout WHERE p.state = 'approved' "
                          "AND c.state IN ('refused', 'cancelled', 'expired') AND p.release_tried <= $2 " +
                              of_kind + "ORDER BY p.release_tried, p.asked LIMIT $1",
                          {std::int64_t{limit}, unix_seconds(by.tried_by)}));
  TRY(const auto unanswered,
      select(reader,
             "JOIN checkouts c ON c.id = p.checkout WHERE p.state IN ('asked', 'abandoned') AND (p.state = "
             "'abandoned' OR (p.asked <= $2 AND c.state IN ('refused', 'cancelled', 'expired'))) "
             "AND p.release_tried <= $3 " +
                 of_kind + "ORDER BY p.release_tried, p.asked LIMIT $1",
             {std::int64_t{limit}, unix_seconds(by.answered_by), unix_seconds(by.tried_by)}));
  unused.insert(unused.end(), unanswered.begin(), unanswered.end());
  return unused;
}

Result<void> postpone_release(storage::Transaction& transaction, const PaymentAttempt& attempt,
                              TimePoint now) {
  TRY(transaction.execute("UPDATE payments SET release_tried = $3 WHERE checkout = $1 AND number = $2",
                          {attempt.checkout, attempt.number, unix_seconds(now)}));
  return ok();
}

}  // namespace countersign::merchant
