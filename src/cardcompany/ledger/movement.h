// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cardcompany/card_system.h"

namespace countersign::cardcompany {

std::string_view movement_kind_name(Movement::Kind kind);

// A movement as it lies in the store, with the number of its journal entry.
struct StoredMovement {
  Movement movement;
  std::int64_t entry = 0;
};
Result<std::optional<StoredMovement>> find_movement(storage::Reader& reader, std::string_view id);
// What a merchant's reference stands for.
Result<std::optional<StoredMovement>> find_movement(storage::Reader& reader, std::string_view merchant,
                                                    std::string_view reference);
// The reversal of a movement, where there is one.
Result<std::optional<StoredMovement>> find_reversal_of(storage::Reader& reader, std::string_view id);
Result<void> insert_movement(storage::Transaction& transaction, const StoredMovement& stored);

// All of one authorization, the oldest first.
Result<std::vector<StoredMovement>> movements_of(storage::Reader& reader, std::string_view authorization);
// Of one kind, the newest first, those before id `before` (all where that is empty); at most `limit`.
Result<std::vector<StoredMovement>> list_movements(storage::Reader& reader, Movement::Kind kind,
                                                   std::string_view before, int limit);

}  // namespace countersign::cardcompany
