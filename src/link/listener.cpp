// SPDX-License-Identifier: Apache-2.0
#include "link/listener.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/rate_limit.h"
#include "link/welcome.h"

namespace countersign::link {
namespace {

// Visit is one accepted stream, from greeting to end; it has a thread of its own.
struct Visit {
  std::stop_source stop;  // ends the greeting
  bool is_greeting = true;
  bool is_over = false;
  std::shared_ptr<Connection> connection;  // after the greeting
  std::thread thread;
};

class Reception final : public LinkListener {
 public:
  Reception(PairingStore& store, std::vector<std::unique_ptr<Acceptor>> acceptors, const Clock& clock,
            ListenerOptions options, Handler handler)
      : store_(store),
        acceptors_(std::move(acceptors)),
        clock_(clock),
        options_(std::move(options)),
        handler_(std::move(handler)),
        doorkeeper_(store_, clock_, options_),
        attempts_(options_.attempts_per_minute, std::chrono::minutes(1)) {
    for (const auto& acceptor : acceptors_)
      doors_.emplace_back([this, raw = acceptor.get()] { keep_door(*raw); });
    reviewer_ = std::thread([this] { review_regularly(); });
  }

  ~Reception() override {
    for (const auto& acceptor : acceptors_) acceptor->stop();
    for (auto& door : doors_) door.join();
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (auto& visit : visits_) {
        visit.stop.request_stop();
        if (visit.connection) visit.connection->close();
      }
    }
    changed_.notify_all();
    reviewer_.join();
    for (auto& visit : visits_) visit.thread.join();
  }

 private:
  void keep_door(Acceptor& acceptor) {
    for (;;) {
      auto stream = acceptor.accept();
      if (!stream) {
        if (stream.error().code != ErrorCode::kCancelled) log_error("link_listening_ended", stream.error());
        return;
      }
      const std::string host = stream.value().address.substr(0, stream.value().address.rfind(':'));
      if (!attempts_.admit(host, clock_.now())) continue;
      receive(std::move(stream).value(), acceptor.name());
    }
  }

  // Strangers who say nothing do not keep others out: beyond the limit the oldest greeting ends.
  void receive(Stream stream, std::string_view transport) {
    join_finished();
    const std::lock_guard lock(mutex_);
    const auto greets = [](const Visit& visit) { return visit.is_greeting && !visit.stop.stop_requested(); };
    if (std::ranges::count_if(visits_, greets) >= static_cast<std::ptrdiff_t>(options_.max_greetings))
      std::ranges::find_if(visits_, greets)->stop.request_stop();
    Visit& visit = visits_.emplace_back();
    try {
      visit.thread = std::thread([this, &visit, transport, given = std::move(stream)]() mutable {
        attend(visit, std::move(given), transport);
      });
    } catch (const std::system_error& error) {
      visits_.pop_back();
      log_error("link_connection_dropped", {ErrorCode::kInternal, error.what()});
    }
  }

  void attend(Visit& visit, Stream stream, std::string_view transport) {
    try {
      const std::string address = stream.address;
      auto connection = doorkeeper_.welcome(std::move(stream), transport, visit.stop.get_token());
      if (!connection) {
        log_error("link_connection_refused", connection.error(),
                  {{"transport", transport}, {"from", address}});
      } else if (enter(visit, connection.value())) {
        log_event(LogLevel::kInfo, "link_connected", {{"pairing", connection.value()->pairing().id}});
        handler_(connection.value());
        connection.value()->close();
      }
    } catch (const std::exception& fault) {
      log_error("link_handler", {ErrorCode::kInternal, fault.what()});
    }
    std::shared_ptr<Connection> last;  // ends outside of the lock, since that may take a moment
    const std::lock_guard lock(mutex_);
    if (visit.connection) visit.connection->close();
    last = std::move(visit.connection);
    visit.is_greeting = false;
    visit.is_over = true;
  }

  bool enter(Visit& visit, const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    visit.is_greeting = false;
    const auto open =
        std::ranges::count_if(visits_, [](const Visit& each) { return each.connection != nullptr; });
    if (stopping_ || open >= static_cast<std::ptrdiff_t>(options_.max_connections)) {
      connection->close(stopping_ ? ErrorCode::kUnavailable : ErrorCode::kRateLimited);
      return false;
    }
    visit.connection = connection;
    return true;
  }

  void join_finished() {
    std::list<Visit> finished;
    {
      const std::lock_guard lock(mutex_);
      for (auto visit = visits_.begin(); visit != visits_.end();) {
        const auto next = std::next(visit);
        if (visit->is_over) finished.splice(finished.end(), visits_, visit);
        visit = next;
      }
    }
    for (auto& visit : finished) visit.thread.join();
  }

  void review_regularly() {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        if (changed_.wait_for(lock, options_.review_period, [&] { return stopping_; })) return;
      }
      join_finished();
      close_revoked();
    }
  }

  // Whoever revoked: this program or another one over the same store.
  void close_revoked() {
    std::vector<std::shared_ptr<Connection>> open;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& visit : visits_)
        if (visit.connection) open.push_back(visit.connection);
    }
    for (const auto& connection : open) {
      const auto found = store_.find(connection->pairing().id);
      if (found && !found.value()) connection->close(ErrorCode::kForbidden);
    }
  }

  PairingStore& store_;
  const std::vector<std::unique_ptr<Acceptor>> acceptors_;
  const Clock& clock_;
  const ListenerOptions options_;
  const Handler handler_;
  Doorkeeper doorkeeper_;
  RateLimit attempts_;  // by address

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::list<Visit> visits_;  // a visit stays in place until it is over

  std::vector<std::thread> doors_;
  std::thread reviewer_;
};

}  // namespace

Result<std::unique_ptr<LinkListener>> LinkListener::start(PairingStore& store,
                                                          std::vector<std::unique_ptr<Acceptor>> acceptors,
                                                          const Clock& clock, ListenerOptions options,
                                                          Handler handler) {
  TRY(check_device_name(options.own_name));
  return std::unique_ptr<LinkListener>(std::make_unique<Reception>(store, std::move(acceptors), clock,
                                                                   std::move(options), std::move(handler)));
}

}  // namespace countersign::link
