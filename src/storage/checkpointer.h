// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "storage/sqlite_connection.h"

namespace countersign::storage {

// Checkpointer carries what the write-ahead log of a store has gathered into the store itself, on a thread
// and a connection of its own: a commit that copies 30 MB on its way holds up everybody behind it. A failure
// is logged and tried again with the next commit; until then the log grows.
class Checkpointer {
 public:
  // `writer` is held by whoever writes to the store; it outlives this.
  Checkpointer(std::filesystem::path store, std::mutex& writer);
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  // The log has this many bytes of pages after a commit. Never waits.
  void log_has(std::int64_t bytes);

 private:
  void run();
  Result<void> try_checkpoint();
  // Most of the log while commits go on, then, with commits held up, the little that they added meanwhile:
  // only a log that is carried over to its last page starts over.
  Result<void> checkpoint();

  const std::filesystem::path store_;
  std::mutex& writer_;
  std::unique_ptr<SqliteConnection> connection_;  // of the thread alone, from its first checkpoint on
  std::mutex mutex_;                              // guards what follows, never held during a checkpoint
  std::condition_variable changed_;
  bool is_due_ = false;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace countersign::storage
