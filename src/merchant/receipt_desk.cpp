// SPDX-License-Identifier: Apache-2.0
#include "merchant/receipt_desk.h"

#include "base/log.h"
#include "crypto/digest.h"
#include "merchant/checkout_store.h"
#include "merchant/retry_delay.h"

namespace countersign::merchant {
namespace {

constexpr RetryDelays kDelays{Seconds(5), Seconds(3600)};
constexpr std::int64_t kMostAttempts = 32;  // about a day
constexpr int kBatch = 50;

// Another question would get no other answer.
bool is_final(ErrorCode code) {
  return code == ErrorCode::kGone || code == ErrorCode::kUnsupported;
}

}  // namespace

Result<evidence::AcceptedReceipt> check_receipt(BytesView receipt, BytesView confirmation,
                                                const NetworkView& network) {
  const auto newest = network.trust->newest();
  return evidence::accept_receipt(receipt, confirmation, *network.anchor(), newest ? &newest->map : nullptr);
}

Result<Bytes> ReceiptDesk::receipt_of_order(std::string_view order_id) const {
  std::optional<StoredReceipt> found;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(found, find_receipt(reader, order_id));
    return ok();
  }));
  if (!found || found->document.empty()) return fail(ErrorCode::kNotFound, "no receipt of this order");
  return std::move(found->document);
}

Result<Bytes> ReceiptDesk::receipt_of_checkout(std::string_view checkout) const {
  std::optional<StoredOrder> order;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(order, find_order_of(reader, checkout));
    return ok();
  }));
  if (!order) return fail(ErrorCode::kNotFound, "no order was taken from this checkout");
  return receipt_of_order(order->id);
}

// The newer one where it is accepted and may take the place of the stored one.
Result<StoredReceipt> ReceiptDesk::go_on(const StoredReceipt& kept) const {
  std::optional<StoredOrder> order;
  std::optional<StoredAnswer> answer;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(order, find_order(reader, kept.order_id));
    TRY(answer, find_answer(reader, kept.order_id));
    return ok();
  }));
  if (!order || !answer) return fail(ErrorCode::kInternal, "receipts: without an order or its answer");
  const Bytes& confirmation = answer->answer.document;
  TRY(auto newer, authority_.receipt({order->id, crypto::sha256(order->document)}));
  TRY(const auto accepted, check_receipt(newer, confirmation, context_.network));
  if (!kept.document.empty()) {
    const auto had = check_receipt(kept.document, confirmation, context_.network);
    if (had && !accepted.may_replace(had.value()))
      return fail(ErrorCode::kConflict, "receipt: proves less than the one that is kept");
  }
  StoredReceipt learned = kept;
  learned.document = std::move(newer);
  learned.state = documents::witness_state_name(accepted.state);
  ++learned.attempts;
  learned.next_attempt.reset();
  if (!accepted.is_witnessed())
    learned.next_attempt = context_.clock.now() + delay_after(kept.attempts, kDelays);
  return learned;
}

Result<void> ReceiptDesk::store(StoredReceipt receipt, std::string_view last_error) const {
  if (receipt.attempts >= kMostAttempts) receipt.next_attempt.reset();
  return context_.database.write(
      [&](storage::Transaction& transaction) { return put_receipt(transaction, receipt, last_error); });
}

Result<int> ReceiptDesk::ask_for_due() {
  std::vector<StoredReceipt> due;
  TRY(context_.database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(due, due_receipts(reader, context_.clock.now(), kBatch));
    return ok();
  }));
  int witnessed = 0;
  for (StoredReceipt& kept : due) {
    auto learned = go_on(kept);
    if (learned) {
      if (!learned.value().next_attempt) ++witnessed;
      TRY(store(std::move(learned).value(), ""));
      continue;
    }
    const Error& error = learned.error();
    log_error("receipt_not_obtained", error, {{"order", kept.order_id}});
    const bool is_away = error.code == ErrorCode::kUnavailable;  // says nothing about the receipt
    if (!is_away) ++kept.attempts;
    kept.next_attempt.reset();
    if (!is_final(error.code)) kept.next_attempt = context_.clock.now() + delay_after(kept.attempts, kDelays);
    TRY(store(std::move(kept), error.detail));
    if (is_away) break;
  }
  return witnessed;
}

}  // namespace countersign::merchant
