// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_appender.h"

#include <algorithm>

#include "authority/log/log_growth.h"
#include "base/clock_tolerance.h"
#include "base/log.h"
#include "checkpoint/checkpoint.h"

namespace countersign::authority {

using documents::LogEntryBytes;

Result<std::unique_ptr<LogAppender>> LogAppender::open(storage::Database& database,
                                                       checkpoint::NoteSigner signer, const Clock& clock) {
  TRY(const LogStore store, LogStore::open(database));
  std::unique_ptr<LogAppender> log(new LogAppender(store, std::move(signer)));
  const TimePoint now = clock.now();
  TRY(database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto state, store.state(transaction));
    if (state) return ok();
    TRY(std::string note, log->sign({}));
    return store.begin(transaction, {log->origin(), {0, std::move(note)}, now});
  }));
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(Standing standing, log->load(reader));
    log->head_ = std::move(standing.head);
    log->time_ = standing.time;
    return ok();
  }));
  // A restart is how an operator says that the clock is right now.
  if (now + kClockTolerance < log->time_) {
    log_event(LogLevel::kWarning, "log_is_ahead_of_the_clock",
              {{"newest", format_time(log->time_)}, {"now", format_time(now)}});
    log->time_ = now;
  }
  return log;
}

Result<LogAppender::Standing> LogAppender::load(storage::Reader& reader) const {
  TRY(const auto state, store_.state(reader));
  if (!state) return fail(ErrorCode::kConflict, "log: the store has none");
  if (state->origin != origin())
    return fail(ErrorCode::kConflict, "log: the store's is " + state->origin + ", and the key's " + origin());
  TRY(const auto signed_state, checkpoint::verify_checkpoint(state->newest.note, signer_.verifier()));
  TRY(const std::uint64_t entries, store_.count(reader));
  if (signed_state.checkpoint.size != state->newest.size || entries != state->newest.size)
    return fail(ErrorCode::kConflict, "log: " + std::to_string(entries) + " entries in the store, " +
                                          std::to_string(signed_state.checkpoint.size) + " signed");
  TRY(merkle::Edge tree, restore_edge(store_, reader, state->newest.size));
  if (tree.root() != signed_state.checkpoint.root)
    return fail(ErrorCode::kConflict, "log: the tree in the store is not the one that was signed");
  return Standing{std::make_shared<const LogHead>(LogHead{state->newest, std::move(tree)}), state->time};
}

Result<std::string> LogAppender::sign(const merkle::Edge& tree) const {
  TRY(const checkpoint::Note note,
      checkpoint::sign_checkpoint(signer_, {origin(), tree.size(), tree.root()}));
  return checkpoint::write_note(note);
}

Result<LogAppender::Appended> LogAppender::append(storage::Transaction& transaction,
                                                  std::span<const LogEntryBytes> entries, TimePoint now) {
  tried_.reset();
  if (is_stale_) {
    TRY(Standing standing, load(transaction));
    head_ = std::move(standing.head);
    time_ = standing.time;
    is_stale_ = false;
  }
  if (entries.empty()) return fail(ErrorCode::kInternal, "log: nothing to append");
  if (now + kClockTolerance < time_)
    return fail(ErrorCode::kClockSkew, "log: the clock went back behind the newest entry, of " +
                                           format_time(time_) + "; set it right, then restart");
  merkle::Edge tree = head_->tree;
  LogStore::Growth growth = grow_tree(tree, entries);
  TRY(std::string note, sign(tree));
  growth.after = {origin(), {tree.size(), std::move(note)}, std::max(time_, now)};
  if (const auto grown = store_.grow(transaction, growth); !grown) {
    is_stale_ = grown.error().code == ErrorCode::kConflict;
    return fail(grown.error());
  }
  tried_ = {std::make_shared<const LogHead>(LogHead{std::move(growth.after.newest), std::move(tree)}),
            growth.after.time};
  return Appended{growth.size_before, tried_->head};
}

void LogAppender::settle(Outcome outcome) {
  if (outcome == Outcome::kCommitted && tried_) {
    head_ = std::move(tried_->head);
    time_ = tried_->time;
  }
  tried_.reset();
}

}  // namespace countersign::authority
