// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/clock.h"
#include "storage/database.h"
#include "x509/name.h"

namespace countersign::authority {

// A confirmation of 13 kB lies on one page of the authority's store.
inline constexpr storage::SqliteOptions kStoreOptions{.page_size = 16 << 10};

// A confirmation as it was signed and answered, to be kept byte for byte and for ever.
struct StoredConfirmation {
  std::int64_t index = 0;     // position in the data centre's log: 0, 1, 2 …
  std::string id;             // of the confirmation
  std::string merchant;       // subject, RFC 4514 text
  std::string order_id;       // unique for the merchant
  Sha256Digest order_digest;  // SHA-256 of the order's bytes
  std::string purchaser;      // subject, RFC 4514 text
  TimePoint time;
  Bytes document;    // CMS SignedData, DER
  Bytes nonce = {};  // of its entry in the public log that it names; none where it names none
};

// Who assigns indices, and the next one. A process that finds another number than its own has lost the right.
struct SequenceState {
  std::int64_t process = 0;
  std::int64_t next_index = 0;
};

// ConfirmationStore keeps the confirmations of one data centre and the state of its sequence. Works within
// the caller's transaction. Thread-safe.
class ConfirmationStore {
 public:
  static Result<ConfirmationStore> open(storage::Database& database);

  // What was confirmed for this order of this merchant, whatever the order's bytes were.
  Result<std::optional<StoredConfirmation>> find(storage::Reader& reader, std::string_view merchant,
                                                 std::string_view order_id) const;
  // The purchaser's own way to a confirmation (K8): the signed document, or kNotFound unless order id, digest
  // of the order's bytes and the asking purchaser's subject all belong together.
  Result<Bytes> find_for_purchaser(storage::Reader& reader, std::string_view order_id,
                                   const Sha256Digest& order_digest, const x509::Name& purchaser) const;

  // The same as it is stored.
  Result<StoredConfirmation> find_stored_for_purchaser(storage::Reader& reader, std::string_view order_id,
                                                       const Sha256Digest& order_digest,
                                                       const x509::Name& purchaser) const;
  // Those with indices from `first` up to and without `end`, in their order; indices may be left out.
  Result<std::vector<StoredConfirmation>> range(storage::Reader& reader, std::int64_t first,
                                                std::int64_t end) const;
  // Forgets the nonces of these.
  Result<void> forget_nonces(storage::Transaction& transaction, std::int64_t first, std::int64_t end) const;

  // Takes the sequence over for this process and returns the number that it must find in every batch.
  Result<std::int64_t> claim_sequence(storage::Transaction& transaction) const;
  Result<SequenceState> sequence(storage::Reader& reader) const;
  // Stores a batch and moves the sequence on behind it. Indices must continue the sequence (kConflict).
  Result<void> append(storage::Transaction& transaction, std::span<const StoredConfirmation> batch) const;
  // Leaves out the indices up to `next_index`, for a store that was restored. Never goes back (kConflict).
  Result<void> skip_to(storage::Transaction& transaction, std::int64_t next_index) const;
  // Remembers when the store was taken from a backup: what was confirmed before is not all in it.
  Result<void> mark_restored(storage::Transaction& transaction, TimePoint restored) const;
  Result<std::optional<TimePoint>> restored(storage::Reader& reader) const;

 private:
  ConfirmationStore() = default;
};

}  // namespace countersign::authority
