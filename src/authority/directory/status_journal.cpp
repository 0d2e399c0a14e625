// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/status_journal.h"

#include <algorithm>

#include "authority/directory/directory_rows.h"
#include "crypto/random.h"

namespace countersign::authority {
namespace {

using documents::StatusFeedChange;
using documents::StatusFeedPosition;

template <std::size_t kSize>
Result<std::array<std::uint8_t, kSize>> octets_of(const Bytes& blob) {
  std::array<std::uint8_t, kSize> octets{};
  if (blob.size() != kSize) return fail(ErrorCode::kInternal, "status journal: a value of another length");
  std::ranges::copy(blob, octets.begin());
  return octets;
}

// Where the journal begins, and where it ends.
struct Extent {
  StatusFeedPosition base;
  StatusFeedPosition newest;
};

Result<Extent> extent_of(storage::Reader& reader) {
  TRY(const auto row,
      reader.query_one("SELECT epoch, sequence, digest, base_sequence, base_digest FROM status_epoch", {}));
  if (!row) return fail(ErrorCode::kInternal, "status journal: no epoch was begun");
  Extent extent;
  TRY(extent.newest.epoch, octets_of<16>(row->blob(0)));
  extent.newest.sequence = row->integer(1);
  TRY(extent.newest.digest, octets_of<32>(row->blob(2)));
  extent.base.epoch = extent.newest.epoch;
  extent.base.sequence = row->integer(3);
  TRY(extent.base.digest, octets_of<32>(row->blob(4)));
  return extent;
}

StatusFeedChange change_of(std::int64_t sequence, const JournalEntry& entry) {
  const bool is_good = entry.state == CertificateState::kActive;
  return {sequence, entry.serial, is_good ? x509::StatusKind::kGood : x509::StatusKind::kRevoked,
          is_good ? x509::RevocationReason::kUnspecified : entry.reason,
          from_unix_seconds(unix_seconds(entry.changed))};
}

Result<StatusFeedChange> change_of_row(const storage::Row& row) {
  TRY(auto serial, x509::SerialNumber::from_bytes(row.blob(1)));
  TRY(const auto state, state_of_column(row.text(2)));
  return change_of(row.integer(0),
                   {std::move(serial), state, static_cast<x509::RevocationReason>(row.integer(3)),
                    from_unix_seconds(row.integer(4)), TimePoint{}});
}

Result<Sha256Digest> digest_at(storage::Reader& reader, const Extent& extent, std::int64_t sequence) {
  if (sequence == extent.newest.sequence) return extent.newest.digest;
  if (sequence == extent.base.sequence) return extent.base.digest;
  TRY(const auto row, reader.query_one("SELECT digest FROM status_change WHERE sequence = $1", {sequence}));
  if (!row)
    return fail(ErrorCode::kInternal, "status journal: change " + std::to_string(sequence) + " is missing");
  return octets_of<32>(row->blob(0));
}

Result<std::vector<StatusFeedChange>> changes_after(storage::Reader& reader, std::int64_t sequence,
                                                    std::size_t most) {
  TRY(const auto rows, reader.query("SELECT sequence, serial, state, reason, changed FROM status_change "
                                    "WHERE sequence > $1 ORDER BY sequence LIMIT $2",
                                    {sequence, static_cast<std::int64_t>(most)}));
  std::vector<StatusFeedChange> changes;
  changes.reserve(rows.size());
  for (const storage::Row& row : rows) {
    TRY(StatusFeedChange change, change_of_row(row));
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

Result<bool> has_status_epoch(storage::Reader& reader) {
  TRY(const auto row, reader.query_one("SELECT epoch FROM status_epoch", {}));
  return row.has_value();
}

Result<void> begin_status_epoch(storage::Transaction& transaction) {
  StatusFeedPosition beginning;
  TRY(beginning.epoch, octets_of<16>(crypto::random_bytes(16)));
  beginning.digest = documents::first_feed_digest(beginning.epoch);
  TRY(transaction.execute("DELETE FROM status_change", {}));
  TRY(transaction.execute("DELETE FROM status_epoch", {}));
  TRY(
      transaction.execute("INSERT INTO status_epoch (epoch, sequence, digest, base_sequence, base_digest) "
                          "VALUES ($1, 0, $2, 0, $2)",
                          {to_bytes(beginning.epoch), to_bytes(beginning.digest)}));
  return ok();
}

Result<void> append_to_journal(storage::Transaction& transaction, const JournalEntry& entry) {
  TRY(const Extent extent, extent_of(transaction));
  const StatusFeedChange change = change_of(extent.newest.sequence + 1, entry);
  const Bytes digest = to_bytes(documents::next_feed_digest(extent.newest.digest, change));
  TRY(transaction.execute(
      "INSERT INTO status_change (sequence, serial, state, reason, changed, not_after, digest) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {change.sequence, change.serial.bytes(), std::string(state_name(entry.state)),
       static_cast<std::int64_t>(change.reason), unix_seconds(change.changed), unix_seconds(entry.not_after),
       digest}));
  TRY(transaction.execute("UPDATE status_epoch SET sequence = $1, digest = $2", {change.sequence, digest}));
  return ok();
}

Result<StatusFeedPosition> newest_status_position(storage::Reader& reader) {
  TRY(const Extent extent, extent_of(reader));
  return extent.newest;
}

Result<JournalPage> read_journal(storage::Reader& reader, const std::optional<StatusFeedPosition>& after,
                                 std::size_t most) {
  TRY(const Extent extent, extent_of(reader));
  JournalPage page{extent.newest, {}, extent.newest.sequence};
  if (!after || after->epoch != extent.newest.epoch || after->sequence > extent.newest.sequence ||
      after->sequence < extent.base.sequence)
    return page;
  page.after.sequence = after->sequence;
  TRY(page.after.digest, digest_at(reader, extent, after->sequence));
  TRY(page.changes, changes_after(reader, after->sequence, most));
  return page;
}

Result<std::int64_t> trim_journal(storage::Transaction& transaction, TimePoint now, std::int64_t most) {
  TRY(const Extent extent, extent_of(transaction));
  TRY(const auto first_kept,
      transaction.query_one(
          "SELECT sequence FROM status_change WHERE not_after >= $1 ORDER BY sequence LIMIT 1",
          {unix_seconds(now)}));
  const std::int64_t last_ended = first_kept ? first_kept->integer(0) - 1 : extent.newest.sequence;
  const std::int64_t base = std::max(last_ended, extent.newest.sequence - most);
  if (base <= extent.base.sequence) return 0;
  TRY(const Sha256Digest digest, digest_at(transaction, extent, base));
  TRY(transaction.execute("DELETE FROM status_change WHERE sequence <= $1", {base}));
  TRY(transaction.execute("UPDATE status_epoch SET base_sequence = $1, base_digest = $2",
                          {base, to_bytes(digest)}));
  return base - extent.base.sequence;
}

}  // namespace countersign::authority
