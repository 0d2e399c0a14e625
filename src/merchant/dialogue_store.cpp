// SPDX-License-Identifier: Apache-2.0
#include "merchant/dialogue_store.h"

#include <algorithm>

#include "x509/cms.h"

namespace countersign::merchant {
namespace {

Result<Sha256Digest> digest_of(const Bytes& stored) {
  Sha256Digest digest{};
  if (stored.size() != digest.size()) return fail(ErrorCode::kInternal, "dialogues: not a digest");
  std::ranges::copy(stored, digest.begin());
  return digest;
}

}  // namespace

Result<std::optional<Dialogue>> find_dialogue(storage::Reader& reader, std::string_view checkout) {
  TRY(const auto row,
      reader.query_one(
          "SELECT profile, merchant, purchaser, agreement, wallet_nonce, gateway_nonce, statement, "
          "group_id, group_count FROM dialogues WHERE checkout = $1",
          {std::string(checkout)}));
  if (!row) return std::nullopt;
  Dialogue dialogue;
  dialogue.checkout = checkout;
  TRY(dialogue.profile, documents::profile_of_name(row->text(0)));
  TRY(dialogue.merchant, digest_of(row->blob(1)));
  dialogue.purchaser = row->blob(2);
  dialogue.agreement = row->blob(3);
  TRY(dialogue.wallet_nonce, digest_of(row->blob(4)));
  TRY(dialogue.gateway_nonce, digest_of(row->blob(5)));
  if (!row->is_null(6)) dialogue.statement = row->blob(6);
  if (!row->text(7).empty()) dialogue.group = {row->text(7), static_cast<int>(row->integer(8))};
  return std::optional(std::move(dialogue));
}

Result<void> put_dialogue(storage::Transaction& transaction, const Dialogue& dialogue) {
  const storage::Value statement =
      dialogue.statement.empty() ? storage::Value(nullptr) : storage::Value(dialogue.statement);
  TRY(transaction.execute(
      "INSERT INTO dialogues (checkout, profile, merchant, purchaser, agreement, wallet_nonce, "
      "gateway_nonce, statement, group_id, group_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
      "ON CONFLICT (checkout) DO UPDATE SET profile = $2, merchant = $3, purchaser = $4, agreement = $5, "
      "wallet_nonce = $6, gateway_nonce = $7, statement = $8, group_id = $9, group_count = $10",
      {dialogue.checkout, std::string(documents::profile_name(dialogue.profile)), to_bytes(dialogue.merchant),
       dialogue.purchaser, dialogue.agreement, to_bytes(dialogue.wallet_nonce),
       to_bytes(dialogue.gateway_nonce), statement, dialogue.group ? dialogue.group->id : std::string(),
       std::int64_t{dialogue.group ? dialogue.group->count : 0}}));
  return ok();
}

Result<std::vector<documents::AnsweredField>> released_information(storage::Reader& reader,
                                                                   std::string_view checkout) {
  TRY(const auto dialogue, find_dialogue(reader, checkout));
  if (!dialogue || dialogue->statement.empty()) return std::vector<documents::AnsweredField>();
  // It was verified before it was stored.
  TRY(const auto cms, x509::UnverifiedCms::parse(dialogue->statement));
  TRY(auto information, documents::parse_personal_information(cms.unverified_content()));
  return std::move(information.fields);
}

Result<std::string> proven_holder(storage::Reader& reader, std::string_view checkout) {
  TRY(const auto dialogue, find_dialogue(reader, checkout));
  if (!dialogue || dialogue->statement.empty()) return std::string();
  TRY(const auto purchaser, x509::Certificate::from_der(dialogue->purchaser));
  return purchaser.subject().text();
}

Result<void> erase_statement(storage::Transaction& transaction, std::string_view checkout) {
  TRY(transaction.execute("UPDATE dialogues SET statement = NULL WHERE checkout = $1",
                          {std::string(checkout)}));
  return ok();
}

}  // namespace countersign::merchant
