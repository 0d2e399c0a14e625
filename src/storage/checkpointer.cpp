// SPDX-License-Identifier: Apache-2.0
#include "storage/checkpointer.h"

#include "base/log.h"

namespace countersign::storage {
namespace {

constexpr std::int64_t kDueAt = 16 << 20;  // bytes

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path store, std::mutex& writer)
    : store_(std::move(store)), writer_(writer), thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Checkpointer::log_has(std::int64_t bytes) {
  if (bytes < kDueAt) return;
  {
    const std::lock_guard lock(mutex_);
    is_due_ = true;
  }
  changed_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_due_ || is_stopping_; });
    if (is_stopping_) return;
    lock.unlock();
    const Result<void> done = try_checkpoint();
    if (!done) log_error("checkpoint_failed", done.error());
    lock.lock();
    is_due_ = false;  // also what commits said during it
  }
}

// The one catch of this thread.
Result<void> Checkpointer::try_checkpoint() try { return checkpoint(); } catch (const std::exception& fault) {
  return fail(ErrorCode::kInternal, std::string("checkpoint: ") + fault.what());
}

Result<void> Checkpointer::checkpoint() {
  if (!connection_) {
    TRY(connection_, SqliteConnection::open(store_, SqliteConnection::Use::kCheckpointing));
  }
  TRY(connection_->checkpoint());
  const std::lock_guard no_commits(writer_);
  return connection_->checkpoint();
}

}  // namespace countersign::storage
