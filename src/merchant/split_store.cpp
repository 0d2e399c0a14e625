// SPDX-License-Identifier: Apache-2.0
#include "merchant/split_store.h"

#include <algorithm>

namespace countersign::merchant {

Result<void> insert_split_payment(storage::Transaction& transaction, const StoredSplitPayment& split) {
  TRY(transaction.execute(
      "INSERT INTO split_payments (checkout, number, instruction, signed_order, envelope, "
      "agreement) VALUES ($1, $2, $3, $4, $5, $6)",
      {split.attempt.checkout, split.attempt.number, to_bytes(split.payment.instruction),
       split.payment.signed_order, split.payment.envelope, split.agreement}));
  return ok();
}

Result<void> put_review(storage::Transaction& transaction, const StoredSplitPayment& split) {
  TRY(const auto changed,
      transaction.execute("UPDATE split_payments SET result = $4, relayed = $5 "
                          "WHERE checkout = $1 AND number = $2 AND instruction = $3",
                          {split.attempt.checkout, split.attempt.number, to_bytes(split.payment.instruction),
                           split.result, split.relayed}));
  if (changed != 1) return fail(ErrorCode::kInternal, "split_payments: the attempt is of another payment");
  return ok();
}

Result<std::vector<StoredSplitPayment>> split_payments_of(storage::Reader& reader,
                                                          std::string_view checkout) {
  TRY(const auto attempts, attempts_of(reader, checkout));
  TRY(const auto rows,
      reader.query("SELECT number, instruction, signed_order, envelope, agreement, result, relayed "
                   "FROM split_payments WHERE checkout = $1 ORDER BY number LIMIT 100",
                   {std::string(checkout)}));
  std::vector<StoredSplitPayment> payments;
  for (const auto& row : rows) {
    const auto attempt = std::ranges::find(attempts, row.integer(0), &PaymentAttempt::number);
    if (attempt == attempts.end() || row.blob(1).size() != Sha256Digest().size())
      return fail(ErrorCode::kInternal, "split_payments: without an attempt, or not a digest");
    StoredSplitPayment split{*attempt, {{}, row.blob(2), row.blob(3)}, row.blob(4), {}, {}};
    std::ranges::copy(row.blob(1), split.payment.instruction.begin());
    if (!row.is_null(5)) split.result = row.blob(5);
    if (!row.is_null(6)) split.relayed = row.blob(6);
    payments.push_back(std::move(split));
  }
  return payments;
}

Result<std::vector<StoredOrder>> unsettled_split_orders(storage::Reader& reader, int limit) {
  TRY(const auto rows,
      reader.query(
          "SELECT id FROM orders WHERE checkout IN (SELECT p.checkout FROM payments p JOIN checkouts c "
          "ON c.id = p.checkout WHERE p.method = '' AND (p.state IN ('asked', 'abandoned') OR "
          "(p.state = 'approved' AND c.state IN ('refused', 'cancelled', 'expired')))) "
          "OR id IN (SELECT order_id FROM captures WHERE next_attempt IS NOT NULL) "
          "OR id IN (SELECT order_id FROM refunds WHERE next_attempt IS NOT NULL) ORDER BY id LIMIT $1",
          {std::int64_t{limit}}));
  std::vector<StoredOrder> orders;
  for (const auto& row : rows) {
    TRY(auto order, find_order(reader, row.text(0)));
    if (order) orders.push_back(std::move(*order));
  }
  return orders;
}

bool was_approved(const StoredSplitPayment& split) {
  return !split.attempt.authorization.empty();
}

Result<std::optional<StoredSplitPayment>> find_approval(storage::Reader& reader, std::string_view checkout) {
  TRY(auto payments, split_payments_of(reader, checkout));
  const auto found = std::ranges::find_if(payments, was_approved);
  if (found == payments.end()) return std::nullopt;
  return std::optional(std::move(*found));
}

Result<std::optional<StoredSplitPayment>> find_standing_approval(storage::Reader& reader,
                                                                 std::string_view checkout) {
  TRY(auto approval, find_approval(reader, checkout));
  if (!approval || approval->attempt.state != PaymentAttempt::State::kApproved) return std::nullopt;
  return approval;
}

}  // namespace countersign::merchant
