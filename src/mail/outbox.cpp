// SPDX-License-Identifier: Apache-2.0
#include "mail/outbox.h"

#include <array>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "crypto/random.h"
#include "crypto/seal.h"
#include "mail/backoff.h"
#include "mail/envelope.h"

namespace countersign::mail {
namespace {

using State = OutboxEntry::State;
using storage::Row;
using storage::Transaction;

constexpr storage::Migration kSchema[] = {
    {1,
     "CREATE TABLE mails (id TEXT PRIMARY KEY, state BIGINT NOT NULL, attempts BIGINT NOT NULL, "
     "created BIGINT NOT NULL, next_attempt BIGINT NOT NULL, last_error TEXT NOT NULL, sealed BLOB NOT NULL);"
     "CREATE INDEX mails_due ON mails (next_attempt) WHERE state = 0"},  // state 0: kWaiting
    {2,
     "ALTER TABLE mails ADD COLUMN owner TEXT NOT NULL DEFAULT '';"
     "CREATE INDEX mails_of_owner ON mails (owner) WHERE state = 0"}};

constexpr std::chrono::minutes kLease{2};          // longer than a transport takes
constexpr std::chrono::seconds kLongestSleep{30};  // other processes' mails are found without a wake
constexpr std::chrono::minutes kUnfinished{60};    // after which a key without a mail is nobody's
constexpr std::string_view kKeyPrefix = "mail-";

std::int64_t number_of(State state) {
  return static_cast<std::int64_t>(state);
}
std::int64_t microseconds(TimePoint time) {
  return time.time_since_epoch().count();
}
TimePoint time_of(std::int64_t microseconds) {
  return TimePoint{std::chrono::microseconds{microseconds}};
}
std::string key_name(std::string_view id) {
  return std::string(kKeyPrefix) + std::string(id);
}

// One mail that is due, taken by this process.
struct Due {
  std::string id;
  int attempts;  // this one included
  TimePoint created;
  Bytes sealed;
};

class StoredOutbox final : public Outbox {
 public:
  StoredOutbox(storage::Database& database, storage::SecretFolder folder,
               std::unique_ptr<Transport> transport, const Clock& clock)
      : database_(database), folder_(std::move(folder)), transport_(std::move(transport)), clock_(clock) {}
  ~StoredOutbox() override { stop_thread(); }

  Result<std::string> add(Transaction& transaction, const Message& message, std::string_view owner) override;
  Result<void> cancel(Transaction& transaction, std::string_view id) override;
  Result<std::vector<std::string>> cancel_all_of(Transaction& transaction, std::string_view owner) override;
  Result<void> forget(std::string_view id) override;
  Result<std::optional<OutboxEntry>> find(std::string_view id) override;
  void wake() override;
  void start() override;
  void stop() override { stop_thread(); }
  Result<int> send_due() override;

 private:
  Result<std::optional<Due>> take_due();
  Result<bool> attempt(const Due& due);
  Result<std::optional<bool>> send_next();
  Result<Envelope> open(const std::string& id, BytesView sealed) const;
  Result<void> finish(const Due& due, State state, const std::string& error);
  Result<void> postpone(const Due& due, const std::string& error);
  Result<std::optional<TimePoint>> next_due();
  Result<void> sweep_keys();
  void run();
  bool is_stopping();
  void sleep_until_due();
  void stop_thread();

  storage::Database& database_;
  const storage::SecretFolder folder_;
  const std::unique_ptr<Transport> transport_;
  const Clock& clock_;
  std::mutex sending_;  // held while mails are sent: one at a time per process
  std::mutex mutex_;    // guards awake_ and stopping_
  std::condition_variable changed_;
  bool awake_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

Result<std::string> StoredOutbox::add(Transaction& transaction, const Message& message,
                                      std::string_view owner) {
  const TimePoint now = clock_.now();
  const std::string id = crypto::random_uuid_v7(now);
  TRY(const auto formatted, format_message(message, id, now));
  TRY(const auto key, folder_.create(key_name(id), crypto::kSealKeySize));
  const auto packed = pack(message, formatted);
  const Bytes sealed = crypto::seal(key, packed.reveal(crypto::SecretAccess()), key_name(id));
  TRY(transaction.execute(
      "INSERT INTO mails (id, state, attempts, created, next_attempt, last_error, sealed, owner) "
      "VALUES ($1, $2, 0, $3, $3, '', $4, $5)",
      {id, number_of(State::kWaiting), microseconds(now), sealed, std::string(owner)}));
  return id;
}

Result<void> StoredOutbox::cancel(Transaction& transaction, std::string_view id) {
  TRY(const auto cancelled,
      transaction.execute(
          "UPDATE mails SET state = $2, sealed = $3 WHERE id = $1 AND state = $4",
          {std::string(id), number_of(State::kCancelled), Bytes(), number_of(State::kWaiting)}));
  if (cancelled == 1) return ok();
  TRY(const auto known, transaction.query_one("SELECT id FROM mails WHERE id = $1", {std::string(id)}));
  return known ? Result<void>(ok()) : fail(ErrorCode::kNotFound, "outbox: no such mail");
}

Result<std::vector<std::string>> StoredOutbox::cancel_all_of(Transaction& transaction,
                                                             std::string_view owner) {
  if (owner.empty()) return fail(ErrorCode::kMalformed, "outbox: nobody's mails are nobody's to cancel");
  TRY(const auto rows,
      transaction.query("SELECT id FROM mails WHERE owner = $1 AND state = 0", {std::string(owner)}));
  std::vector<std::string> cancelled;
  for (const Row& row : rows) {
    TRY(cancel(transaction, row.text(0)));
    cancelled.push_back(row.text(0));
  }
  return cancelled;
}

Result<void> StoredOutbox::forget(std::string_view id) {
  TRY(const auto entry, find(id));
  if (entry && entry->state == State::kWaiting)
    return fail(ErrorCode::kConflict, "outbox: the mail waits to be sent");
  return folder_.destroy(key_name(id));
}

Result<std::optional<OutboxEntry>> StoredOutbox::find(std::string_view id) {
  std::optional<OutboxEntry> entry;
  const auto look_up = [&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT state, attempts, created, next_attempt, last_error FROM mails "
                         "WHERE id = $1",
                         {std::string(id)}));
    if (row)
      entry = OutboxEntry{std::string(id),
                          static_cast<State>(row->integer(0)),
                          static_cast<int>(row->integer(1)),
                          time_of(row->integer(2)),
                          time_of(row->integer(3)),
                          row->text(4)};
    return ok();
  };
  TRY(database_.read(look_up));
  return entry;
}

Result<std::optional<Due>> StoredOutbox::take_due() {
  std::optional<Due> due;
  const auto take = [&](Transaction& transaction) -> Result<void> {
    const TimePoint now = clock_.now();
    TRY(const auto row,
        transaction.query_one("SELECT id, attempts, created, sealed FROM mails WHERE state = 0 AND "
                              "next_attempt <= $1 ORDER BY next_attempt LIMIT 1",
                              {microseconds(now)}));
    if (!row) return ok();
    due = Due{row->text(0), static_cast<int>(row->integer(1)) + 1, time_of(row->integer(2)), row->blob(3)};
    TRY(transaction.execute("UPDATE mails SET attempts = $2, next_attempt = $3 WHERE id = $1",
                            {due->id, std::int64_t{due->attempts}, microseconds(now + kLease)}));
    return ok();
  };
  TRY(database_.write(take));
  return due;
}

Result<Envelope> StoredOutbox::open(const std::string& id, BytesView sealed) const {
  TRY(const auto key, folder_.load(key_name(id)));
  TRY(const auto packed, crypto::open_sealed(key, sealed, key_name(id)));
  return unpack(packed);
}

// Nothing of a finished mail can be read again: its contents go from the row and its key from the folder.
Result<void> StoredOutbox::finish(const Due& due, State state, const std::string& error) {
  const auto mark = [&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute(
        "UPDATE mails SET state = $2, sealed = $3, last_error = $4 WHERE id = $1 AND state = 0",
        {due.id, number_of(state), Bytes(), error}));
    return ok();
  };
  TRY(database_.write(mark));
  log_event(state == State::kSent ? LogLevel::kInfo : LogLevel::kWarning,
            state == State::kSent ? "mail_sent" : "mail_given_up",
            {{"mail", due.id}, {"attempts", std::to_string(due.attempts)}, {"error", error}});
  return folder_.destroy(key_name(due.id));
}

Result<void> StoredOutbox::postpone(const Due& due, const std::string& error) {
  std::uint32_t random = 0;
  const Bytes bytes = crypto::random_bytes(sizeof random);
  std::memcpy(&random, bytes.data(), sizeof random);
  const TimePoint next = clock_.now() + retry_delay(due.attempts, random);
  log_event(LogLevel::kWarning, "mail_postponed",
            {{"mail", due.id}, {"attempts", std::to_string(due.attempts)}, {"error", error}});
  return database_.write([&](Transaction& transaction) -> Result<void> {
    TRY(transaction.execute("UPDATE mails SET next_attempt = $2, last_error = $3 WHERE id = $1 AND state = 0",
                            {due.id, microseconds(next), error}));
    return ok();
  });
}

// Whether the mail was sent; failures of the transport are recorded, those of the store returned.
Result<bool> StoredOutbox::attempt(const Due& due) {
  const auto envelope = open(due.id, due.sealed);
  const auto sent =
      envelope ? transport_->send(envelope.value().from, envelope.value().to, envelope.value().message)
               : Result<void>(fail(ErrorCode::kForbidden, envelope.error().detail));
  if (sent) {
    TRY(finish(due, State::kSent, ""));
    return true;
  }
  const bool too_old = clock_.now() - due.created >= kGiveUpAfter;
  const bool final = too_old || sent.error().code == ErrorCode::kForbidden;
  TRY(final ? finish(due, State::kFailed, sent.error().detail) : postpone(due, sent.error().detail));
  return false;
}

// Nothing when no mail is due, else whether the next one was sent.
Result<std::optional<bool>> StoredOutbox::send_next() {
  const std::lock_guard lock(sending_);
  TRY(const auto due, take_due());
  if (!due) return std::optional<bool>();
  TRY(const bool sent, attempt(*due));
  return std::optional<bool>(sent);
}

Result<int> StoredOutbox::send_due() {
  int count = 0;
  while (true) {
    TRY(const auto sent, send_next());
    if (!sent) return count;
    count += *sent ? 1 : 0;
  }
}

Result<std::optional<TimePoint>> StoredOutbox::next_due() {
  std::optional<TimePoint> next;
  const auto look_up = [&](storage::Reader& reader) -> Result<void> {
    TRY(const auto row,
        reader.query_one("SELECT next_attempt FROM mails WHERE state = 0 ORDER BY next_attempt LIMIT 1", {}));
    if (row) next = time_of(row->integer(0));
    return ok();
  };
  TRY(database_.read(look_up));
  return next;
}

// Destroys keys that a crash left behind: of mails finished, cancelled or never committed. As many as there
// are mails waiting, not as many as there ever were.
Result<void> StoredOutbox::sweep_keys() {
  TRY(const auto names, folder_.names());
  const std::string oldest_unfinished = key_name(crypto::random_uuid_v7(clock_.now() - kUnfinished));
  for (const std::string& name : names) {
    if (!name.starts_with(kKeyPrefix)) continue;
    TRY(const auto entry, find(std::string_view(name).substr(kKeyPrefix.size())));
    const bool waits = entry && entry->state == State::kWaiting;
    if (!waits && (entry || name < oldest_unfinished)) {  // ids of version 7 sort by time
      TRY(folder_.destroy(name));
    }
  }
  return ok();
}

void StoredOutbox::wake() {
  const std::lock_guard lock(mutex_);
  awake_ = true;
  changed_.notify_all();
}

void StoredOutbox::start() {
  stop_thread();
  const auto swept = sweep_keys();
  if (!swept) log_error("outbox_not_swept", swept.error());
  stopping_ = false;
  thread_ = std::thread([this] { run(); });
}

void StoredOutbox::stop_thread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void StoredOutbox::run() {
  while (!is_stopping()) {
    bool more = false;
    try {
      const auto sent = send_next();
      more = sent && sent.value();
      if (!sent) log_error("outbox_failed", sent.error());
    } catch (const std::exception& exception) {
      log_error("outbox_failed", Error{ErrorCode::kInternal, exception.what()});
    }
    if (!more) sleep_until_due();
  }
}

bool StoredOutbox::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void StoredOutbox::sleep_until_due() {
  std::chrono::microseconds sleep = kLongestSleep;
  if (const auto next = next_due(); next && next.value())
    sleep = std::clamp<std::chrono::microseconds>(*next.value() - clock_.now(),
                                                  std::chrono::milliseconds{100}, sleep);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, sleep, [this] { return awake_ || stopping_; });
  awake_ = false;
}

}  // namespace

Result<std::unique_ptr<Outbox>> Outbox::open(storage::Database& database, storage::SecretFolder folder,
                                             std::unique_ptr<Transport> transport, const Clock& clock) {
  TRY(database.migrate("mail", kSchema));
  return std::unique_ptr<Outbox>(
      std::make_unique<StoredOutbox>(database, std::move(folder), std::move(transport), clock));
}

}  // namespace countersign::mail
