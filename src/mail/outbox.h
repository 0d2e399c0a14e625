// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

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
  std::string last_error;
};

// Outbox stores mails in the transaction of whoever causes them and sends them from a thread of its own, at least
// once, with exponential backoff and jitter (5 s to 1 h, 3 days at most). Message and address lie sealed under a key
// of their own in a SecretFolder (`mail-<id>`), destroyed when the mail is sent, cancelled or given up.
class Outbox {
 public:
  // Migrates its tables. `folder` must be another one than that of whatever the mails protect.
  static Result<std::unique_ptr<Outbox>> open(storage::Database& database, storage::SecretFolder folder,
                                              std::unique_ptr<Transport> transport, const Clock& clock);
  virtual ~Outbox() = default;
  // Adds within the caller's transaction and returns the mail's id; wake() after the commit.
  virtual Result<std::string> add(storage::Transaction& transaction, const Message& message) = 0;
  virtual Result<void> cancel(storage::Transaction& transaction, std::string_view id) = 0;
  // forget destroys the keys of cancelled mails; after the commit.
  virtual Result<void> forget(std::string_view id) = 0;
  virtual Result<std::optional<OutboxEntry>> find(std::string_view id) = 0;
  virtual void wake() = 0;
  virtual void start() = 0;  // the sending thread
  virtual void stop() = 0;
  // Sends what is due now, on this thread; the number sent. For tests and operators.
  virtual Result<int> send_due() = 0;
};

}  // namespace countersign::mail
