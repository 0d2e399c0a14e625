// SPDX-License-Identifier: Apache-2.0
#include "authority/log/log_appender.h"

#include <algorithm>

#include "authority/log/log_growth.h"
#include "authority/log/stored_tree.h"
#include "base/clock_tolerance.h"

namespace countersign::authority {

Result<std::unique_ptr<LogAppender>> LogAppender::open(storage::Database& database,
                                                       checkpoint::NoteSigner signer, const Clock& clock) {
  TRY(const LogStore store, LogStore::open(database));
  std::unique_ptr<LogAppender> log(new LogAppender(store, std::move(signer)));
  const TimePoint now = clock.now();
  TRY(database.write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(const auto state, store.state(transaction));
    if (state) return ok();
    TRY(const std::uint64_t count, store.count(transaction));
    if (count > 0)
      return fail(ErrorCode::kConflict, "log: the store has " + std::to_string(count) +
                                            " entries, and its row of log_state is lost; mend it with "
                                            "`countersign log repair --store`");
    TRY(LogCheckpoint empty, LogHead(log->signer_, {}, now).checkpoint());
    TRY(store.begin(transaction, {log->origin(), std::move(empty), now}));
    return log->expect_new_key(transaction);
  }));
  TRY(database.read([&](storage::Reader& reader) -> Result<void> {
    TRY(Head head, log->load(reader));
    log->set_head(std::move(head));
    return ok();
  }));
  TRY(log->expect_clock(now));
  return log;
}

std::shared_ptr<const LogHead> LogAppender::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

void LogAppender::set_head(Head head) {
  time_ = head->time();
  const std::lock_guard lock(mutex_);
  head_ = std::move(head);
}

Result<LogAppender::Head> LogAppender::load(storage::Reader& reader) const {
  TRY(const auto state, store_.state(reader));
  if (!state) return fail(ErrorCode::kConflict, "log: the store has none");
  if (state->origin != origin())
    return fail(ErrorCode::kConflict, "log: the store's is " + state->origin + ", and the key's " + origin());
  TRY(const std::uint64_t size, store_.count(reader));
  TRY(expect_signed(reader, *state, size));
  TRY(merkle::Edge tree, restore_edge(store_, reader, size));
  return std::make_shared<const LogHead>(signer_, std::move(tree), state->time);
}

// A log may have ended because its key leaked, and no key signs under two names.
Result<void> LogAppender::expect_new_key(storage::Reader& reader) const {
  TRY(const auto ended, store_.ended_checkpoints(reader));
  for (const std::string& note : ended) {
    TRY(const checkpoint::Checkpoint last, checkpoint::claimed_checkpoint(note));
    TRY(const auto key, checkpoint::VerifierKey::create(last.origin, verifier().type, verifier().key));
    if (checkpoint::verify_checkpoint(note, key))
      return fail(ErrorCode::kConflict, "log: its key signed " + last.origin +
                                            ", which was ended here; another log takes another key");
  }
  return ok();
}

// An error says whether the row is spoilt, or the key another one.
Result<checkpoint::Checkpoint> LogAppender::verify_newest(const std::string& note) const {
  auto verified = checkpoint::verify_checkpoint(note, verifier());
  if (verified) return std::move(verified).value().checkpoint;
  const auto parsed = checkpoint::parse_note(note);
  const bool is_of_another_key =
      parsed && std::ranges::none_of(parsed.value().signatures, [this](const auto& signature) {
        return checkpoint::is_named_by(signature, verifier());
      });
  if (is_of_another_key)
    return fail(ErrorCode::kSignatureInvalid,
                "log: its key is another one than that which signed the newest checkpoint in the store");
  return fail(ErrorCode::kMalformed,
              "log: the newest checkpoint in the store is spoilt: " + verified.error().detail);
}

// The tree in the store continues the one that was signed.
Result<void> LogAppender::expect_signed(storage::Reader& reader, const LogState& state,
                                        std::uint64_t size) const {
  TRY(const checkpoint::Checkpoint last, verify_newest(state.newest.note));
  if (last.size != state.newest.size || last.size > size)
    return fail(ErrorCode::kConflict, "log: " + std::to_string(size) + " entries in the store, " +
                                          std::to_string(last.size) + " signed");
  StoredTree tree(store_, reader);
  TRY(const merkle::Hash root, merkle::root_of(tree, last.size));
  if (root != last.root)
    return fail(ErrorCode::kConflict, "log: the tree in the store is not the one that was signed");
  return ok();
}

Result<void> LogAppender::expect_clock(TimePoint now) const {
  if (time_ <= now + kClockTolerance) return ok();
  return fail(ErrorCode::kClockSkew,
              "log: the clock went back behind the newest entry, of " + format_time(time_) +
                  "; set it right, or say that it is with `countersign-authority log accept-clock`");
}

Result<void> LogAppender::refresh(storage::Reader& reader) {
  TRY(const std::uint64_t size, store_.count(reader));
  if (size == head()->size()) return ok();
  TRY(Head head, load(reader));
  set_head(std::move(head));
  return ok();
}

Result<LogAppender::Appended> LogAppender::append(storage::Transaction& transaction,
                                                  std::span<const documents::LogEntryBytes> entries,
                                                  TimePoint now) {
  tried_.reset();
  if (is_stale_) {
    TRY(refresh(transaction));
    is_stale_ = false;
  }
  if (entries.empty()) return fail(ErrorCode::kInternal, "log: nothing to append");
  TRY(expect_clock(now));
  merkle::Edge tree = head()->tree();
  const LogStore::Growth growth = grow_tree(tree, entries);
  if (const auto grown = store_.grow(transaction, growth); !grown) {
    is_stale_ = grown.error().code == ErrorCode::kConflict;
    return fail(grown.error());
  }
  tried_ = std::make_shared<const LogHead>(signer_, std::move(tree), std::max(time_, now));
  return Appended{growth.size_before, tried_};
}

Result<void> LogAppender::Appended::expect_first(std::int64_t index) const {
  if (size_before == static_cast<std::uint64_t>(index)) return ok();
  return fail(ErrorCode::kInternal, "log: its size is " + std::to_string(size_before) +
                                        ", and what was to follow begins at " + std::to_string(index));
}

void LogAppender::settle(Outcome outcome) {
  if (outcome == Outcome::kCommitted && tried_) set_head(std::move(tried_));
  tried_.reset();
}

}  // namespace countersign::authority
