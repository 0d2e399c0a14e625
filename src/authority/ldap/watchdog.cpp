// SPDX-License-Identifier: Apache-2.0
#include "authority/ldap/watchdog.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace countersign::authority {

Watchdog::Watchdog() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

Watchdog::~Watchdog() {
  thread_.request_stop();
  thread_.join();
  if (socket_ >= 0) close(socket_);
}

void Watchdog::watch(int socket) {
  const std::scoped_lock lock(mutex_);
  if (socket_ >= 0) close(socket_);
  socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

void Watchdog::set_end(std::optional<Time> end) {
  const std::scoped_lock lock(mutex_);
  end_ = end;
  changed_.notify_one();
}

void Watchdog::run(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (!end_) {
      changed_.wait(lock, stop, [this] { return end_.has_value(); });
      continue;
    }
    const Time end = *end_;
    const bool changed = changed_.wait_until(lock, stop, end, [&] { return end_ != end; });
    if (changed || stop.stop_requested()) continue;
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
    end_.reset();
  }
}

Watchdog::Limit::Limit(Watchdog& watchdog, std::chrono::milliseconds limit) : watchdog_(watchdog) {
  watchdog_.set_end(std::chrono::steady_clock::now() + limit);
}

Watchdog::Limit::~Limit() {
  watchdog_.set_end(std::nullopt);
}

}  // namespace countersign::authority
