// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "mail/mail.h"
#include "storage/database.h"
#include "storage/secret_folder.h"

namespace countersign::mail {

// OutboxEntry is the state of one mail, without its contents.
struct OutboxEntry {
  std::string id;
  enum class State { kWaiting, kSent, kFailed, kCancelled } state;
  int attempts;
  TimePoint created, next_attempt;
  std::string last_error;  // of the last attempt that failed; no address in it
};

// Outbox stores mails in the transaction of whoever causes them and sends them from a thread of its own, at
// least once, with exponential backoff and jitter (5 s to 1 h, 3 days at most; see backoff.h). Message and
// addresses lie sealed under a key of their own in a SecretFolder (`mail-<id>`), destroyed when the mail is
// sent, cancelled or given up. Several processes may share one outbox: a mail is taken for two minutes by
// whoever sends it. Thread-safe.
class Outbox {
 public:
  // Migrates its tables. `folder` must be another one than that of whatever the mails protect.
  static Result<std::unique_ptr<Outbox>> open(storage::Database& database, storage::SecretFolder folder,
                                              std::unique_ptr<Transport> transport, const Clock& clock);
  virtual ~Outbox() = default;
  // Adds within the caller's transaction and returns the mail's id; wake() after the commit. `owner` says
  // whose mail it is, by a pseudonym, for it is not sealed; empty: nobody's. Errors are those of
  // format_message and of the folder.
  virtual Result<std::string> add(storage::Transaction& transaction, const Message& message,
                                  std::string_view owner) = 0;
  // A mail that is sent or given up stays so. kNotFound.
  virtual Result<void> cancel(storage::Transaction& transaction, std::string_view id) = 0;
  // Cancels every mail of an owner that still waits, whatever its address; their ids, to be forgotten after
  // the commit.
  virtual Result<std::vector<std::string>> cancel_all_of(storage::Transaction& transaction,
                                                         std::string_view owner) = 0;
  // forget destroys the key of a cancelled mail after the commit, or of one whose transaction failed.
  // kConflict for a mail that waits.
  virtual Result<void> forget(std::string_view id) = 0;
  virtual Result<std::optional<OutboxEntry>> find(std::string_view id) = 0;
  virtual void wake() = 0;
  virtual void
  start() = 0;  // the sending thread; first destroys keys that a crash left without a waiting mail
  virtual void stop() = 0;  // waits for the mail being sent
  // Sends what is due now, on this thread; the number sent. For tests and operators.
  virtual Result<int> send_due() = 0;
};

}  // namespace countersign::mail
