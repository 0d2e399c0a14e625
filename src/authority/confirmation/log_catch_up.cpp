// SPDX-License-Identifier: Apache-2.0
#include "authority/confirmation/log_catch_up.h"

#include <algorithm>

#include "base/log.h"
#include "documents/log_entry.h"

namespace countersign::authority {
namespace {

constexpr std::int64_t kPiece = 1024;

// The entries of the indices from `first` up to and without `end`.
struct Piece {
  std::vector<documents::LogEntryBytes> entries;
  bool has_nonces = false;  // of another log
  CatchUp count;
};

Result<Piece> make_piece(const std::vector<StoredConfirmation>& confirmations, std::int64_t first,
                         std::int64_t end) {
  Piece piece;
  auto next = confirmations.begin();
  for (std::int64_t index = first; index < end; ++index) {
    if (next == confirmations.end() || next->index != index) {
      piece.entries.push_back(documents::write_log_entry(documents::left_out_entry()));
      ++piece.count.left_out;
      continue;
    }
    const auto entry = documents::entry_of_confirmation(next->id, {}, next->document);
    if (!entry)
      return fail(entry.error().code,
                  "log: the store's confirmation number " + std::to_string(index) +
                      " is damaged, restore the store from a backup: " + entry.error().detail);
    piece.entries.push_back(documents::write_log_entry(entry.value()));
    piece.has_nonces = piece.has_nonces || !next->nonce.empty();
    ++piece.count.confirmations;
    ++next;
  }
  return piece;
}

Result<void> append_piece(storage::Transaction& transaction, const CatchUpParts& parts, const Piece& piece,
                          std::int64_t first) {
  const TimePoint now = parts.clock.now();
  TRY(const auto appended, parts.log.append(transaction, piece.entries, now));
  TRY(appended.expect_first(first));
  const auto last = first + static_cast<std::int64_t>(piece.entries.size()) - 1;
  if (piece.has_nonces) {
    TRY(parts.store.forget_nonces(transaction, first, last + 1));
  }
  const AuditEntry entry{"authority", "log-catch-up", parts.log.origin(),
                         "indices " + std::to_string(first) + " to " + std::to_string(last) + ", " +
                             std::to_string(piece.count.left_out) + " of them left out"};
  return parts.audit.append(transaction, {&entry, 1}, now);
}

}  // namespace

Result<CatchUp> catch_up_log(const CatchUpParts& parts, std::int64_t process) {
  CatchUp total;
  for (bool is_done = false; !is_done;) {
    Piece piece;
    std::int64_t end = 0;
    const auto written = parts.database.write([&](storage::Transaction& transaction) -> Result<void> {
      TRY(const SequenceState sequence, parts.store.sequence(transaction));
      if (sequence.process != process)
        return fail(ErrorCode::kForbidden, "log: another process has taken the sequence over");
      TRY(parts.log.refresh(transaction));
      const auto first = static_cast<std::int64_t>(parts.log.size());
      if (sequence.next_index < first)
        return fail(ErrorCode::kConflict, "log: it has " + std::to_string(first) +
                                              " entries, and the next index is " +
                                              std::to_string(sequence.next_index));
      end = sequence.next_index;
      const std::int64_t piece_end = std::min(end, first + kPiece);
      if (piece_end == first) return ok();
      TRY(const auto confirmations, parts.store.range(transaction, first, piece_end));
      TRY(piece, make_piece(confirmations, first, piece_end));
      return append_piece(transaction, parts, piece, first);
    });
    parts.log.settle(written ? LogAppender::Outcome::kCommitted : LogAppender::Outcome::kFailed);
    if (!written) return fail(written.error());
    total.confirmations += piece.count.confirmations;
    total.left_out += piece.count.left_out;
    is_done = static_cast<std::int64_t>(parts.log.size()) == end;
    if (!piece.entries.empty())
      log_event(LogLevel::kInfo, "log_catches_up",
                {{"entries", std::to_string(parts.log.size())}, {"of", std::to_string(end)}});
  }
  return total;
}

}  // namespace countersign::authority
