// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/amount.h"
#include "base/clock.h"
#include "storage/database.h"

namespace countersign::cardcompany {

// Authorization is a decision as it was stored.
struct Authorization {
  // Approved as long as something is held or captured under it; released when it was voided, freed itself or
  // its capture was reversed.
  enum class State { kApproved, kDeclined, kReleased };
  std::string id;
  std::string merchant;  // subject text of whoever asked
  std::string reference;
  std::optional<std::string> account;  // in the account store, where the data fitted one
  Amount amount;
  State state = State::kDeclined;
  std::string code;  // why not; of a released one "expired", "reversed" or empty
  TimePoint decided;
  TimePoint expires;              // it may be captured until then, and for the company's window after it
  std::string transaction = {};   // of a split payment; else empty
  std::string purchaser = {};     // subject text of who signed a split payment; else empty
  std::string foreign_home = {};  // as of the question
};
std::string_view state_name(Authorization::State state);

Result<std::optional<Authorization>> find_authorization(storage::Reader& reader, std::string_view id);
// Newest first, ids descend: those before id `before`, all where that is empty; at most `limit`.
Result<std::vector<Authorization>> list_authorizations(storage::Reader& reader, std::string_view before,
                                                       int limit);

// What else of a decision is remembered: digests that tell nobody a number.
struct QuestionDigests {
  Sha256Digest order;     // of the order's bytes
  Sha256Digest question;  // keyed, of all that was asked but the reference
  Sha256Digest number;    // keyed, of method, bank and number
};
Result<void> insert_authorization(storage::Transaction& transaction, const Authorization& authorization,
                                  const QuestionDigests& digests);

// The decision under a merchant's reference, and the question that it stands for; empty where it was released
// before anybody asked.
struct KnownReference {
  Authorization authorization;
  Bytes question;
};
Result<std::optional<KnownReference>> find_reference(storage::Reader& reader, std::string_view merchant,
                                                     std::string_view reference);
// Uses up a reference that nobody asked under.
Result<void> insert_released_reference(storage::Transaction& transaction, std::string_view merchant,
                                       std::string_view reference, TimePoint now);
// `code` says why. Releases what is approved, or freed itself.
Result<void> set_released(storage::Transaction& transaction, std::string_view id, std::string_view code);
// Whether an approval of this merchant's transaction counts: it is held or captured, it freed itself and may
// yet be captured, or it was captured and that was undone. One that was released counts no more.
Result<bool> has_approval(storage::Reader& reader, std::string_view merchant, std::string_view transaction);
// Takes back that it freed itself.
Result<void> set_approved_again(storage::Transaction& transaction, std::string_view id);
// Whether another authorization of this merchant is approved for the same question.
Result<bool> is_approved_otherwise(storage::Reader& reader, std::string_view merchant, BytesView question,
                                   std::string_view but_id);

}  // namespace countersign::cardcompany
