// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/movement.h"

#include <algorithm>
#include <array>

namespace countersign::cardcompany {
namespace {

constexpr std::array<std::string_view, 4> kKinds = {"capture", "refund", "capture-reversal",
                                                    "refund-reversal"};
constexpr std::string_view kColumns =
    "SELECT id, kind, authorization_id, merchant, reference, amount, currency, reverses, made, entry FROM "
    "movements ";

Result<StoredMovement> movement_of(const storage::Row& row) {
  const auto* const kind = std::ranges::find(kKinds, row.text(1));
  if (kind == kKinds.end()) return fail(ErrorCode::kInternal, "movement: unknown kind in the store");
  return StoredMovement{{.id = row.text(0),
                         .kind = static_cast<Movement::Kind>(kind - kKinds.begin()),
                         .authorization = row.text(2),
                         .merchant = row.text(3),
                         .reference = row.text(4),
                         .amount = {row.integer(5), row.text(6)},
                         .reverses = row.is_null(7) ? std::string() : row.text(7),
                         .made = from_unix_seconds(row.integer(8))},
                        row.integer(9)};
}

Result<std::vector<StoredMovement>> query(storage::Reader& reader, std::string_view rest,
                                          const storage::Values& values) {
  TRY(const auto rows, reader.query(std::string(kColumns) + std::string(rest), values));
  std::vector<StoredMovement> found;
  for (const auto& row : rows) {
    TRY(auto movement, movement_of(row));
    found.push_back(std::move(movement));
  }
  return found;
}

Result<std::optional<StoredMovement>> query_one(storage::Reader& reader, std::string_view rest,
                                                const storage::Values& values) {
  TRY(auto found, query(reader, rest, values));
  if (found.empty()) return std::nullopt;
  return std::optional<StoredMovement>(std::move(found.front()));
}

}  // namespace

std::string_view movement_kind_name(Movement::Kind kind) {
  return kKinds.at(static_cast<std::size_t>(kind));
}

Result<std::optional<StoredMovement>> find_movement(storage::Reader& reader, std::string_view id) {
  return query_one(reader, "WHERE id = $1", {std::string(id)});
}

Result<std::optional<StoredMovement>> find_movement(storage::Reader& reader, std::string_view merchant,
                                                    std::string_view reference) {
  return query_one(reader, "WHERE merchant = $1 AND reference = $2",
                   {std::string(merchant), std::string(reference)});
}

Result<std::optional<StoredMovement>> find_reversal_of(storage::Reader& reader, std::string_view id) {
  return query_one(reader, "WHERE reverses = $1", {std::string(id)});
}

Result<void> insert_movement(storage::Transaction& transaction, const StoredMovement& stored) {
  const Movement& movement = stored.movement;
  TRY(transaction.execute(
      "INSERT INTO movements (id, kind, authorization_id, merchant, reference, amount, currency, reverses, "
      "made, entry) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {movement.id, std::string(movement_kind_name(movement.kind)), movement.authorization, movement.merchant,
       movement.reference, movement.amount.minor_units, movement.amount.currency,
       movement.reverses.empty() ? storage::Value(nullptr) : storage::Value(movement.reverses),
       unix_seconds(movement.made), stored.entry}));
  return ok();
}

Result<std::vector<StoredMovement>> movements_of(storage::Reader& reader, std::string_view authorization) {
  return query(reader, "WHERE authorization_id = $1 ORDER BY entry", {std::string(authorization)});
}

Result<std::vector<StoredMovement>> list_movements(storage::Reader& reader, Movement::Kind kind,
                                                   std::string_view before, int limit) {
  return query(reader, "WHERE kind = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3",
               {std::string(movement_kind_name(kind)), std::string(before), std::int64_t{limit}});
}

}  // namespace countersign::cardcompany
