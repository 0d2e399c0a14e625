// SPDX-License-Identifier: Apache-2.0
// The payments of profile set that a wallet keeps: what was sealed and signed, and what the card company
// said.
#include <algorithm>

#include "wallet/state_names.h"

namespace countersign::wallet {
namespace {

// Documents lie sealed to their purchase, each in its own place.
std::string context_of(std::string_view what, const std::string& purchase) {
  return "split-" + std::string(what) + " " + purchase;
}

std::string means_text(const SplitPaymentRecord& payment) {
  return std::string(documents::method_name(payment.method)) + " " + payment.ending;
}

Result<Sha256Digest> digest_of(const Bytes& stored) {
  Sha256Digest digest{};
  if (stored.size() != digest.size())
    return fail(ErrorCode::kInternal, "wallet store: a digest of another size");
  std::copy(stored.begin(), stored.end(), digest.begin());
  return digest;
}

}  // namespace

std::string_view state_name(ReviewState state) {
  switch (state) {
    case ReviewState::kOpen:
      return "open";
    case ReviewState::kApproved:
      return "approved";
    case ReviewState::kDeclined:
      return "declined";
  }
  return "open";
}

// A crash leaves either both or neither: what was signed can be sent again with the very payment that it
// covers.
Result<void> WalletStore::keep_signed(const std::string& id, BytesView signed_order,
                                      const SplitPaymentRecord& payment) {
  return database_->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto changed,
        transaction.execute("UPDATE purchase SET state = 'signed', signed_order = $2 WHERE id = $1 AND state "
                            "IN ('shown', 'signed') AND NOT EXISTS (SELECT 1 FROM split_payment WHERE "
                            "purchase = $1 AND state <> 'declined')",
                            {id, seal(signed_order, "document " + id)}));
    if (changed != 1) return fail(ErrorCode::kConflict, "the purchase is not in a state for this payment");
    TRY(transaction.execute(
        "INSERT INTO split_payment (purchase, number, instruction, signer, envelope, means, state, "
        "review) SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, 'open', $6 FROM split_payment "
        "WHERE purchase = "
        "$1",
        {id, to_bytes(BytesView(payment.instruction)), to_bytes(BytesView(payment.signer)),
         seal(payment.envelope, context_of("envelope", id)),
         seal(as_bytes(means_text(payment)), context_of("means", id)), Bytes{}}));
    return ok();
  });
}

Result<SplitPaymentRecord> WalletStore::read_split_payment(const std::string& purchase,
                                                           const storage::Row& row) const {
  constexpr std::array kStates{ReviewState::kOpen, ReviewState::kApproved, ReviewState::kDeclined};
  SplitPaymentRecord record;
  TRY(record.instruction, digest_of(row.blob(0)));
  TRY(record.signer, digest_of(row.blob(1)));
  TRY(record.envelope, unseal(row.blob(2), context_of("envelope", purchase)));
  TRY(const auto means, unseal(row.blob(3), context_of("means", purchase)));
  const std::string text = to_text(means);
  const auto space = text.find(' ');
  TRY(record.method, documents::method_of_name(text.substr(0, space)));
  if (space != std::string::npos) record.ending = text.substr(space + 1);
  TRY(record.state, state_of(row.text(4), kStates));
  if (!row.blob(5).empty()) {
    TRY(record.review, unseal(row.blob(5), context_of("review", purchase)));
  }
  return record;
}

Result<std::vector<SplitPaymentRecord>> WalletStore::split_payments(const std::string& purchase) {
  std::vector<SplitPaymentRecord> records;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto rows, reader.query("SELECT instruction, signer, envelope, means, state, review FROM "
                                      "split_payment WHERE purchase = $1 ORDER BY number",
                                      {purchase}));
    for (const auto& row : rows) {
      TRY(auto record, read_split_payment(purchase, row));
      records.push_back(std::move(record));
    }
    return ok();
  }));
  return records;
}

Result<std::string> WalletStore::standing_purchase(const std::string& gateway, const std::string& checkout) {
  std::string id;
  TRY(database_->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT id FROM purchase WHERE gateway = $1 AND checkout = $2 AND state = 'signed' "
                         "AND EXISTS (SELECT 1 FROM split_payment WHERE split_payment.purchase = purchase.id "
                         "AND split_payment.state <> 'declined') ORDER BY created DESC, id DESC LIMIT 1",
                         {gateway, checkout}));
    if (row) id = row->text(0);
    return ok();
  }));
  return id;
}

Result<void> WalletStore::keep_review(const std::string& purchase, const Sha256Digest& instruction,
                                      ReviewState state, BytesView review) {
  return change_purchase(
      "UPDATE split_payment SET state = $3, review = $4 WHERE purchase = $1 AND instruction = $2 AND state = "
      "'open'",
      {purchase, Bytes(instruction.begin(), instruction.end()), std::string(state_name(state)),
       seal(review, context_of("review", purchase))});
}

}  // namespace countersign::wallet
