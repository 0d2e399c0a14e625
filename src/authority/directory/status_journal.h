// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "authority/directory/directory.h"
#include "documents/status_feed.h"

namespace countersign::authority {

// The status journal holds the changes of certificates' states in their order, chained by digests, in the
// transactions that made them: what the status feed speaks from. It begins in an epoch of its own, which a
// store that is restored leaves for another, since some of what followed is lost to it. Old changes may be
// trimmed; where they ended, and with which digest, stays.

// begin_status_epoch begins a journal without changes in a new epoch, and forgets the one before.
Result<void> begin_status_epoch(storage::Transaction& transaction);
// has_status_epoch says whether one was begun.
Result<bool> has_status_epoch(storage::Reader& reader);

// What a certificate's state became.
struct JournalEntry {
  x509::SerialNumber serial;
  CertificateState state = CertificateState::kRevoked;
  x509::RevocationReason reason = x509::RevocationReason::kUnspecified;  // unless active
  TimePoint changed;
  TimePoint not_after;  // of the certificate
};
Result<void> append_to_journal(storage::Transaction& transaction, const JournalEntry& entry);

// The place after the newest change: one row, read in O(1). kInternal where no epoch was begun.
Result<documents::StatusFeedPosition> newest_status_position(storage::Reader& reader);

// What follows a place, at most `most` changes of it. Where `after` is none, of another epoch, beyond the
// newest change or trimmed, the newest place without changes; where the history has another digest there, the
// changes that follow that place in this history.
struct JournalPage {
  documents::StatusFeedPosition after;
  std::vector<documents::StatusFeedChange> changes;
  std::int64_t newest = 0;
};
Result<JournalPage> read_journal(storage::Reader& reader,
                                 const std::optional<documents::StatusFeedPosition>& after, std::size_t most);

// trim_journal forgets the oldest changes as long as they are of certificates that ended before `now`, and
// however many there are beyond `most`; how many.
inline constexpr std::int64_t kMostJournalled = 100'000;
Result<std::int64_t> trim_journal(storage::Transaction& transaction, TimePoint now,
                                  std::int64_t most = kMostJournalled);

}  // namespace countersign::authority
