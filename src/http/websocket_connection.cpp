// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.h"
#include "http/connection.h"
#include "http/websocket_accept.h"
#include "http/websocket_handshake.h"

namespace countersign::http {
namespace {

using boost::system::error_code;
using TimeOfLoop = SteadyClock::time_point;

constexpr int kReadsPerTurn = 16;                      // before others of the loop have their turn
constexpr std::chrono::milliseconds kCloseTime{2000};  // for the peer to take what is unsent when we close

Error lost() {
  return {ErrorCode::kUnavailable, "WebSocket: the connection is lost"};
}

// Traffic moves a session's bytes as far as they go without waiting.
class Traffic {
 public:
  Traffic(ServerWebSocket& session, Stream& stream)
      : session_(session),
        stream_(stream),
        reader_(WebSocketReader::Side::kServer, session.limits().max_message) {}

  void advance(TimeOfLoop now) {
    has_more_ = false;
    deliver();
    for (int turn = 0; !reason_ && !session_.is_paused() && !session_.is_closing(); ++turn) {
      if (turn == kReadsPerTurn) {
        has_more_ = true;
        break;
      }
      if (!receive(now)) break;
      deliver();
    }
    if (session_.is_paused()) heard_ = now;
    watch(now);
    send();
  }
  void end(Error reason, WebSocketClose code) {
    if (reason_) return;
    session_.queue_close(code, {});
    reason_ = std::move(reason);
  }

  // The reason once all is over: sent what was to be sent, or given up.
  std::optional<Error> over(TimeOfLoop now) {
    if (broken_) return reason_;
    if (!session_.is_closing()) return std::nullopt;
    if (!reason_) reason_ = Error{ErrorCode::kGone, "WebSocket: closed here"};
    if (!close_by_) close_by_ = now + kCloseTime;
    return wants_write_ && now < *close_by_ ? std::nullopt : reason_;
  }
  bool wants_read() const { return !session_.is_paused() && !session_.is_closing(); }
  bool wants_write() const { return wants_write_; }
  // When to look again though nothing happens.
  TimeOfLoop next_look(TimeOfLoop now) const {
    if (has_more_) return now;
    if (close_by_) return *close_by_;
    if (session_.is_paused()) return TimeOfLoop::max();
    const WebSocketLimits& limits = session_.limits();
    return heard_ + (pinged_ ? limits.peer_timeout : std::min(limits.ping_interval, limits.peer_timeout));
  }

 private:
  void deliver() {
    while (!reason_ && !session_.is_paused() && !session_.is_closing()) {
      auto event = reader_.next();
      if (!event) return end(event.error(), close_code_of(event.error()));
      if (!event.value()) return;
      reason_ = session_.take(std::move(*event.value()));
    }
  }

  bool receive(TimeOfLoop now) {
    const Step step = stream_.read(reader_.space());
    switch (step.kind) {
      case Step::Kind::kDone:
        reader_.commit(step.bytes);
        heard_ = now;
        pinged_ = false;
        return true;
      case Step::Kind::kWantRead:
      case Step::Kind::kWantWrite:
        return false;
      case Step::Kind::kEnd:
      case Step::Kind::kFailed:
        break_off();
    }
    return false;
  }

  void send() {
    wants_write_ = false;
    for (std::string_view rest = session_.unsent(); !broken_ && !rest.empty(); rest = session_.unsent()) {
      const Step step = stream_.write(rest);
      if (step.kind == Step::Kind::kDone) {
        session_.sent(step.bytes);
      } else if (step.kind == Step::Kind::kWantWrite || step.kind == Step::Kind::kWantRead) {
        wants_write_ = true;
        return;
      } else {
        break_off();
      }
    }
  }

  void watch(TimeOfLoop now) {
    if (now >= heard_ + session_.limits().peer_timeout) {
      end({ErrorCode::kUnavailable, "WebSocket: the peer is silent"}, WebSocketClose::kGoingAway);
    } else if (!pinged_ && now >= heard_ + session_.limits().ping_interval) {
      session_.queue(WebSocketOpcode::kPing, {});
      pinged_ = true;
    }
  }

  void break_off() {
    broken_ = true;
    if (!reason_) reason_ = lost();
  }

  ServerWebSocket& session_;
  Stream& stream_;
  WebSocketReader reader_;
  TimeOfLoop heard_ = SteadyClock::now();
  std::optional<TimeOfLoop> close_by_;
  std::optional<Error> reason_;
  bool pinged_ = false;
  bool wants_write_ = false;
  bool has_more_ = false;
  bool broken_ = false;  // nothing can be read or sent any more
};

}  // namespace

Response accept_websocket(const WebSocketRoute& route, const Request& request,
                          const std::shared_ptr<ServerWebSocket>& session) {
  const Result<void> asked = check_upgrade(request, route.subprotocol);
  if (!asked) return upgrade_refusal(asked.error());
  Result<WebSocketEvents> events = route.accept(request, session);
  if (!events) return problem_response(events.error());
  session->begin(std::move(events).value());
  return upgrade_answer(request, route.subprotocol);
}

Awaitable<> Connection::serve_websocket(std::shared_ptr<ServerWebSocket> session) {
  idle_ = true;
  deadline_ = SteadyClock::time_point::max();  // Traffic keeps its own time
  Error reason = lost();
  try {
    reason = co_await exchange_messages(*session);
  } catch (const std::exception& exception) {
    reason = {ErrorCode::kInternal, exception.what()};
    log_error("websocket_failed", reason);
  }
  session->end(reason);
}

Awaitable<Error> Connection::exchange_messages(ServerWebSocket& session) {
  Traffic traffic(session, *stream_);
  for (;;) {
    const auto now = SteadyClock::now();
    if (abandoned_ || loop_->stopping) {
      traffic.end({ErrorCode::kUnavailable, "WebSocket: the server stops"}, WebSocketClose::kGoingAway);
    }
    traffic.advance(now);
    if (auto reason = traffic.over(now)) co_return std::move(*reason);
    if (traffic.wants_read()) wake_when(Socket::wait_read, awaits_read_);
    if (traffic.wants_write()) wake_when(Socket::wait_write, awaits_write_);
    error_code error;
    wake_.expires_at(traffic.next_look(now));
    co_await wake_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable_t<Executor>{}, error));
  }
}

void Connection::wake_when(Socket::wait_type what, bool& awaited) {
  if (std::exchange(awaited, true)) return;
  socket_.async_wait(what, [waiting = weak_from_this(), &awaited](const error_code&) {
    const auto connection = waiting.lock();
    if (!connection) return;
    awaited = false;
    connection->wake_.cancel();
  });
}

}  // namespace countersign::http
