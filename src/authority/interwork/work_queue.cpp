// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/work_queue.h"

#include "base/log.h"

namespace countersign::authority {

Result<void> WorkQueue::submit(Work&& work) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return fail(ErrorCode::kUnavailable, "the program is stopping");
  if (queue_.size() >= options_.waiting)
    return fail(ErrorCode::kUnavailable, std::to_string(queue_.size()) + " questions wait already");
  queue_.push_back(std::move(work));
  if (idle_ < queue_.size() && threads_.size() < options_.threads) threads_.emplace_back([this] { run(); });
  arrived_.notify_one();
  return ok();
}

void WorkQueue::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  arrived_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void WorkQueue::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    {
      const Work work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      try {  // the one catch of this thread
        work();
      } catch (const std::exception& fault) {
        log_error("work_failed", {ErrorCode::kInternal, fault.what()});
      }
    }
    lock.lock();
  }
}

}  // namespace countersign::authority
